"""The page Training in each of its states. Only the journeys start a worker."""

import json
import shutil
from html import escape
from pathlib import Path

import pytest
from drawn import charts, shown, texts
from runs_on_disk import ended, lines, made

from recsys.config import settings_files
from recsys.data.catalogue import Catalogue
from recsys.data.drop_report import DropReport
from recsys.errors import TrainingError
from recsys.jobs import resource_estimate as needs
from recsys.jobs.lock import release_lock
from recsys.jobs.run_registry import RunRegistry
from recsys.models.checkpoint_archive import pack_checkpoint
from recsys.models.checkpoint_card import card_checksum
from recsys.paths import catalogue_path, default_checkpoint
from recsys.serving.model_registry import ModelRegistry

PAGE = "training"
CHARTS = ("Loss", "NDCG@20", "Recall@20", "Precision@20")


def button(app, label):
    return next((widget for widget in app.button if shown(widget.label) == label), None)


@pytest.fixture
def at_work(store):
    """Return a function that holds the lock for runs, as their worker does."""
    held = []

    def hold(*runs):
        held.append(RunRegistry.default().acquire_lock(runs))

    yield hold
    for lock in held:
        release_lock(lock)


def test_without_runs_the_page_offers_a_new_run_with_its_size_and_time(show):
    app = show(PAGE)
    assert not app.exception
    assert "640,441** rows" in texts(app)
    assert "692,224** parameters" in texts(app)
    assert "no run was measured on this computer yet" in texts(app)
    assert not button(app, "Start training").disabled


def test_without_runs_the_view_watch_says_what_to_do(show):
    app = show(PAGE, view="Watch")
    assert "No training yet" in texts(app)
    assert "Quick look" in texts(app)


def test_a_running_run_shows_progress_curves_and_stop(show, at_work):
    run = made(lines(30))
    at_work(run)
    app = show(PAGE)
    assert not app.exception
    assert "**running**" in texts(app)
    progress = app.get("progress")[0].proto.text
    assert "step 30 of" in progress
    assert "20 steps per second" in progress
    assert "left" in progress
    titles = [figure["layout"]["title"]["text"] for figure in charts(app)]
    assert titles[:4] == [f"<b>{title}</b>" for title in CHARTS]
    assert {figure["layout"]["uirevision"] for figure in charts(app)} == {run.path.name}
    button(app, "Stop").click().run()
    assert run.cancel.exists()


def test_the_second_of_two_waits_for_its_turn(show, at_work):
    first, second = made(lines(5), name="one"), made(name="two")
    at_work(first, second)
    app = show(PAGE, run=second.path.name)
    assert "**waiting**" in texts(app)


def test_baselines_are_lines_in_the_validation_charts(show, store):
    line = {"event": "compared", "step": 0, "method": "ease", "told": "λ = 1000",
            "metrics": {"ndcg@20": 0.31}, "part": "search", "at": 1001.0}  # fmt: skip
    made([*lines(20), line, ended("cancelled", "search")])
    chart = next(
        figure
        for figure in charts(show(PAGE))
        if figure["layout"]["title"]["text"] == "<b>NDCG@20</b>"
    )
    ease = next(trace for trace in chart["data"] if trace["name"] == "EASE")
    assert ease["y"] == [0.31] * 3
    assert chart["layout"]["yaxis"]["range"][1] > 0.31


