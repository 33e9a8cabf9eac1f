"""Public API: what a notebook does with ``import recsys``."""

import json
import subprocess
import sys
from functools import partial

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch
from torch_geometric.nn import LightGCN

import recsys
from recsys.defaults import LIKE_THRESHOLD
from recsys.errors import CheckpointError, DataError, SettingsError
from recsys.models.baselines import quick_baselines
from recsys.paths import default_checkpoint
from recsys.serving.fold_in import fold_in_users

TINY = {
    "model": {"dimension": 8, "layers": 2},
    "training": {"epochs": 3, "batch": 64, "negatives": 20, "steps": 0},
}


@pytest.fixture(scope="module")
def ratings_frame():
    """Two groups of users, each of which prefers one of two groups of items."""
    rng = np.random.default_rng(0)
    rows = []
    for user in range(60):
        for item in range(40):
            likes_it = (item < 20) == (user % 2 == 0)
            if rng.random() < (0.6 if likes_it else 0.1):
                rating = rng.integers(7, 11) if likes_it else rng.integers(1, 7)
                rows.append((user, 1000 + item, rating))
    return pd.DataFrame(rows, columns=["user_id", "item_id", "rating"])


@pytest.fixture(scope="module")
def ratings(ratings_frame):
    return recsys.read_ratings(ratings_frame)


@pytest.fixture(scope="module")
def model(ratings):
    return recsys.train(ratings, settings=TINY, items_only=False, half=False, quiet=True)


