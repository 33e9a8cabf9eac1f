"""Recommender: full lists, filters, contributions, popularity without likes, and suggestions."""

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
from recsys.serving.factor_device import factors_on_device
from recsys.serving.filters import Filters
from recsys.serving.recommender import Recommender, load_recommender
from tests.estimators import made_estimator

WEIGHTS = (-1.0, -0.8, -0.5, -0.2, 0.0, 0.3, 0.7, 1.0, 1.3, 1.6)
ITEMS = 600


@pytest.fixture(scope="module")
def catalogue():
    return Catalogue.load(catalogue_path())


@pytest.fixture(scope="module")
def recommender(catalogue):
    return made_recommender(catalogue)


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


def made_recommender(catalogue):
    # two items of the model are not in the catalogue; they must never be shown
    ids = [*catalogue.ids.ids[:ITEMS].tolist(), 9_000_001, 9_000_002]
    checkpoint = made_checkpoint(ids)
    return Recommender.from_checkpoint(checkpoint, catalogue, device="cpu")


def profiles(ids):
    rating = st.one_of(st.integers(1, 10).map(float), st.just(float("nan")))
    return st.dictionaries(st.sampled_from(ids), rating, max_size=25)


@given(st.data())
def test_a_list_is_full_filtered_without_seen_items_and_its_contributions_sum(recommender, data):
    ids = [*recommender.items.ids[:ITEMS].tolist(), 8_000_000]
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
    k = data.draw(st.integers(1, 60))
    familiarity = data.draw(st.floats(-1, 1))
    listed = recommender.recommend(rated, seen=seen, filters=filters, k=k, familiarity=familiarity)

    catalogue = recommender.catalogue
    shown = [entry.item_id for entry in listed]
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
    assert len(shown) == min(k, room)

    scores = [entry.score for entry in listed]
    assert scores == sorted(scores, reverse=True)
    for entry in listed.recommendations:
        assert sum(part.value for part in entry.contributions) == pytest.approx(
            entry.score, rel=1e-3, abs=1e-3
        )
        terms = {part.item_id for part in entry.contributions if part.item_id is not None}
        assert terms == {id_ for id_ in rated if id_ in recommender.items}
        assert [p.value for p in entry.contributions] == sorted(
            (p.value for p in entry.contributions), reverse=True
        )
        positive = [part for part in entry.contributions if part.value > 0]
        if positive:
            assert sum(entry.percent(part) for part in positive) == pytest.approx(100)


def test_without_a_like_the_list_is_ordered_by_popularity(recommender):
    degrees = dict(
        zip(
            recommender.items.ids.tolist(),
            np.exp(recommender.item_factors.log_degrees),
            strict=True,
        )
    )
    for rated in ({}, {int(recommender.items.ids[0]): 1.0}):
        listed = recommender.recommend(rated, filters=Filters(one_per_franchise=False), k=10)
        assert not listed.is_personalized
        shown = [degrees[entry.item_id] for entry in listed]
        assert np.mean(shown) > np.quantile(list(degrees.values()), 0.75)
    listed = recommender.recommend({}, filters=Filters(one_per_franchise=False), k=10)
    shown = [degrees[entry.item_id] for entry in listed]
    assert shown == sorted(shown, reverse=True)


def test_familiarity_raises_the_mean_user_score_of_the_list(recommender):
    rated = {int(i): 9.0 for i in recommender.items.ids[:5]}
    common = dict(
        zip(recommender.items.ids.tolist(), recommender.item_factors.mean_user_scores, strict=True)
    )
    mean = [
        np.mean([common[entry.item_id] for entry in recommender.recommend(rated, familiarity=f)])
        for f in (-1.0, 0.0, 1.0)
    ]
    assert mean[0] < mean[1] < mean[2]


def test_ratings_of_unknown_items_are_reported_and_have_no_effect(recommender):
    known = {int(i): 8.0 for i in recommender.items.ids[:4]}
    with_unknown = recommender.recommend({**known, 8_000_000: 10.0})
    assert with_unknown.unknown_ids == (8_000_000,)
    assert with_unknown.recommendations == recommender.recommend(known).recommendations


def test_hidden_adult_titles_are_those_that_would_be_on_the_list(recommender):
    rated = {int(i): 9.0 for i in recommender.items.ids[:5]}
    open_to_all = Filters(adult=True, one_per_franchise=False)
    everything = recommender.recommend(rated, filters=open_to_all, k=100)
    closed = recommender.recommend(rated, filters=Filters(one_per_franchise=False), k=100)
    last = closed.recommendations[-1].score
    adult = [
        entry
        for entry in recommender.recommend(rated, filters=open_to_all, k=ITEMS).recommendations
        if recommender.catalogue.get(entry.item_id).is_adult and entry.score >= last
    ]
    assert closed.hidden_adult == len(adult)
    assert everything.hidden_adult == 0


def test_torch_and_numpy_give_equal_lists_and_suggestions(recommender):
    moved = replace(recommender, item_factors=factors_on_device(recommender.item_factors, "cpu"))
    rated = {int(id_): float(1 + n) for n, id_ in enumerate(recommender.items.ids[:10])}
    plain_list, tensor_list = recommender.recommend(rated), moved.recommend(rated)
    assert [r.item_id for r in plain_list] == [r.item_id for r in tensor_list]
    for plain, tensor in zip(plain_list, tensor_list, strict=True):
        assert plain.score == pytest.approx(tensor.score, rel=1e-5)
        assert sum(part.value for part in tensor.contributions) == pytest.approx(
            tensor.score, abs=1e-3
        )
    assert suggest_items_to_rate(recommender, rated, 6) == suggest_items_to_rate(moved, rated, 6)


def test_suggestions_are_popular_titles_of_different_franchises(recommender):
    first = suggest_items_to_rate(recommender, [], 6)
    assert len(first) == len(set(first)) == 6
    facts = [recommender.catalogue.get(id_) for id_ in first]
    assert len({anime.franchise for anime in facts}) == 6
    assert not any(anime.is_adult for anime in facts)
    then = suggest_items_to_rate(recommender, first[:2], 6)
    assert not set(then) & set(first[:2])
    assert not {recommender.catalogue.get(i).franchise for i in then} & {
        f.franchise for f in facts[:2]
    }
    everything = recommender.items.ids.tolist()
    assert suggest_items_to_rate(recommender, everything, 6) == []


def test_a_catalogue_that_does_not_match_the_model_is_refused_in_one_sentence(tmp_path):
    save_checkpoint(tmp_path / "m", made_checkpoint(list(range(9_000_000, 9_000_020))))
    with pytest.raises(CheckpointError, match="does not match"):
        load_recommender(tmp_path / "m", catalogue_path())


def test_a_saved_model_can_be_loaded(tmp_path, catalogue):
    save_checkpoint(tmp_path / "m", made_checkpoint(catalogue.ids.ids[:50].tolist()))
    recommender = load_recommender(tmp_path / "m", catalogue_path())
    assert recommender.showable.all()
    assert recommender.device in {"cpu", "cuda", "mps"}
    assert recommender.recommend({int(catalogue.ids.ids[0]): 9.0}).recommendations
