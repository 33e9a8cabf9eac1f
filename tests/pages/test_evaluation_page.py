"""The page Evaluation in each of its states; its figures are those that are kept."""

import csv
import io
import json
import shutil
from html import escape

import pytest
from drawn import charts, shown, texts
from runs_on_disk import ended, lines, made

from pages.evaluation.comparison import table_csv
from pages.evaluation.method_styles import method_styles
from pages.evaluation.metric_labels import ACCURACY, graph_effect, headline
from recsys.evaluation.results_io import load_evaluations
from recsys.jobs.evaluation_job import EvaluationConfig, EvaluationJob
from recsys.jobs.lock import acquire_lock, release_lock
from recsys.jobs.status import JobStatus, write_status
from recsys.metrics.ranking_metrics import RANKING_METRICS, hit_rate
from recsys.models.baselines import BASELINES
from recsys.models.checkpoint_folder import EVALUATIONS
from recsys.paths import default_checkpoint

PAGE = "evaluation"
SHIPPED = default_checkpoint()  # before a test moves it


@pytest.fixture(scope="module")
def kept():
    """The evaluation that ships."""
    [found] = load_evaluations(default_checkpoint())
    return found


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """A model that was never measured, in use."""
    folder = tmp_path / "bare"
    shutil.copytree(default_checkpoint(), folder)
    (folder / EVALUATIONS).unlink()
    monkeypatch.setenv("ANIME_CHECKPOINT", str(folder))
    return folder


@pytest.fixture
def job(store, tmp_path):
    """A measuring on disk, whose process is not there."""
    folder = tmp_path / "evaluations" / "20261125-000000-x"
    folder.mkdir(parents=True)
    config = EvaluationConfig(
        checkpoint=default_checkpoint(), name="Small", places=(default_checkpoint(),),
        ratings=tmp_path / "ratings.csv", data="two tastes",
    )  # fmt: skip
    (folder / "order.json").write_text(config.model_dump_json())
    return EvaluationJob(folder)


def button(app, label):
    return next((one for one in app.button if one.label == label), None)


def value_of(kept, **wanted):
    rows = [row for row in kept.rows if all(row[key] == one for key, one in wanted.items())]
    [row] = rows
    return row


def traces(app, number):
    return {one["name"]: one for one in charts(app)[number]["data"]}


def test_every_plot_draws_the_figures_that_are_kept(show, kept):
    app = show(PAGE)
    assert not app.exception
    lines_, ahead = traces(app, 0), traces(app, 1)
    assert list(lines_) == [
        "LightGCN", "Softmax MF (no graph)", "EASE", "Implicit ALS", "BPR-MF", "Item-KNN",
        "FastRP + kNN", "Popularity",
    ]  # fmt: skip
    wanted = {"metric": "ndcg@20", "slice": "all"}
    for name, method in (("LightGCN", "lightgcn"), ("EASE", "ease"), ("BPR-MF", "bpr_mf")):
        rows = [value_of(kept, method=method, given=n, **wanted) for n in ("3", "5", "10", "20")]
        assert lines_[name]["y"] == [row["value"] for row in rows]
        high = [row["high"] - row["value"] for row in rows]
        assert lines_[name]["error_y"]["array"] == pytest.approx(high)
    theirs = value_of(kept, method="als", given="5", **wanted)
    assert ahead["Implicit ALS"]["x"] == [theirs["ahead_value"]]
    for place, metric in enumerate(
        ("coverage@20", "novelty@20", "diversity@20", "popularity@20"), start=2
    ):
        row = value_of(kept, method="item_knn", given="5", slice="all", metric=metric)
        assert traces(app, place)["Item-KNN"]["x"] == [row["value"]]
    whom, titles, layers = (traces(app, place) for place in (6, 7, 8))
    heavy = value_of(kept, method="ease", given="5", slice="heavy", metric="ndcg@20")
    niche = value_of(kept, method="ease", given="5", slice="niche", metric="ndcg@20")
    assert heavy["value"] in whom["EASE"]["x"]
    assert niche["value"] in titles["EASE"]["x"]
    layer = value_of(kept, method="layer 1", given="5", **wanted)
    assert layers["Layer 1 alone"]["x"] == [layer["value"]]


def test_metric_and_number_of_likes_are_chosen_and_stand_in_the_url(show, kept):
    app = show(PAGE, metric="Capped recall@20", given="20")
    row = value_of(kept, method="lightgcn", given="20", slice="all", metric="capped_recall@20")
    assert f"**{row['value']:.3f}**" in texts(app)
    assert traces(app, 0)["LightGCN"]["y"][3] == row["value"]


def test_no_figure_without_its_protocol(show, kept):
    told = texts(show(PAGE))
    for words in ("446 people", "never trained on", "drawn with seed 20", "the same settings"):
        assert words in told
    for key in ("recall", "interval"):
        assert kept.protocol[key] in told
    assert kept.protocol["methods"]["ease"] in told


