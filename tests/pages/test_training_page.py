"""The page Training in each of its states; workers are not started here (journeys do that)."""

import json

import pytest
from drawn import charts, texts
from runs_on_disk import ended, lines, made

from recsys.data.catalogue import Catalogue
from recsys.data.drop_report import DropReport
from recsys.errors import TrainingError
from recsys.jobs import resource_estimate as needs
from recsys.jobs.lock import release_lock
from recsys.jobs.run_registry import RunRegistry
from recsys.paths import catalogue_path, default_checkpoint
from recsys.serving.model_registry import ModelRegistry

PAGE = "training"
CHARTS = ("Loss", "NDCG@20", "Recall@20", "Precision@20")


def button(app, label):
    return next((one for one in app.button if one.label == label), None)


@pytest.fixture
def at_work(store):
    """Hold the lock for runs, as their worker would."""
    held = []

    def hold(*runs):
        held.append(RunRegistry.default().acquire_lock(runs))

    yield hold
    for lock in held:
        release_lock(lock)


def test_empty_it_offers_a_new_run_with_what_that_will_need(show):
    app = show(PAGE)
    assert not app.exception
    assert "640,441** rows" in texts(app)
    assert "692,224** parameters" in texts(app)
    assert "no run was measured on this computer yet" in texts(app)
    assert not button(app, "Start training").disabled


def test_empty_watching_says_what_to_do(show):
    app = show(PAGE, view="Watch")
    assert "No training yet" in texts(app)
    assert "Quick look" in texts(app)


def test_running_it_shows_progress_curves_and_stop(show, at_work):
    run = made(lines(30))
    at_work(run)
    app = show(PAGE)
    assert not app.exception
    assert "**running**" in texts(app)
    told = app.get("progress")[0].proto.text
    assert "step 30 of" in told
    assert "20 steps per second" in told
    assert "left" in told
    titles = [one["layout"]["title"]["text"] for one in charts(app)]
    assert titles[:4] == [f"<b>{one}</b>" for one in CHARTS]
    assert {one["layout"]["uirevision"] for one in charts(app)} == {run.path.name}
    button(app, "Stop").click().run()
    assert run.cancel.exists()


def test_the_second_of_two_waits_for_its_turn(show, at_work):
    first, second = made(lines(5), name="one"), made(name="two")
    at_work(first, second)
    app = show(PAGE, run=second.path.name)
    assert "**waiting**" in texts(app)


def test_baselines_stand_as_lines_on_the_validation_charts(show, store):
    line = {"event": "compared", "step": 0, "method": "ease", "told": "λ = 1000",
            "metrics": {"ndcg@20": 0.31}, "part": "search", "at": 1001.0}  # fmt: skip
    made([*lines(20), line, ended("cancelled", "search")])
    chart = next(
        one for one in charts(show(PAGE)) if one["layout"]["title"]["text"] == "<b>NDCG@20</b>"
    )
    ease = next(one for one in chart["data"] if one["name"] == "EASE")
    assert ease["y"] == [0.31] * 3
    assert chart["layout"]["yaxis"]["range"][1] > 0.31


@pytest.mark.parametrize(
    ("end", "word", "sentence"),
    [
        (ended("cancelled", "search"), "stopped", "Stopped on request; the best model, of step 40"),
        (
            {"event": "failed", "step": 33, "reason": "the disk is full; free some space, then "
             "resume", "kept_step": 30, "part": "search", "at": 1002.0},
            "failed",
            "Ended at step 33: the disk is full; free some space, then resume; the best model, of",
        ),
        (None, "failed", "The worker process ended unexpectedly after step 40"),
    ],
    ids=["stopped", "failed", "killed"],
)  # fmt: skip
def test_an_ended_run_says_why_what_is_kept_and_offers_resume(show, store, end, word, sentence):
    made([*lines(40), *([end] if end else [])])
    app = show(PAGE)
    assert not app.exception
    assert f"**{word}**" in texts(app)
    assert sentence in texts(app)
    assert button(app, "Resume")
    assert not button(app, "Stop")


def test_finished_it_offers_the_model_and_no_resume(show, store):
    run = made([*lines(40), *lines(40, "final"), ended("finished", reason="all steps are done")])
    run.checkpoint.symlink_to(default_checkpoint())
    app = show(PAGE)
    assert "Finished: all steps are done" in texts(app)
    assert button(app, "Use this model")
    assert not button(app, "Resume")


def test_the_rows_that_a_run_dropped_are_reported(show, store):
    run = made([*lines(40), ended("finished", reason="all steps are done")])
    run.write_drop_report(DropReport("ratings.csv", 440, 40, {"not_rated": 400}))
    shown = texts(show(PAGE)).replace("\\", "")  # without the escapes of Markdown
    assert "40 of 440 rows are in use" in shown
    assert "400 rows" in shown


def test_one_training_at_a_time_is_said_before_the_click(show, at_work):
    at_work(made(lines(5), name="The other one"))
    app = show(PAGE, view="New run")
    assert button(app, "Start training").disabled
    assert "“The other one” is being trained" in texts(app)


def test_what_cannot_fit_is_refused_with_what_would(show, store, monkeypatch):
    monkeypatch.setattr(needs, "free_memory", lambda: 760_000_000)
    app = show(PAGE)
    assert button(app, "Start training").disabled
    assert "0.8 GB are free: d = 32 would fit." in texts(app)