def test_import_recsys_loads_no_other_package():
    code = """
import json, sys
before = set(sys.modules)
import recsys
dir(recsys)
print(json.dumps(sorted({name.split(".")[0] for name in set(sys.modules) - before})))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout)) - sys.stdlib_module_names
    assert loaded == {"recsys"}


def test_every_public_name_can_be_imported_and_others_cannot():
    for name in recsys.__all__:
        assert getattr(recsys, name) is not None
    assert set(recsys.__all__) <= set(dir(recsys))
    with pytest.raises(AttributeError, match="no attribute 'fit'"):
        recsys.fit  # noqa: B018


@pytest.mark.slow
def test_training_prints_nothing_when_quiet_and_never_on_standard_output(ratings, capsys):
    recsys.train(ratings, settings=TINY, quiet=True)
    assert capsys.readouterr() == ("", "")
    recsys.train(ratings, settings=TINY)
    output = capsys.readouterr()
    assert output.out == ""
    assert "60 users × 40 anime" in output.err


def test_a_list_holds_items_scores_and_contributions_that_sum_to_the_score(model):
    listed = model.recommend({1000: 10, 1003: 9, 1030: 2}, k=5)
    assert len(listed) == 5
    assert [entry.score for entry in listed] == sorted((e.score for e in listed), reverse=True)
    frame = listed.to_frame()
    assert frame["item_id"].tolist() == [entry.item_id for entry in listed]
    assert set(frame["item_id"]) <= set(range(1000, 1020))  # the taste of the first group
    parts = frame[["baseline", 1000, 1003, 1030]].sum(axis=1)
    np.testing.assert_allclose(parts, frame["score"], rtol=1e-4, atol=1e-5)
    assert listed[0].title is None
    assert listed[:2] == tuple(listed)[:2]


def two_groups():
    """Return (user, item) pairs; even users choose items below 20, odd users the others."""
    rng = np.random.default_rng(2)
    own_group = [(user, item) for user in range(40) for item in range(40)
                 if (item < 20) == (user % 2 == 0)]  # fmt: skip
    return [pair for pair in own_group if rng.random() < 0.6]


@pytest.mark.slow
def test_made_up_data_in_the_shape_of_gowalla_trains_a_model(tmp_path):
    lines = {}
    for user, place in two_groups():
        lines.setdefault(user, [str(user)]).append(str(500 + place))
    path = tmp_path / "train.txt"
    path.write_text("\n".join(" ".join(line) for line in lines.values()))
    model = recsys.train(recsys.read_ratings(path), settings=TINY, quiet=True)
    listed = model.recommend({500: float("nan"), 503: float("nan")}, k=5)
    assert {entry.item_id for entry in listed} <= set(range(500, 520))


@pytest.mark.slow
def test_made_up_data_in_the_shape_of_movielens_trains_a_model():
    rng = np.random.default_rng(3)
    table = pd.DataFrame(two_groups(), columns=["userId", "movieId"])
    table["rating"] = rng.integers(7, 11, len(table)) / 2  # stars
    table["timestamp"] = 964_982_703
    table["rating"] *= 2  # the library's scale is 1 to 10
    ratings = recsys.read_ratings(table.rename(columns={"userId": "user", "movieId": "item"}))
    model = recsys.train(ratings, settings=TINY, quiet=True)
    listed = model.recommend({20: 10, 23: 7}, k=5)
    assert {entry.item_id for entry in listed} <= set(range(20, 40))


def test_similar_items_are_sorted_by_cosine(model):
    similar = model.similar_items(1000, k=39)
    assert len(similar) == 39
    embeddings = model.item_factors.embeddings
    first = embeddings[model.items.find([1000])[0]]
    for entry in similar:
        other = embeddings[model.items.find([entry.item_id])[0]]
        cosine = first @ other / (np.linalg.norm(first) * np.linalg.norm(other))
        assert entry.similarity == pytest.approx(cosine, abs=1e-5)
    frame = similar.to_frame()
    assert frame["similarity"].is_monotonic_decreasing
    assert 1000 not in frame["item_id"].tolist()
    assert similar[0] == similar[:1][0]


@pytest.mark.parametrize("k", [0, -1, 41])
def test_k_outside_1_to_the_number_of_items_is_refused(model, k):
    with pytest.raises(SettingsError, match="k must be a whole number from 1 to 40"):
        model.recommend({1000: 9}, k=k)
    with pytest.raises(SettingsError, match="k must be a whole number from 1 to 39"):
        model.similar_items(1000, k=k if k != 41 else 40)


def test_the_largest_k_lists_every_item(model):
    assert len(model.recommend({}, k=40)) == 40
    assert len(model.recommend({1000: 9}, k=40)) == 39


@pytest.mark.parametrize(
    "rating",
    [500, -7, 0, 10.5, float("inf"), True, False, 10**400, pytest.param(-(10**5000), id="huge")],
)
def test_a_rating_outside_1_to_10_is_refused(model, rating):
    with pytest.raises(DataError, match="The rating of item 1003 must be a number from 1 to 10"):
        model.recommend({1000: 9, 1003: rating})


@pytest.mark.parametrize(
    ("item_id", "match"),
    [
        (2**70, "whole numbers of 64 bits; 1180591620717411303424 is outside"),
        (-(2**63) - 1, "outside their range"),
        pytest.param(10**5000, "a number of 16,610 bits is outside", id="huge"),
        (True, "whole numbers; True is not"),
    ],
)
def test_an_item_id_that_is_no_whole_number_of_64_bits_is_refused(model, item_id, match):
    for arguments in ({"seen": [item_id]}, {"among": [item_id]}):
        with pytest.raises(DataError, match=match):
            model.recommend({1000: 9}, **arguments)
    with pytest.raises(DataError, match=match):
        model.recommend({item_id: 9})
    with pytest.raises(DataError, match=match):
        model.similar_items(item_id)


def test_seen_items_may_be_any_iterable(model):
    expected = model.recommend({1000: 9}, k=5, seen=[1001, 1002], among=[1003, 1004])
    listed = model.recommend(
        {1000: 9}, k=5, seen=(n for n in (1001, 1002)), among=iter((1003, 1004))
    )
    assert listed == expected
    assert len(listed) == 2


def test_a_like_without_a_rating_is_nan(model):
    assert model.recommend({1000: float("nan")}).likes == 1


def test_arguments_of_another_type_are_refused_in_one_sentence():
    # in a process of its own, because the tests check the types of all arguments at run time
    code = """
import numpy, recsys
model = recsys.load()
for ratings, k in [({1: 9}, 2.5), ({1: 9}, True), ({1: 9}, "3"), ({1: "9"}, 3), ({1: None}, 3),
                   ({"1": 9}, 3), ({1.0: 9}, 3)]:
    try:
        model.recommend(ratings, k)
    except recsys.RecsysError as error:
        print(error)