def test_the_csv_and_the_table_hold_every_figure_as_it_is_kept(show, kept):
    rows = list(csv.DictReader(io.StringIO(table_csv(kept))))
    assert len(rows) == len(kept.rows)
    for row, figure in zip(rows, kept.rows, strict=True):
        assert {key: str(one) for key, one in figure.items()}.items() <= row.items()
    app = show(PAGE)
    table = app.dataframe[0].value
    here = [f for f in kept.rows if (f["metric"], f["given"]) == ("ndcg@20", "5")]
    assert table["Value"].tolist() == [f["value"] for f in here]
    app.toggle(key="evaluation-everything").set_value(True).run()
    assert len(app.dataframe[0].value) == len(kept.rows)


@pytest.mark.parametrize(
    ("ahead", "verdict"),
    [
        (
            (0.05, 0.04, 0.06),
            "10.0% more; the difference is significant (95 % interval excludes 0)",
        ),
        (
            (-0.05, -0.06, -0.04),
            "10.0% less; the difference is significant (95 % interval excludes 0)",
        ),
        ((0.05, -0.01, 0.06), "no significant difference (95 % interval includes 0)"),
    ],
)
def test_the_sentence_says_no_more_than_the_interval_does(ahead, verdict):
    ours = {"value": 0.55, "low": 0.5, "high": 0.6}
    names = ("ahead_value", "ahead_low", "ahead_high")
    theirs = {"value": 0.5, **dict(zip(names, ahead, strict=True))}
    told = headline({"lightgcn": ours, "ease": theirs}, "ndcg@20", "5")
    assert verdict in told
    assert "EASE, has 0.500" in told


def graph_rows(ahead):
    names = ("ahead_value", "ahead_low", "ahead_high")
    ours = {"value": 0.612, "low": 0.6, "high": 0.62}
    return {
        "lightgcn": ours,
        "softmax_mf": {"value": 0.6, **dict(zip(names, ahead, strict=True))},
        "layer 0": {"value": 0.5},
    }


@pytest.mark.parametrize(
    ("ahead", "verdict"),
    [
        ((0.012, -0.001, 0.02), "makes no significant difference"),
        ((0.012, 0.01, 0.02), "propagation along the graph helps"),
        ((-0.012, -0.02, -0.01), "propagation along the graph does not help"),
    ],
)
def test_a_sentence_says_what_the_graph_adds_to_softmax_mf(ahead, verdict):
    text = graph_effect(graph_rows(ahead), "ndcg@20", "5")
    assert text.endswith(f"{verdict}.")
    assert "NDCG@20 0.600; LightGCN has 0.612" in text
    assert f"a difference of {ahead[0]:+.3f}" in text


def test_a_split_by_time_says_nothing_of_new_people():
    other = {"value": 0.2, "ahead_value": 0.0, "ahead_low": -0.1, "ahead_high": 0.1}
    rows = {"lightgcn": {"value": 0.2, "low": 0.1, "high": 0.3}, "softmax_mf": other}
    assert "for new people, propagation" in graph_effect(rows, "ndcg@20", "5")
    by_time = graph_effect(rows, "ndcg@20", "before")
    assert "new people" not in by_time
    assert "propagation along the graph makes no significant difference" in by_time


def test_without_softmax_mf_nothing_is_said_of_it():
    rows = graph_rows((0.0, 0.0, 0.0))
    del rows["softmax_mf"]
    assert graph_effect(rows, "ndcg@20", "5") is None


def test_softmax_mf_is_shown_among_the_others_and_beside_the_layers(show, store, bare):
    stored = json.loads((SHIPPED / EVALUATIONS).read_text())
    (bare / EVALUATIONS).write_text(json.dumps(stored))
    app = show(PAGE)
    assert not app.exception
    name = "Softmax MF (no graph)"
    assert name in traces(app, 0)
    assert name in traces(app, 1)
    assert list(traces(app, 8)) == ["Layer 0 alone", "Layer 1 alone", "LightGCN", name]
    assert "What the graph adds" in texts(app)
    evaluation = stored["evaluations"][0]  # as it was before softmax MF was measured
    evaluation["figures"] = [row for row in evaluation["figures"] if row["method"] != "softmax_mf"]
    (bare / EVALUATIONS).write_text(json.dumps(stored))
    app = show(PAGE)
    assert name not in traces(app, 0)
    assert "What the graph adds" not in texts(app)


def add_copies(bare, key, original, copies):
    """Give a model the shipped evaluation, with copies of its rows for another method or metric."""
    stored = json.loads((SHIPPED / EVALUATIONS).read_text())
    figures = stored["evaluations"][0]["figures"]
    rows = [row for row in figures if row[key] == original]
    figures += [{**row, key: copy} for copy in copies for row in rows]
    (bare / EVALUATIONS).write_text(json.dumps(stored))


