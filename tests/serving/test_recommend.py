"""The list: full, without what was seen, filtered as asked, and honest about what it is."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.config import ModelSettings, ServingSettings, Settings
from recsys.data.catalogue import Catalogue
from recsys.data.ids import IdMap
from recsys.errors import CheckpointError
from recsys.models.checkpoint import Checkpoint, save_checkpoint
from recsys.paths import catalogue_path
from recsys.serving.elicitation import suggest_items_to_rate
from recsys.serving.filters import Filters
from recsys.serving.fold_in import ItemFactors
from recsys.serving.recommend import recommend
from recsys.serving.recommender import Recommender, factors_on_device, load_recommender
from tests.estimators import made_estimator

WEIGHTS = (-1.0, -0.8, -0.5, -0.2, 0.0, 0.3, 0.7, 1.0, 1.3, 1.6)
ITEMS = 600


@pytest.fixture(scope="module")
def catalogue():
    return Catalogue.load(catalogue_path())


@pytest.fixture(scope="module")
def bundle(catalogue):
    return made_bundle(catalogue)


def made_checkpoint(ids, **serving):
    rng = np.random.default_rng(3)
    return Checkpoint(
        IdMap(ids),
        rng.normal(size=(2, len(ids), 8)).astype(np.float32),
        rng.integers(1, 900, len(ids)),
        made_estimator(8),
        Settings(
            model=ModelSettings(dimension=8, layers=1),
            serving=ServingSettings(rating_weights=WEIGHTS, **serving),
        ),
        {"name": "made"},
    )


def made_bundle(catalogue):
    # some of the model's anime are unknown to the catalogue: they must never be shown
    ids = [*catalogue.ids.ids[:ITEMS].tolist(), 9_000_001, 9_000_002]
    checkpoint = made_checkpoint(ids)
    rows = catalogue.ids.find(checkpoint.items.ids)
    return Recommender(
        "made", "key", {}, catalogue, ItemFactors.of(checkpoint), rows, rows >= 0, "cpu"
    )


def profiles(ids):
    rating = st.one_of(st.integers(1, 10).map(float), st.just(float("nan")))
    return st.dictionaries(st.sampled_from(ids), rating, max_size=25)


@given(st.data())
def test_a_list_is_full_never_repeats_what_was_seen_and_explains_itself(bundle, data):
    ids = [*bundle.side.items.ids[:ITEMS].tolist(), 8_000_000]
    rated = data.draw(profiles(ids))
    seen = data.draw(st.lists(st.sampled_from(ids), max_size=20))
    genre = data.draw(st.sampled_from(["Action", "Comedy", "Drama", "Romance"]))
    filters = Filters(
        genres_in=data.draw(st.sampled_from([(), (genre,)])),
        genres_out=data.draw(st.sampled_from([(), ("Horror",), (genre,)])),
        types=data.draw(st.sampled_from([(), ("TV",), ("Movie", "OVA")])),
        year_from=data.draw(st.sampled_from([0, 1990, 2005])),
        year_to=data.draw(st.sampled_from([0, 2003, 2010])),
        least_members=data.draw(st.sampled_from([0, 50_000])),
        adult=data.draw(st.booleans()),
        one_per_franchise=data.draw(st.booleans()),
    )
    top = data.draw(st.integers(1, 60))
    familiar = data.draw(st.floats(-1, 1))
    found = recommend(bundle, rated, seen=seen, filters=filters, top=top, familiar=familiar)

    catalogue = bundle.catalogue
    shown = [one.anime_id for one in found.recommendations]
    assert len(set(shown)) == len(shown)
    assert not set(shown) & (set(rated) | set(seen))

    def passes(anime):
        names = {*anime.genres, *anime.themes, *anime.demographics}
        return (
            (not filters.genres_in or bool(names & set(filters.genres_in)))
            and not names & set(filters.genres_out)
            and (not filters.types or anime.type in filters.types)
            and (not filters.year_from or (anime.year or 0) >= filters.year_from)
            and (not filters.year_to or 0 < (anime.year or 0) <= filters.year_to)
            and (anime.members or 0) >= filters.least_members
            and (filters.adult or not anime.is_adult)
        )

    could = [
        anime
        for id_ in ids[:ITEMS]
        if id_ not in rated and id_ not in seen and passes(anime := catalogue.get(id_))
    ]
    assert all(passes(catalogue.get(id_)) for id_ in shown)
    room = len({anime.franchise for anime in could}) if filters.one_per_franchise else len(could)
    assert len(shown) == min(top, room)

    scores = [one.score for one in found.recommendations]
    assert scores == sorted(scores, reverse=True)
    for one in found.recommendations:
        assert sum(part.share for part in one.because) == pytest.approx(
            one.score, rel=1e-3, abs=1e-3
        )
        terms = {part.anime_id for part in one.because if part.anime_id is not None}
        assert terms == {id_ for id_ in rated if id_ in bundle.side.items}
        assert [p.share for p in one.because] == sorted(
            (p.share for p in one.because), reverse=True
        )
        positive = [part for part in one.because if part.share > 0]
        if positive:
            assert sum(one.percent(part) for part in positive) == pytest.approx(100)


def test_without_a_like_the_list_is_popularity_and_says_so(bundle):
    degrees = dict(zip(bundle.side.items.ids.tolist(), np.exp(bundle.side.log_degree), strict=True))
    for rated in ({}, {int(bundle.side.items.ids[0]): 1.0}):
        found = recommend(bundle, rated, filters=Filters(one_per_franchise=False), top=10)
        assert not found.personal
        shown = [degrees[one.anime_id] for one in found.recommendations]
        assert np.mean(shown) > np.quantile(list(degrees.values()), 0.75)
    found = recommend(bundle, {}, filters=Filters(one_per_franchise=False), top=10)
    shown = [degrees[one.anime_id] for one in found.recommendations]
    assert shown == sorted(shown, reverse=True)


def test_familiar_raises_what_everybody_likes_and_niche_lowers_it(bundle):
    rated = {int(i): 9.0 for i in bundle.side.items.ids[:5]}
    common = dict(zip(bundle.side.items.ids.tolist(), bundle.side.common, strict=True))
    mean = [
        np.mean(
            [common[one.anime_id] for one in recommend(bundle, rated, familiar=f).recommendations]
        )
        for f in (-1.0, 0.0, 1.0)
    ]
    assert mean[0] < mean[1] < mean[2]


def test_ratings_that_the_model_does_not_know_are_counted_and_change_nothing(bundle):
    known = {int(i): 8.0 for i in bundle.side.items.ids[:4]}
    with_unknown = recommend(bundle, {**known, 8_000_000: 10.0})
    assert with_unknown.unknown == (8_000_000,)
    assert with_unknown.recommendations == recommend(bundle, known).recommendations


def test_hidden_adult_titles_are_those_that_would_stand_on_the_list(bundle):
    rated = {int(i): 9.0 for i in bundle.side.items.ids[:5]}
    open_to_all = Filters(adult=True, one_per_franchise=False)
    everything = recommend(bundle, rated, filters=open_to_all, top=100)
    closed = recommend(bundle, rated, filters=Filters(one_per_franchise=False), top=100)
    last = closed.recommendations[-1].score
    adult = [
        one
        for one in recommend(bundle, rated, filters=open_to_all, top=ITEMS).recommendations
        if bundle.catalogue.get(one.anime_id).is_adult and one.score >= last
    ]
    assert closed.hidden_adult == len(adult)
    assert everything.hidden_adult == 0


def test_tensors_of_a_device_give_the_list_and_the_suggestions_of_numpy(bundle):
    moved = replace(bundle, side=factors_on_device(bundle.side, "cpu"))
    rated = {int(id_): float(1 + n) for n, id_ in enumerate(bundle.side.items.ids[:10])}
    one, other = recommend(bundle, rated), recommend(moved, rated)
    assert [r.anime_id for r in one.recommendations] == [r.anime_id for r in other.recommendations]
    for plain, tensor in zip(one.recommendations, other.recommendations, strict=True):
        assert plain.score == pytest.approx(tensor.score, rel=1e-5)
        assert sum(part.share for part in tensor.because) == pytest.approx(tensor.score, abs=1e-3)
    assert suggest_items_to_rate(bundle, rated, 6) == suggest_items_to_rate(moved, rated, 6)


def test_suggestions_are_known_titles_of_different_franchises(bundle):
    first = suggest_items_to_rate(bundle, [], 6)
    assert len(first) == len(set(first)) == 6
    facts = [bundle.catalogue.get(id_) for id_ in first]
    assert len({anime.franchise for anime in facts}) == 6
    assert not any(anime.is_adult for anime in facts)
    then = suggest_items_to_rate(bundle, first[:2], 6)
    assert not set(then) & set(first[:2])
    assert not {bundle.catalogue.get(i).franchise for i in then} & {f.franchise for f in facts[:2]}
    everything = bundle.side.items.ids.tolist()
    assert suggest_items_to_rate(bundle, everything, 6) == []


def test_a_catalogue_that_does_not_match_the_model_is_refused_in_one_sentence(tmp_path):
    save_checkpoint(tmp_path / "m", made_checkpoint(list(range(9_000_000, 9_000_020))))
    with pytest.raises(CheckpointError, match="does not match"):
        load_recommender(tmp_path / "m", catalogue_path())


def test_a_bundle_loads_what_was_saved(tmp_path, catalogue):
    save_checkpoint(tmp_path / "m", made_checkpoint(catalogue.ids.ids[:50].tolist()))
    bundle = load_recommender(tmp_path / "m", catalogue_path())
    assert bundle.showable.all()
    assert bundle.device in {"cpu", "cuda", "mps"}
    assert recommend(bundle, {int(catalogue.ids.ids[0]): 9.0}).recommendations