def test_a_path_without_a_file_is_one_sentence(show, store, tmp_path):
    app = show(PAGE)
    app.segmented_control(key="source").set_value("On this computer").run()
    app.text_input(key="ratings-path").set_value(str(tmp_path / "none.csv")).run()
    assert not app.exception
    assert "There is nothing at" in texts(app)


def test_the_pair_is_two_runs_that_differ_in_the_pool_alone(show, store, monkeypatch):
    launched = []
    monkeypatch.setattr(RunRegistry, "launch", lambda _place, runs: launched.extend(runs))
    app = show(PAGE)
    app.button_group(key="preset").set_value("pair").run()
    button(app, "Start both, one after the other").click().run()
    configs = [run.config() for run in launched]
    assert [one.settings.training.hard_pool for one in configs] == [1, 4]
    assert configs[0].group == configs[1].group is not None
    same = [
        one.model_dump(exclude={"created", "settings"})
        | {"settings": one.settings.model_dump(exclude={"training": {"hard_pool"}})}
        for one in configs
    ]
    assert same[0] == same[1]
    assert app.query_params["run"] in (launched[0].path.name, [launched[0].path.name])


def test_a_start_that_fails_leaves_no_run_behind(show, store, monkeypatch):
    def refuse(_place, _runs):
        raise TrainingError("A training is running (another).")

    app = show(PAGE)
    monkeypatch.setattr(RunRegistry, "launch", refuse)
    button(app, "Start training").click().run()
    assert RunRegistry.default().runs() == []


def test_cloned_settings_stand_in_the_form(show, store):
    made(
        [*lines(40), ended("cancelled", "search")],
        overrides={"model": {"dimension": 48}, "training": {"seed": 7}},
    )
    app = show(PAGE)
    button(app, "Clone settings").click().run()
    assert not app.exception
    values = {one.label: one.value for one in app.number_input}
    assert values["Dimension  ·  d"] == 48
    assert values["Seed"] == 7


def test_a_preset_field_out_of_range_is_one_sentence(show, store):
    app = show(PAGE)
    field = next(one for one in app.number_input if one.label.startswith("Learning rate"))
    field.set_value(0.0).run()
    assert not app.exception
    assert "learning_rate in the advanced settings cannot be used" in texts(app)


def test_all_runs_are_listed_with_their_best_charts(show, store):
    made([*lines(40), ended("cancelled", "search")], name="First")
    made([*lines(20), ended("cancelled", "search")], name="Second")
    app = show(PAGE, view="All runs")
    table = app.dataframe[0].value
    assert set(table["Name"]) == {"First", "Second"}
    assert dict(zip(table["Name"], table["NDCG@20"], strict=True)) == {
        "First": pytest.approx(0.14),
        "Second": pytest.approx(0.12),
    }


def test_a_pair_is_compared_in_one_chart_unasked(show, store):
    for name, pool in (("uniform", 1), ("hardest of 4", 4)):
        made(
            [*lines(40, "final"), ended("finished", reason="done")], name=name, preset="pair",
            group="g", refit=False, overrides={"training": {"hard_pool": pool}},
        )  # fmt: skip
    app = show(PAGE, view="All runs")
    assert not app.exception
    names = {trace["name"] for trace in charts(app)[0]["data"]}
    assert names == {"uniform", "hardest of 4"}
    assert "training.hard_pool" in app.dataframe[1].value.index


def test_a_deleted_run_comes_back(show, store):
    run = made([*lines(10), ended("cancelled", "search")], name="Gone")
    RunRegistry.default().delete(run)
    app = show(PAGE, view="All runs")
    assert "No run yet" in texts(app)
    button(app, "Undo: restore “Gone”").click().run()
    assert run.is_run()
    assert len(app.dataframe[0].value) == 1


def test_a_model_in_use_is_named_and_undone(show, store, tmp_path):
    made_models = ModelRegistry.default()
    copied = made_models.folder / "another"
    copied.parent.mkdir(parents=True)
    copied.symlink_to(default_checkpoint())
    made_models.use(copied, Catalogue.load(catalogue_path()))
    app = show(PAGE, view="Models")
    assert not app.exception
    undo = next(one for one in app.button if one.label.startswith("Undo: use"))
    undo.click().run()
    assert ModelRegistry.default().in_use() == default_checkpoint()


def test_a_run_that_is_gone_is_said(show, store):
    made(lines(5))
    app = show(PAGE, run="20200101-000000-nothing")
    assert "no longer exists" in texts(app)


def test_a_foreign_journal_breaks_no_page(show, store):
    run = made(lines(20))
    with run.events.open("a") as file:
        file.write('{"event": "evaluated", "part": "search"}\n[1, 2]\n{"torn": ')
    assert not show(PAGE).exception


def test_a_run_of_before_people_were_estimated_is_still_shown(show):
    run = made(lines(3), name="Run of old")
    config = json.loads((run.path / "run.json").read_text())
    config["settings"]["serving"] |= {"item_exponent": 0.05, "prior_strength": 0.7}
    (run.path / "run.json").write_text(json.dumps(config))
    assert "Run of old" in texts(show(PAGE))
    config["settings"]["serving"]["never_known"] = 1
    (run.path / "run.json").write_text(json.dumps(config))
    assert "Run of old" not in texts(show(PAGE))