def test_a_new_baseline_and_an_unregistered_method_are_in_every_chart(
    show, store, bare, new_baseline
):
    unregistered = "<i>old_method</i>"
    add_copies(bare, "method", "ease", [unregistered, new_baseline.name])
    app = show(PAGE)
    assert not app.exception
    assert not app.error
    label, key = escape(new_baseline.label), escape(unregistered)
    assert list(traces(app, 0)) == [
        "LightGCN", "Softmax MF (no graph)", label, "EASE", "Implicit ALS", "BPR-MF", "Item-KNN",
        "FastRP + kNN", "Popularity", key,
    ]  # fmt: skip
    for number in range(8):
        assert {label, key} <= set(traces(app, number))
    styles = [
        (trace["line"]["color"], trace["line"]["dash"], trace["marker"]["symbol"])
        for trace in traces(app, 0).values()
    ]
    assert len(set(styles)) == len(styles)


def test_the_headline_names_an_unregistered_method_without_its_markup():
    names = ("value", "low", "high", "ahead_value", "ahead_low", "ahead_high")
    ours = {"value": 0.5, "low": 0.4, "high": 0.6}
    theirs = dict(zip(names, (0.6, 0.5, 0.7, -0.1, -0.2, -0.05), strict=True))
    text = headline({"lightgcn": ours, "![x](http://y)": theirs}, "ndcg@20", "5")
    assert "![x](" not in text
    assert "![x](http://y), has 0.600" in shown(text)


def test_styles_of_many_methods_are_distinct():
    styles = method_styles([f"method {number}" for number in range(150)])
    assert len(set(styles.values())) == len(styles) == 150 + len(BASELINES) + 2


def test_a_registered_metric_without_a_label_is_offered_under_its_key(
    show, store, bare, monkeypatch
):
    monkeypatch.setitem(RANKING_METRICS, "new_metric", hit_rate)
    add_copies(bare, "metric", "ndcg@20", ["new_metric@20", "old_property@20"])
    app = show(PAGE)
    assert not app.exception
    options = [shown(option) for option in app.segmented_control(key="metric").options]
    assert options[-1] == "new_metric@20"
    assert "old_property@20" in texts(app)  # beside the properties of the lists
    app.segmented_control(key="metric").set_value("new_metric@20").run()
    assert not app.exception
    assert not app.error
    assert "LightGCN has new_metric@20 **" in texts(app)


def test_the_two_kinds_of_recall_have_two_names():
    capped, plain = ACCURACY["capped_recall@20"], ACCURACY["recall@20"]
    assert (capped[0], plain[0]) == ("Capped recall@20", "Recall@20")
    assert "min(20, likes to find)" in capped[1]
    assert "min(" not in plain[1]


def test_what_was_never_measured_offers_to_be_measured_and_says_on_what(show, store, bare):
    app = show(PAGE)
    assert not app.exception
    assert "is not evaluated yet" in texts(app)
    assert "are not on this computer" in texts(app)
    assert button(app, "Evaluate")


def test_a_run_is_measured_on_the_ratings_that_it_learned_from(show, store, bare, monkeypatch):
    run = made([*lines(40), *lines(40, "final"), ended("finished", reason="all steps are done")])
    run.checkpoint.symlink_to(bare)  # the same model, as one that is in use is of its run
    started = []
    monkeypatch.setattr("pages.evaluation.job_controls.start_evaluation", started.append)
    app = show(PAGE)
    assert "Demo community (synthetic)" in texts(app)
    button(app, "Evaluate").click().run()
    [config] = started
    assert config.ratings == run.config().ratings
    assert set(config.places) == {bare.resolve()}
    assert config.split.name == "people-0"


def test_a_second_split_by_time_is_asked_for_with_the_seed_out_of_sight(
    show, store, bare, monkeypatch, tmp_path
):
    dated = tmp_path / "dated.csv"
    dated.write_text("user,anime_id,rating,timestamp\na,1,8,2020-01-01\n")
    run = made([*lines(40), ended("finished", reason="all is done")])
    run.checkpoint.symlink_to(bare)
    config = json.loads((run.path / "run.json").read_text())
    (run.path / "run.json").write_text(json.dumps({**config, "ratings": str(dated)}))
    started = []
    monkeypatch.setattr("pages.evaluation.job_controls.start_evaluation", started.append)
    app = show(PAGE, show="Another split")
    app.number_input(key="split-seed").set_value(7).run()
    button(app, "Evaluate").click().run()
    app.segmented_control(key="split-by").set_value("By time").run()
    assert not app.number_input
    button(app, "Evaluate").click().run()
    assert [config.split.name for config in started] == ["people-7", "time"]