def test_a_new_baseline_and_an_unregistered_method_are_reference_lines(show, store, new_baseline):
    methods = {"popularity": 0.1, "item_knn": 0.2, "ease": 0.3, new_baseline.name: 0.31,
               "<i>old_method</i>": 0.32}  # fmt: skip
    compared = [
        {"event": "compared", "step": 0, "method": method, "told": "default settings",
         "metrics": {"ndcg@20": ndcg}, "part": "search", "at": 1001.0}
        for method, ndcg in methods.items()
    ]  # fmt: skip
    made([*lines(20), *compared, ended("cancelled", "search")])
    app = show(PAGE)
    assert not app.exception
    chart = next(
        figure for figure in charts(app) if figure["layout"]["title"]["text"] == "<b>NDCG@20</b>"
    )
    baselines = {trace["name"]: trace for trace in chart["data"] if "text" in trace}
    labels = ["Popularity", "Item-KNN", "EASE", escape(new_baseline.label),
              escape("<i>old_method</i>")]  # fmt: skip
    assert {name: trace["y"][0] for name, trace in baselines.items()} == dict(
        zip(labels, methods.values(), strict=True)
    )
    positions = [trace["text"].index(name) for name, trace in baselines.items()]
    assert sorted(positions) == list(range(5))  # no name covers another one
    assert len({trace["line"]["dash"] for trace in baselines.values()}) == 5
    log = "".join(block.proto.body for block in app.get("html"))
    assert f"{escape(new_baseline.label)} (default settings): ndcg@20 0.3100" in log
    assert "&lt;i&gt;old_method&lt;/i&gt; (default settings)" in log


def test_a_preset_without_a_label_is_listed_under_its_file_name(show, store, tmp_path, monkeypatch):
    presets = tmp_path / "presets"
    shutil.copytree(settings_files.PRESETS, presets)
    shutil.copy(presets / "quick.toml", presets / "my_preset.toml")
    monkeypatch.setattr(settings_files, "PRESETS", presets)
    app = show(PAGE)
    pills = app.button_group(key="preset")
    assert [shown(option.content) for option in pills.proto.options][-1] == "my_preset"
    pills.set_value("my_preset").run()
    assert not app.exception
    assert not app.error


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
def test_an_ended_run_shows_the_reason_and_what_is_kept_and_offers_resume(
    show, store, end, word, sentence
):
    made([*lines(40), *([end] if end else [])])
    app = show(PAGE)
    assert not app.exception
    assert f"**{word}**" in texts(app)
    assert sentence in texts(app)
    assert button(app, "Resume")
    assert not button(app, "Stop")


def test_a_finished_run_offers_its_model_and_no_resume(show, store):
    run = made([*lines(40), *lines(40, "final"), ended("finished", reason="all steps are done")])
    run.checkpoint.symlink_to(default_checkpoint())
    app = show(PAGE)
    assert "Finished: all steps are done" in texts(app)
    assert button(app, "Use this model")
    assert not button(app, "Resume")


def test_the_rows_that_a_run_dropped_are_reported(show, store):
    run = made([*lines(40), ended("finished", reason="all steps are done")])
    run.write_drop_report(DropReport("ratings.csv", 440, 40, {"not_rated": 400}))
    text = texts(show(PAGE))
    assert "40 of 440 rows are in use" in text
    assert "400 rows" in text


def test_a_second_training_cannot_be_started_and_the_page_says_why(show, at_work):
    at_work(made(lines(5), name="The other one"))
    app = show(PAGE, view="New run")
    assert button(app, "Start training").disabled
    assert "“The other one” is being trained" in texts(app)


def test_a_model_that_does_not_fit_in_memory_is_refused_with_a_dimension_that_fits(
    show, store, monkeypatch
):
    monkeypatch.setattr(needs, "free_memory", lambda: 760_000_000)
    app = show(PAGE)
    assert button(app, "Start training").disabled
    assert "0.8 GB are free: d = 32 would fit." in texts(app)


def test_a_path_without_a_file_is_one_sentence(show, store, tmp_path):
    app = show(PAGE)
    app.segmented_control(key="source").set_value("On this computer").run()
    app.text_input(key="ratings-path").set_value(str(tmp_path / "none.csv")).run()
    assert not app.exception
    assert "does not exist. Enter the path" in texts(app)


def test_the_pair_is_two_runs_that_differ_only_in_the_pool(show, store, monkeypatch):
    launched = []
    monkeypatch.setattr(RunRegistry, "launch", lambda _place, runs: launched.extend(runs))
    app = show(PAGE)
    app.button_group(key="preset").set_value("pair").run()
    button(app, "Start both, one after the other").click().run()
    configs = [run.config() for run in launched]
    assert [config.settings.training.hard_pool for config in configs] == [1, 4]
    assert configs[0].group == configs[1].group is not None
    same = [
        config.model_dump(exclude={"created", "settings"})
        | {"settings": config.settings.model_dump(exclude={"training": {"hard_pool"}})}
        for config in configs
    ]
    assert same[0] == same[1]
    assert app.query_params["run"] in (launched[0].path.name, [launched[0].path.name])