print(len(model.recommend({numpy.int64(1): numpy.float32(9)}, numpy.int64(3))))
for call in (
    lambda: model.recommend([1, 2]),
    lambda: model.recommend({1: 9}, seen=5),
    lambda: model.recommend({1: 9}, seen=(name for name in ["x"])),
    lambda: model.recommend({1: 9}, familiarity="high"),
):
    try:
        call()
    except recsys.RecsysError as error:
        print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert [line.split(" must be ")[0].split(";")[0] for line in lines] == [
        "k", "k", "k", "The rating of item 1", "The rating of item 1",
        "Item ids are whole numbers", "Item ids are whole numbers", "3",
        (
            "Ratings are given as a mapping from item id to rating, such as {5114: 10}, not as a "
            "value of the type list. Nothing was computed."
        ),
        "Item ids are given as a list or another iterable", "Item ids are whole numbers",
        "familiarity",
    ]  # fmt: skip


@pytest.mark.parametrize("validation", [-1, 1.0, float("nan"), True, "half"])
def test_a_validation_share_outside_0_to_below_1_is_refused(ratings, validation):
    with pytest.raises(SettingsError, match="validation takes a share from 0 to below 1, not"):
        recsys.train(ratings, settings=TINY, validation=validation, quiet=True)


def test_an_evaluation_refuses_a_k_that_is_no_whole_number():
    # in a process of its own, as above
    code = """
import pandas, recsys
model = recsys.load()
ratings = pandas.DataFrame([(u, i, 9) for u in range(60) for i in range(40)],
                           columns=["user", "item", "rating"])
for k in (2.5, True, "3", 0):
    try:
        recsys.evaluate(model, ratings, k=k, baselines=False)
    except recsys.RecsysError as error:
        print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    expected = [f"k must be a whole number of 1 or more; it is {k!r}." for k in (2.5, True, "3", 0)]
    assert done.stdout.splitlines() == expected


@pytest.mark.slow
def test_train_and_evaluate_take_ratings_in_every_form(ratings_frame, ratings, tmp_path):
    path = tmp_path / "ratings.csv"
    ratings_frame.to_csv(path, index=False)
    forms = [ratings, ratings.interactions, ratings_frame, pl.from_pandas(ratings_frame),
             pl.from_pandas(ratings_frame).lazy(), path, str(path)]  # fmt: skip
    expected = ratings.interactions.fingerprint()
    for form in forms:
        model = recsys.train(form, settings=TINY, validation=0, quiet=True)
        assert model.card["data"]["fingerprint"] == expected
    results = [
        recsys.evaluate(
            model, form, test=form, protocol="warm-start-users", baselines=False
        ).to_dict()
        for form in forms
    ]
    assert all(result == results[0] for result in results)
    for function in (recsys.train, partial(recsys.evaluate, model)):
        with pytest.raises(DataError, match="not from a value of the type int"):
            function(5)


def test_an_unknown_item_and_a_familiarity_out_of_range_are_refused(model):
    with pytest.raises(DataError, match="does not cover the item 7"):
        model.similar_items(7)
    with pytest.raises(SettingsError, match="familiarity"):
        model.recommend({1000: 9}, familiarity=2)


def test_filters_without_a_catalogue_are_one_clear_error(model):
    with pytest.raises(DataError, match="loaded without a catalogue"):
        model.recommend({1000: 9}, filters=recsys.Filters(genres_in=("Action",)))
    assert model.recommend({1000: 9}, filters=recsys.Filters(adult=True))


def test_a_saved_model_recommends_the_same_list(model, tmp_path):
    model.save(str(tmp_path / "mine"))
    again = recsys.load(tmp_path / "mine")
    ratings = {1000: 10, 1003: 9}
    assert again.recommend(ratings, k=40 - 2) == model.recommend(ratings, k=40 - 2)
    assert again.items == model.items
    again.save(tmp_path / "copy")
    assert recsys.load(str(tmp_path / "copy")).content_hash == again.content_hash
    with pytest.raises(CheckpointError, match="no model to load"):
        recsys.load(tmp_path / "nothing")


def test_load_without_arguments_is_the_shipped_model_with_titles():
    model = recsys.load()
    assert model.checkpoint.content_hash == recsys.load(default_checkpoint()).content_hash
    listed = model.recommend({5114: 10, 1: 9}, k=10)
    assert all(entry.title for entry in listed)
    assert listed.to_frame()["title"].notna().all()
    assert all(entry.title for entry in model.similar_items(5114, k=10))


def test_an_evaluation_has_a_row_for_each_method_and_number_of_given_likes():
    rng = np.random.default_rng(1)
    rows = [
        (user, 1000 + item, 9)
        for user in range(60)
        for item in range(120)
        if rng.random() < (0.8 if (item < 60) == (user % 2 == 0) else 0.05)
    ]
    frame = pd.DataFrame(rows, columns=["user_id", "item_id", "rating"])
    ratings = recsys.read_ratings(frame[frame["user_id"] < 50])
    test = recsys.read_ratings(frame[frame["user_id"] >= 50])
    model = recsys.train(ratings, settings=TINY, quiet=True)
    table = recsys.evaluate(model, ratings, test=test, protocol="cold-start-users").to_frame()
    assert {"lightgcn", *quick_baselines()} == set(table["method"])
    assert table["value"].between(0, 1)[table["metric"].str.startswith("recall")].all()
    with pytest.raises(SettingsError, match="There is no protocol 'newcomers'"):
        recsys.evaluate(model, ratings, protocol="newcomers")


def test_the_pyg_model_has_the_embeddings_and_the_ranking_of_this_model(model):
    checkpoint = model.checkpoint
    users, items = len(checkpoint.users), len(model.items)
    pyg = model.to_pyg()
    edges = torch.tensor([[0, users], [users, 0]])
    embeddings = pyg.get_embedding(edges).detach().numpy()
    np.testing.assert_allclose(embeddings[:users], checkpoint.user_embeddings, atol=1e-5)
    np.testing.assert_allclose(embeddings[users:], model.item_factors.embeddings, atol=1e-5)
    item_nodes = torch.arange(users, users + items)
    ranked = pyg.recommend(edges, src_index=torch.arange(5), dst_index=item_nodes, k=10)
    scores = checkpoint.user_embeddings[:5] @ model.item_factors.embeddings.T
    for row in range(5):
        expected = np.sort(scores[row])[::-1][:10]
        ours = scores[row][ranked[row].numpy() - users]
        np.testing.assert_allclose(ours, expected, atol=1e-5)


def test_the_pyg_model_of_new_users_has_their_folded_in_embeddings(model, ratings):
    table = ratings.interactions
    embeddings = model.to_pyg(ratings).get_embedding(torch.zeros(2, 0, dtype=torch.long))
    folded_in = fold_in_users(model.item_factors, table)
    np.testing.assert_allclose(
        embeddings.detach().numpy()[: len(table.users)], folded_in, atol=1e-5
    )


def test_without_users_the_pyg_nodes_are_the_items():
    model = recsys.load()
    assert model.to_pyg().num_nodes == len(model.items)


def test_a_pyg_model_becomes_a_recommender_with_the_same_scores(ratings):
    table = ratings.interactions
    users, items = len(table.users), len(table.items)
    torch.manual_seed(0)
    pyg = LightGCN(users + items, 8, num_layers=2)
    model = recsys.Recommender.from_pyg(pyg, ratings, name="from PyG")
    likes = table.likes(LIKE_THRESHOLD)
    rows, columns = (torch.tensor(part, dtype=torch.long) for part in (likes.rows, likes.columns))
    edges = torch.stack([torch.cat([rows, columns + users]), torch.cat([columns + users, rows])])
    embeddings = pyg.get_embedding(edges).detach().numpy()
    np.testing.assert_allclose(model.item_factors.embeddings, embeddings[users:], atol=1e-5)
    np.testing.assert_allclose(model.checkpoint.user_embeddings, embeddings[:users], atol=1e-5)
    assert model.name == "from PyG"
    assert len(model.recommend({1000: 9}, k=3)) == 3
    with pytest.raises(SettingsError, match="has 5 nodes"):
        recsys.Recommender.from_pyg(LightGCN(5, 8, num_layers=1), table)
    with pytest.raises(SettingsError, match=r"model\.layers in the model of PyTorch Geometric"):
        recsys.Recommender.from_pyg(LightGCN(users + items, 8, num_layers=11), table)


def test_pyg_conversion_takes_interactions_ratings_and_data_frames(model, ratings_frame, ratings):
    forms = (ratings.interactions, ratings, ratings_frame)
    weights = [model.to_pyg(form).embedding.weight.detach().numpy() for form in forms]
    pyg = LightGCN(100, 8, num_layers=2)
    layers = [recsys.Recommender.from_pyg(pyg, form).checkpoint.layers for form in forms]
    for other in (1, 2):
        np.testing.assert_array_equal(weights[other], weights[0])
        np.testing.assert_array_equal(layers[other], layers[0])
