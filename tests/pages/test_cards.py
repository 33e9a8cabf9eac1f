"""Card content: the label of the part of a score that does not depend on the rated titles."""

import numpy as np
import pytest

from pages.shared.card_content import recommendation_cards
from recsys.data.catalogue import Catalogue
from recsys.paths import catalogue_path
from recsys.serving.ranking import Contribution, Recommendation
from tests.serving.test_recommender import made_recommender

LESS_POPULAR = "(you asked for less popular titles)"


@pytest.fixture(scope="module")
def model():
    return made_recommender(Catalogue.load(catalogue_path()))


@pytest.mark.parametrize(
    ("share", "choose", "familiarity", "because", "against"),
    [
        (1.0, max, 0.0, ["A title", "its popularity"], []),
        (1.0, min, 0.0, ["A title", "the average taste"], []),
        (-1.0, max, 0.0, ["A title"], ["its popularity"]),
        (-1.0, min, 0.0, ["A title"], ["its low popularity"]),
        (0.01, max, 0.0, ["A title"], []),
        (1.0, max, 1.0, ["A title", "its popularity"], []),
        (1.0, max, -1.0, ["A title", "its popularity"], []),
        (1.0, min, -1.0, ["A title", f"little known {LESS_POPULAR}"], []),
        (-1.0, max, -1.0, ["A title"], [f"popular {LESS_POPULAR}"]),
        (-1.0, min, -1.0, ["A title"], ["its low popularity"]),
    ],
)
def test_the_baseline_contribution_has_a_label_for_each_case(
    model, share, choose, familiarity, because, against
):
    degrees = model.item_factors.log_degrees
    row = choose(range(100), key=lambda index: degrees[index])
    assert np.ptp(degrees[:100]) > 0
    rated = int(model.items.ids[200])
    recommendation = Recommendation(
        int(model.items.ids[row]),
        2.0 + share,
        (Contribution(rated, 2.0), Contribution(None, share)),
    )
    (card,) = recommendation_cards(model, [recommendation], familiarity=familiarity)
    names = {model.catalogue.get(rated).title: "A title"}
    labels = [
        [names.get(reason.label, reason.label) for reason in reasons]
        for reasons in (card.because, card.against)
    ]
    assert labels == [because, against]