def test_a_start_that_fails_leaves_no_run_folder(show, store, monkeypatch):
    def refuse(_place, _runs):
        raise TrainingError("Another job is running (another).")

    app = show(PAGE)
    monkeypatch.setattr(RunRegistry, "launch", refuse)
    button(app, "Start training").click().run()
    assert RunRegistry.default().runs() == []


def test_cloned_settings_fill_the_form(show, store):
    made(
        [*lines(40), ended("cancelled", "search")],
        overrides={"model": {"dimension": 48}, "training": {"seed": 7}},
    )
    app = show(PAGE)
    button(app, "Clone settings").click().run()
    assert not app.exception
    values = {widget.label: widget.value for widget in app.number_input}
    assert values["Dimension  ·  d"] == 48
    assert values["Seed"] == 7


def test_a_preset_field_out_of_range_is_one_sentence(show, store):
    app = show(PAGE)
    field = next(w for w in app.number_input if w.label.startswith("Learning rate"))
    field.set_value(0.0).run()
    assert not app.exception
    assert "learning_rate in the advanced settings cannot be used" in texts(app)


def test_all_runs_are_listed_with_their_best_metrics(show, store):
    made([*lines(40), ended("cancelled", "search")], name="First")
    made([*lines(20), ended("cancelled", "search")], name="Second")
    app = show(PAGE, view="All runs")
    table = app.dataframe[0].value
    assert set(table["Name"]) == {"First", "Second"}
    assert dict(zip(table["Name"], table["NDCG@20"], strict=True)) == {
        "First": pytest.approx(0.14),
        "Second": pytest.approx(0.12),
    }


def test_the_latest_pair_is_compared_without_a_choice(show, store):
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


def test_a_deleted_run_can_be_restored(show, store):
    run = made([*lines(10), ended("cancelled", "search")], name="Gone")
    RunRegistry.default().delete(run)
    app = show(PAGE, view="All runs")
    assert "No run yet" in texts(app)
    button(app, "Undo: restore “Gone”").click().run()
    assert run.is_run()
    assert len(app.dataframe[0].value) == 1


def test_the_model_in_use_is_named_and_can_be_undone(show, store, tmp_path):
    made_models = ModelRegistry.default()
    copied = made_models.folder / "another"
    copied.parent.mkdir(parents=True)
    copied.symlink_to(default_checkpoint())
    made_models.use(copied, Catalogue.load(catalogue_path()))
    app = show(PAGE, view="Models")
    assert not app.exception
    undo = next(widget for widget in app.button if widget.label.startswith("Undo: use"))
    undo.click().run()
    assert ModelRegistry.default().in_use() == default_checkpoint()


def test_a_run_that_no_longer_exists_is_reported(show, store):
    made(lines(5))
    app = show(PAGE, run="20200101-000000-nothing")
    assert "no longer exists" in texts(app)


def test_unknown_lines_in_a_journal_do_not_break_the_page(show, store):
    run = made(lines(20))
    with run.events.open("a") as file:
        file.write('{"event": "evaluated", "part": "search"}\n[1, 2]\n{"torn": ')
    assert not show(PAGE).exception


def test_a_run_with_retired_settings_is_still_shown(show):
    run = made(lines(3), name="Run of old")
    config = json.loads((run.path / "run.json").read_text())
    config["settings"]["serving"] |= {"item_exponent": 0.05, "prior_strength": 0.7}
    (run.path / "run.json").write_text(json.dumps(config))
    assert "Run of old" in texts(show(PAGE))
    config["settings"]["serving"]["never_known"] = 1
    (run.path / "run.json").write_text(json.dumps(config))
    assert "Run of old" not in texts(show(PAGE))