def test_without_dates_there_is_no_split_by_time_and_the_page_says_why(show, store):
    app = show(PAGE, show="Another split")
    assert "have no dates" in texts(app)
    assert app.segmented_control(key="split-by").options == ["By people"]


def test_of_several_cuts_one_is_chosen(show, store, bare):
    told = json.loads((SHIPPED / EVALUATIONS).read_text())
    second = {**told["evaluations"][0], "name": "people-7-abc", "people": 99}
    told["evaluations"].append(second)
    (bare / EVALUATIONS).write_text(json.dumps(told))
    app = show(PAGE)
    assert "446 people" in texts(app)
    app.selectbox(key="measured-on").set_value("people-7-abc").run()
    assert "99 people" in texts(app)


def test_a_measuring_at_work_shows_what_it_does_and_can_be_stopped(show, store, job, tmp_path):
    write_status(job.status_path, JobStatus("Tuning ease: λ = 300", 0.4))
    lock = acquire_lock(tmp_path / "runs", [job.path])
    try:
        app = show(PAGE)
        assert not app.exception
        [bar] = app.get("progress")
        assert "Tuning ease: λ = 300" in shown(bar.proto.text)
        assert bar.proto.value == 40
        button(app, "Stop").click().run()
        assert (job.path / "cancel").exists()
        assert button(show(PAGE, show="Another split"), "Evaluate").disabled
    finally:
        release_lock(lock)


def test_one_that_ended_without_figures_says_why_until_it_is_dismissed(show, store, job):
    job.fail("Nobody has enough likes.")
    app = show(PAGE)
    assert "Nobody has enough likes." in texts(app)
    button(app, "Dismiss").click().run()
    assert not job.path.exists()
    assert "Nobody has enough likes." not in texts(app)


MARKUP = "![x](https://example.org/x.png)"


def test_markup_in_the_number_of_given_likes_is_shown_as_text(show, store, bare):
    values = json.loads((SHIPPED / EVALUATIONS).read_text())
    text = json.dumps(values).replace('"given": "5"', f'"given": "{MARKUP}"')
    (bare / EVALUATIONS).write_text(text)
    app = show(PAGE)
    assert not app.exception
    app.button_group(key="given").set_value(MARKUP).run()
    assert not app.exception
    assert f"Given {MARKUP} likes, LightGCN has" in texts(app)
    sources = [element.value for element in (*app.caption, *app.markdown)]
    sources += [app.toggle(key="evaluation-everything").help]
    sources += list(app.button_group(key="given").options)
    assert sum("example.org" in source for source in sources) >= 5
    assert not [source for source in sources if "![x]" in source]


def test_damaged_evaluations_are_a_sentence(show, store, bare):
    (bare / EVALUATIONS).write_text("{")
    app = show(PAGE)
    assert not app.exception
    assert "are damaged; they are not shown" in texts(app)


def test_an_evaluation_without_lightgcn_or_a_contender_draws_what_it_has(show, store, bare):
    told = json.loads((SHIPPED / EVALUATIONS).read_text())
    figures = told["evaluations"][0]["figures"]
    told["evaluations"][0]["figures"] = [one for one in figures if one["method"] != "ease"]
    (bare / EVALUATIONS).write_text(json.dumps(told))
    app = show(PAGE)
    assert not app.exception
    assert "EASE" not in traces(app, 0)
    told["evaluations"][0]["figures"] = [one for one in figures if one["method"] == "ease"]
    told["evaluations"][0]["protocol"] = {}
    (bare / EVALUATIONS).write_text(json.dumps(told))
    app = show(PAGE)
    assert not app.exception
    assert "This evaluation has no NDCG@20 of LightGCN" in texts(app)


def test_on_me_finds_each_like_again_and_says_against_what(show, store):
    profile = store.create("Me").id
    store.rate_many(profile, {1: 9, 5114: 10, 9253: 8, 457: 9, 20: 3})
    app = show(PAGE, show="On me", profile=profile)
    assert not app.exception
    told = texts(app)
    assert "Of 4 likes of mine" in told
    assert "ranks 6,012 titles" in told  # all that may be shown but the five rated, and the one
    [figure] = charts(app)
    ours = next(one for one in figure["data"] if one.get("name") == "LightGCN")
    theirs = next(one for one in figure["data"] if one.get("name") == "Popularity")
    assert app.dataframe[0].value["LightGCN"].tolist() == ours["x"] == sorted(ours["x"])
    assert app.dataframe[0].value["Popularity"].tolist() == theirs["x"]


def test_on_me_without_a_profile_or_a_like_says_what_to_do(show, store):
    assert "No profile is chosen" in texts(show(PAGE, show="On me"))
    profile = store.create("Me").id
    store.rate_many(profile, {1: 3})
    assert "Rate some anime 7 or more" in texts(show(PAGE, show="On me", profile=profile))
