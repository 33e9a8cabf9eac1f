"""What a card says of the part of a score that is the same whatever was rated."""

import numpy as np
import pytest

from pages.shared.card_content import recommendation_cards
from recsys.data.catalogue import Catalogue
from recsys.paths import catalogue_path
from recsys.serving.recommend import Contribution, Recommendation
from tests.serving.test_recommend import made_bundle


@pytest.fixture(scope="module")
def bundle():
    return made_bundle(Catalogue.load(catalogue_path()))


@pytest.mark.parametrize(
    ("share", "known", "reasons", "against"),
    [
        (1.0, max, ["A title", "well liked by many"], []),
        (1.0, min, ["A title", "known to few"], []),
        (-1.0, max, ["A title"], ["known to many"]),
        (-1.0, min, ["A title"], ["liked by few"]),
        (0.01, max, ["A title"], []),
    ],
)
def test_everybodys_part_has_a_name_for_each_way_it_can_speak(
    bundle, share, known, reasons, against
):
    side = bundle.side
    row = known(range(100), key=lambda one: side.log_degree[one])
    assert np.ptp(side.log_degree[:100]) > 0
    rated = int(side.items.ids[200])
    listed = Recommendation(
        int(side.items.ids[row]), 2.0 + share, (Contribution(rated, 2.0), Contribution(None, share))
    )
    (card,) = recommendation_cards(bundle, [listed])
    names = {bundle.catalogue.get(rated).title: "A title"}
    said = [
        [names.get(one.label, one.label) for one in part] for part in (card.because, card.against)
    ]
    assert said == [reasons, against]