MARKUP = "*Bold* ![x](https://example.org/x.png) :red[y]"


@pytest.mark.parametrize("view", ["Watch", "New run", "All runs", "Models"])
def test_markup_in_the_names_of_runs_and_models_is_shown_as_text(show, at_work, view, tmp_path):
    run, other = made(lines(30), name=MARKUP), made(lines(5), name=MARKUP)
    config = json.loads((run.path / "run.json").read_text())
    (run.path / "run.json").write_text(json.dumps({**config, "preset": MARKUP}))
    at_work(run)
    RunRegistry.default().delete(other)
    folder = ModelRegistry.default().folder / "another"
    shutil.copytree(default_checkpoint(), folder)
    card = json.loads((folder / "card.json").read_text())
    card["name"] = MARKUP
    card["seal"] = card_checksum(card)
    (folder / "card.json").write_text(json.dumps(card))
    app = show(PAGE, view=view)
    assert not app.exception
    elements = [*app.title, *app.subheader, *app.caption, *app.markdown, *app.info, *app.button]
    sources = [getattr(element, "label", None) or element.value for element in elements]
    named = [source for source in sources if "example.org" in source]
    assert named
    for source in named:
        assert "![x]" not in source
        assert "*Bold*" not in source.replace("\\*", "")
        assert MARKUP in shown(source)


@pytest.mark.parametrize(
    "wrong", [{"data": []}, {"data": {"anime": "many"}}, {"data": {"likes": None}}, {"training": 1}]
)
def test_a_malformed_card_is_shown_as_such_and_the_other_models_are_listed(show, store, wrong):
    for name, fields in (("a-wrong", wrong), ("b-good", {})):
        folder = ModelRegistry.default().folder / name
        shutil.copytree(default_checkpoint(), folder)
        card = json.loads((folder / "card.json").read_text()) | {"name": name, **fields}
        card["seal"] = card_checksum(card)
        (folder / "card.json").write_text(json.dumps(card))
    app = show(PAGE, view="Models")
    assert not app.exception
    assert not app.error
    assert "the model was not loaded" in texts(app)
    assert "**a-wrong**" not in texts(app)
    assert "**b-good**" in texts(app)
    assert button(app, "Use")


def test_an_error_of_the_disk_in_a_callback_is_one_sentence(show, at_work, monkeypatch):
    run = made(lines(30))
    at_work(run)
    app = show(run=run.path.name)
    app.switch_page("training/page.py").run()

    def refuse(path, *_args, **_kwargs):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "touch", refuse)
    button(app, "Stop").click().run()
    assert not app.exception
    assert "Something went wrong" in texts(app)
    assert "Permission denied" not in texts(app)
    assert button(app, "Stop")


def test_a_damaged_zip_is_one_sentence_and_a_good_one_is_in_the_list_at_once(show, store):
    good = pack_checkpoint(default_checkpoint())
    app = show(PAGE, view="Models")
    app.file_uploader(key="checkpoint-files").upload("model.zip", corrupted(good)).run()
    assert not app.exception
    assert len(app.error) == 1
    assert not app.success
    app.file_uploader(key="checkpoint-files").set_value(
        ("model.zip", good, "application/zip")
    ).run()
    assert not app.error
    assert "is valid and installed" in texts(app)
    assert len([widget for widget in app.button if widget.label == "Use"]) == 2


def corrupted(data):
    """Return a zip file with a wrong byte in the first compressed or stored file."""
    start = data.index(b"card.json") + 200
    return data[:start] + bytes([data[start] ^ 0xFF]) + data[start + 1 :]


def test_an_upload_is_unpacked_once(show, store, monkeypatch):
    calls = []
    add = ModelRegistry.add
    monkeypatch.setattr(
        ModelRegistry, "add", lambda registry, files: calls.append(1) or add(registry, files)
    )
    app = show(PAGE, view="Models")
    good = pack_checkpoint(default_checkpoint())
    app.file_uploader(key="checkpoint-files").upload("model.zip", good).run()
    app.run()
    assert calls == [1]
