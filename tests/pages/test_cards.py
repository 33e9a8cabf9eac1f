"""What a card says of the part of a score that is the same whatever was rated."""

import numpy as np
import pytest

from pages.shared.card_content import recommendation_cards
from recsys.data.catalogue import Catalogue
from recsys.paths import catalogue_path
from recsys.serving.ranking import Contribution, Recommendation
from tests.serving.test_recommender import made_recommender


@pytest.fixture(scope="module")
def recommender():
    return made_recommender(Catalogue.load(catalogue_path()))


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
    recommender, share, known, reasons, against
):
    item_factors = recommender.item_factors
    row = known(range(100), key=lambda one: item_factors.log_degrees[one])
    assert np.ptp(item_factors.log_degrees[:100]) > 0
    rated = int(recommender.items.ids[200])
    listed = Recommendation(
        int(recommender.items.ids[row]),
        2.0 + share,
        (Contribution(rated, 2.0), Contribution(None, share)),
    )
    (card,) = recommendation_cards(recommender, [listed])
    names = {recommender.catalogue.get(rated).title: "A title"}
    said = [
        [names.get(one.label, one.label) for one in part] for part in (card.because, card.against)
    ]
    assert said == [reasons, against]
