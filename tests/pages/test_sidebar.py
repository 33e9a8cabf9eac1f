"""Side bar: the quality of the model, in one sentence of Markdown."""

import json

import pytest
from drawn import shown

from pages.shared.sidebar import quality
from recsys.paths import default_checkpoint

MARKUP = "![x](https://example.org/x.png)"


def card(methods, users=5):
    return {"figures": {"new-people": {"people": users, "methods": methods}}}


def test_the_quality_is_that_of_the_card():
    figures = json.loads((default_checkpoint() / "card.json").read_text())["figures"]["new-people"]
    share = 100 * figures["methods"]["lightgcn"]["5"]["precision@20"]
    sentence = quality(json.loads((default_checkpoint() / "card.json").read_text()))
    assert sentence.startswith(f"Given 5 likes of a new person, {share:.0f} % of its top 20")


def test_markup_in_a_card_is_shown_as_text():
    sentence = quality(card({"lightgcn": {MARKUP: {"precision@20": 0.5}}}))
    assert "![x]" not in sentence
    assert f"Given {MARKUP} likes" in shown(sentence)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"figures": None},
        {"figures": []},
        card(None),
        card({"lightgcn": {}}),
        card({"lightgcn": {"5": {}}}),
        card({"lightgcn": {"5": {"precision@20": None}}}),
        card({"lightgcn": {"5": {"precision@20": 0.5}}}, users="many"),
    ],
    ids=str,
)
def test_a_card_without_usable_metrics_has_no_quality(wrong):
    assert quality(wrong) is None
