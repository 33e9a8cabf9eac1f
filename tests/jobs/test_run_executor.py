"""A whole run on disk, in this process: what it leaves, and every way in which it can end."""

import errno
import importlib
from itertools import pairwise

import numpy as np
import pytest
import torch
from safetensors import SafetensorError

from recsys.data.ratings_file import read_ratings
from recsys.errors import TrainingError
from recsys.jobs import run_executor as driving
from recsys.jobs.run_executor import MAX_SNAPSHOTS, execute_run
from recsys.jobs.status import RunStatus
from recsys.metrics.ranking_metrics import mean_metrics
from recsys.models import item_statistics
from recsys.models.baselines import BASELINES, QUICK_BASELINES
from recsys.models.checkpoint import load_checkpoint
from recsys.models.checkpoint_folder import is_checkpoint
from recsys.models.lightgcn import LightGCN
from recsys.models.popularity import Popularity
from recsys.training import events, validation_baselines
from recsys.training.dataset_preparation import hold_out_likes, training_likes
from recsys.training.pipeline import TrainingPipeline
from recsys.training.state import State
from recsys.training.validation import validate
from tests.jobs.runs import LONG, QUICK, curves, history, make, tensors, told, write_ratings
from tests.training.test_trainer import recipe

pytestmark = pytest.mark.slow  # each test trains a model in a run folder

EVERY = 4  # steps between two evaluations
MANY = {**LONG, "learning_rate": 5e-4, "epochs": 25, "evaluate_every": 1}  # 100 steps
DIVERGING = {**QUICK, "learning_rate": 10, "schedule": "constant", "epochs": 50}


@pytest.fixture(scope="module")
def ratings(tmp_path_factory):
    return write_ratings(tmp_path_factory.mktemp("ratings") / "ratings.csv")


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory, ratings):
    """A run with validation and baselines that nobody interrupted, and its last event."""
    folder = tmp_path_factory.mktemp("unbroken")
    run = make(folder / "run", ratings, MANY, baselines=True, out=folder / "out")
    heard = []
    return run, execute_run(run, on_event=lambda event, part: heard.append((event, part))), heard


@pytest.fixture
def new(tmp_path, ratings):
    return lambda name="run", training=QUICK, **more: make(
        tmp_path / name, ratings, training, **more
    )


def split(ratings, training):
    settings = recipe(training)
    likes = training_likes(read_ratings(ratings).interactions, settings)
    return hold_out_likes(likes, 0.25, settings)


def status(run):
    return history(run).status(alive=False)


def stop_when(condition):
    """Ask to stop once something was told."""
    seen = []

    def on_event(event, part):
        if condition(event, part):
            seen.append(event)

    return {"stop_requested": lambda: bool(seen), "on_event": on_event}


def stop_at(step, part="search"):
    return stop_when(
        lambda event, where: isinstance(event, events.StepCompleted) and (event.step, where) ==
        (step, part)
    )  # fmt: skip


# ---- a run that nobody interrupts


def test_a_whole_run_tells_its_events_in_order(unbroken):
    run, ended, heard = unbroken
    assert isinstance(ended, events.Finished)
    kinds = [(line["event"], line["part"]) for line in told(run)]
    assert kinds[0] == ("started", "search")
    assert kinds[-1] == ("finished", "final")
    assert kinds.count(("progress", "search")) == 100
    assert kinds.count(("evaluated", "search")) == 25
    assert kinds.count(("progress", "final")) == ended.step
    middle = kinds.index(("finished", "search"))
    assert {part for _, part in kinds[:middle]} == {"search"}
    assert {part for _, part in kinds[middle + 1 :]} == {"final"}
    # the one who listens hears what the journal has
    journal = [
        {name: value for name, value in line.items() if name not in {"at", "part"}}
        for line in told(run)
    ]
    assert [event.to_dict() for event, _ in heard] == journal
    assert [part for _, part in heard] == [line["part"] for line in told(run)]
    assert status(run) is RunStatus.finished


def test_a_finished_run_leaves_its_model_and_no_state(unbroken):
    run, _, _ = unbroken
    assert sorted(path.name for path in run.path.iterdir()) == [
        "checkpoint", "events.jsonl", "label.json", "ratings.json", "run.json", "snapshots",
    ]  # fmt: skip
    out = run.config().out
    assert tensors(run.checkpoint) == tensors(out)
    assert set(tensors(out)) == {"items.safetensors", "users.safetensors"}
    assert history(run).model(run) == run.checkpoint


def test_ten_events_or_more_are_written_well_before_the_end(new):
    run = new()
    execute_run(run)
    lines = told(run)
    ended = next(n for n, line in enumerate(lines) if line["event"] == "finished")
    assert ended > 20


def test_the_model_is_the_one_that_fit_alone_would_return(unbroken, ratings):
    run, ended, _ = unbroken
    fit = TrainingPipeline(read_ratings(ratings).interactions, recipe(MANY), 0.25)
    for _ in fit.run():
        pass
    mine, theirs = fit.checkpoint(), load_checkpoint(run.checkpoint)
    assert ended.best_step == fit.kept_step == theirs.card["training"]["steps"]
    assert np.array_equal(mine.layers, theirs.layers)
    assert np.array_equal(mine.user_embeddings, theirs.user_embeddings)
    assert mine.users.ids.tolist() == theirs.users.ids.tolist()
    # a second training on everything takes as many passes as the first one's best
    found = theirs.card["training"]["validation"]
    assert found["best_step"] == history(run).best.step
    assert found["ndcg@20"] == history(run).best.metrics["ndcg@20"]


def test_the_best_of_an_early_step_is_never_thinned_out(new, monkeypatch):
    heights = iter([0.1, 0.9, *([0.3] * 23)])  # the second of 25 evaluations is the best
    figures = lambda *_: {"precision@20": 0.1, "recall@20": 0.1, "ndcg@20": next(heights)}  # noqa: E731 - one line says it
    monkeypatch.setattr("recsys.training.trainer.validate", figures)
    run = new(training=MANY)
    execute_run(run)
    assert history(run).best.step == 2 * EVERY
    assert 2 * EVERY in run.snapshots()
    assert len(run.snapshots()) == MAX_SNAPSHOTS


def test_without_validation_everything_is_learned_at_once(new):
    run = new(validation=0.0, baselines=True)
    ended = execute_run(run)
    assert isinstance(ended, events.Finished)
    assert set(curves(run)) == {"final"}
    assert history(run).baselines == {}  # there is nothing to compare on
    assert run.snapshots() == [4, 8, 12, 16, 20, 24]
    assert load_checkpoint(run.checkpoint).card["training"]["steps"] == 24


def test_without_refit_the_first_training_is_the_run(new, ratings):
    run = new(refit=False, baselines=True)
    ended = execute_run(run)
    assert set(curves(run)) == {"final"}
    assert ended.best_step == history(run).best.step
    assert set(history(run).baselines) == set(QUICK_BASELINES)
    kept = load_checkpoint(run.snapshot(ended.best_step))
    model = load_checkpoint(run.checkpoint)
    assert np.array_equal(kept.layers, model.layers.astype(np.float16))


# ---- the figures


def test_the_line_of_popularity_is_the_ranking_by_hand(unbroken, ratings):
    run, _, _ = unbroken
    train, held = split(ratings, MANY)
    recalls, ndcgs, precisions = [], [], []
    order = sorted(range(len(train.items)), key=lambda item: (-train.item_degrees[item], item))
    for person in range(len(train.users)):
        known = set(train.columns[train.rows == person])
        wanted = set(held.columns[held.rows == person])
        if not wanted:
            continue
        shown = [item for item in order if item not in known][:20]
        places = [place for place, item in enumerate(shown) if item in wanted]
        ideal = sum(1 / np.log2(place + 2) for place in range(min(20, len(wanted))))
        recalls.append(len(places) / len(wanted))
        precisions.append(len(places) / 20)
        ndcgs.append(sum(1 / np.log2(place + 2) for place in places) / ideal)
    line = history(run).baselines["popularity"]
    assert line["metrics"] == pytest.approx(
        {
            "precision@20": np.mean(precisions),
            "recall@20": np.mean(recalls),
            "ndcg@20": np.mean(ndcgs),
        },
        rel=1e-6,
    )


def test_all_three_baselines_stand_beside_the_curve_with_their_numbers(unbroken):
    run, _, _ = unbroken
    baselines = history(run).baselines
    assert set(baselines) == {"popularity", "item_knn", "ease"}
    for one in baselines.values():
        assert set(one["metrics"]) == set(history(run).best.metrics)
        assert one["told"]
        assert 0 < one["metrics"]["ndcg@20"] <= 1
    # where taste divides the world, who knows of it beats who only counts
    popular = baselines["popularity"]["metrics"]["ndcg@20"]
    assert baselines["ease"]["metrics"]["ndcg@20"] > popular
    assert history(run).best.metrics["ndcg@20"] > popular


def test_a_curve_and_its_lines_are_measured_alike(ratings, monkeypatch):
    """The same scores give the same figures, whether a model or a baseline gave them."""
    train, held = split(ratings, MANY)
    torch.manual_seed(3)
    fit = TrainingPipeline(read_ratings(ratings).interactions, recipe(MANY), 0.25)
    next(fit.run())
    model = LightGCN(fit.trainer.model.graph, recipe(MANY).model, torch.randn(100, 8))
    users, items = (part.detach().numpy() for part in model())
    people = held.user_degrees > 0

    class Alike(Popularity):
        first = 0
        scores = (users[people] @ items.T).astype(np.float32)

        def _score(self, histories):
            self.first += histories.shape[0]
            return self.scores[self.first - histories.shape[0] : self.first]

    monkeypatch.setitem(BASELINES, "popularity", Alike)
    (line,) = validation_baselines.validation_baselines(train, held, ["popularity"])
    assert line.metrics == pytest.approx(validate(model, train, held), rel=1e-6)


def test_the_best_evaluation_is_that_of_its_snapshot(unbroken, ratings):
    """The figures of the journal can be had again from the model that is on disk."""
    run, _, _ = unbroken
    best = history(run).best
    fit = TrainingPipeline(read_ratings(ratings).interactions, recipe(MANY), 0.25)
    for event in fit.run():
        if isinstance(event, events.Evaluated) and event.step == best.step:
            break
    kept = load_checkpoint(run.snapshot(best.step))
    assert np.array_equal(kept.layers, fit.snapshot().layers)
    train, held = split(ratings, MANY)
    assert validate(fit.trainer.model, train, held) == best.metrics


def test_what_is_too_large_for_ease_is_left_out_and_said(unbroken, ratings, monkeypatch):
    monkeypatch.setattr(item_statistics, "free_memory", lambda: 1000)
    (line,) = validation_baselines.validation_baselines(*split(ratings, MANY), ["ease"])
    assert line.metrics == {}
    assert "left out" in line.told


def test_metrics_of_a_short_catalogue_are_still_named_at_twenty(ratings):
    """Fewer anime than places on the list: the names on the page stay."""
    train, held = split(ratings, MANY)
    few = train.items.take(np.arange(12))
    (line,) = validation_baselines.validation_baselines(
        train.with_items(few), held.with_items(few), ["popularity"]
    )
    assert set(line.metrics) == {"precision@20", "recall@20", "ndcg@20"}
    top = np.zeros((len(held.users), 12), dtype=np.int64)
    assert "ndcg@12" in mean_metrics(top, held.with_items(few))


# ---- snapshots


def test_snapshots_are_thinned_to_the_bound_and_the_best_stays(unbroken):
    run, _, _ = unbroken
    kept = run.snapshots()
    assert len(kept) == MAX_SNAPSHOTS
    assert history(run).best.step in kept
    assert kept[0] == EVERY
    assert kept[-2:] == [96, 100]
    # what lies between is spread over the run, not all at one end
    assert max(b - a for a, b in pairwise(kept)) <= 100 / 4
    for step in kept:
        one = load_checkpoint(run.snapshot(step))
        assert one.card["training"]["steps"] == step
        assert one.users is None
        assert one.layers.dtype == np.float16
        assert np.isfinite(one.layers).all()


# ---- stop and go on


@pytest.mark.parametrize("step", [1, 41, 100])
def test_a_stopped_run_keeps_the_best_and_goes_on_with_the_very_bits(new, unbroken, step):
    whole, _, _ = unbroken
    run = new("run", MANY, baselines=True, out=None)
    ended = execute_run(run, **stop_at(step))
    if step < 100:
        assert isinstance(ended, events.Cancelled)
        assert ended.step == step
        assert status(run) is RunStatus.stopped
        best = history(run).best
        assert ended.best_step == (best.step if best else 0)
        assert run.checkpoint.exists() == (step > EVERY)
        assert run.state.exists()
        if best:
            model = load_checkpoint(run.checkpoint)
            snapshot = load_checkpoint(run.snapshot(best.step))
            assert np.array_equal(model.layers.astype(np.float16), snapshot.layers)
    assert isinstance(execute_run(run), events.Finished)
    assert curves(run) == curves(whole)
    assert tensors(run.checkpoint) == tensors(whole.checkpoint)
    assert history(run).baselines.keys() == history(whole).baselines.keys()
    for method, line in history(whole).baselines.items():
        assert history(run).baselines[method]["metrics"] == line["metrics"]


def test_each_baseline_is_measured_once_however_often_a_run_is_stopped(new):
    run = new("run", MANY, baselines=True)
    for step in (3, 6, 30):
        execute_run(run, **stop_at(step))
    execute_run(run)
    assert [line["method"] for line in told(run, "compared")] == ["popularity", "item_knn", "ease"]


def test_a_marker_in_the_folder_stops_a_run_like_the_one_who_drives_it(new):
    run = new("run", MANY)
    ended = execute_run(run, on_event=lambda event, _: event.step == 30 and run.cancel.touch())
    assert isinstance(ended, events.Cancelled)
    assert ended.step == 30
    run.cancel.unlink()
    assert isinstance(execute_run(run), events.Finished)


def test_stopped_in_the_final_part_the_search_s_best_is_kept(new, unbroken):
    whole, _, _ = unbroken
    run = new("run", MANY, baselines=True)
    ended = execute_run(run, **stop_at(5, "final"))
    best = history(run).best.step
    assert isinstance(ended, events.Cancelled)
    assert told(run)[-1]["part"] == "final"
    assert ended.best_step == best == history(whole).best.step
    model = load_checkpoint(run.checkpoint)
    assert model.card["training"]["steps"] == best
    snapshot = load_checkpoint(run.snapshot(best))
    assert np.array_equal(model.layers.astype(np.float16), snapshot.layers)
    assert history(run).best_step == best
    assert isinstance(execute_run(run), events.Finished)
    assert curves(run) == curves(whole)
    assert tensors(run.checkpoint) == tensors(whole.checkpoint)


PATIENT = {**MANY, "learning_rate": 0.05, "patience": 3, "save_every": 10}  # stops before a save


def test_the_search_s_best_is_kept_where_it_was_found_between_two_saves(new):
    whole = new("whole", PATIENT)
    execute_run(whole)
    best = history(whole).best.step
    stopped = history(whole).parts["search"].done
    assert stopped < 100
    assert stopped % (10 * EVERY)  # it ended early, after an evaluation that saves nothing
    run = new("run", PATIENT)
    ended = execute_run(run, **stop_at(1, "final"))
    assert ended.best_step == best
    model, snapshot = load_checkpoint(run.checkpoint), load_checkpoint(run.snapshot(best))
    assert np.array_equal(model.layers.astype(np.float16), snapshot.layers)
    assert isinstance(execute_run(run), events.Finished)
    assert curves(run) == curves(whole)
    assert tensors(run.checkpoint) == tensors(whole.checkpoint)


def test_a_fit_without_a_state_on_disk_also_keeps_the_search_s_best(ratings):
    """The terminal without --state: a second training that ends early falls back on the first."""
    fit = TrainingPipeline(read_ratings(ratings).interactions, recipe(MANY), 0.25)
    found = None
    for event in fit.run(lambda: fit.part == "final" and fit.trainer.state.step == 2):
        if isinstance(event, events.Evaluated) and event.best and fit.part == "search":
            found = fit.snapshot()
    assert isinstance(event, events.Cancelled)
    assert fit.part == "final"
    kept = fit.checkpoint(half=True)
    assert kept.card["training"]["steps"] == fit.kept_step == found.card["training"]["steps"]
    assert np.array_equal(kept.layers, found.layers)


# ---- the ways to fail


def failed(run, ended):
    """Check what holds for every failure; return its reason."""
    assert isinstance(ended, events.Failed)
    last = told(run)[-1]
    assert (last["event"], last["reason"]) == ("failed", ended.reason)
    assert status(run) is RunStatus.failed
    assert "\n" not in ended.reason
    assert not ended.reason.endswith(".")
    assert not (run.path / ".spare").exists()
    assert ended.kept_step == history(run).best_step
    model = history(run).model(run)
    assert (model is not None) == (ended.kept_step > 0)
    if model is not None:
        kept = load_checkpoint(model)
        assert kept.card["training"]["steps"] == ended.kept_step
        assert np.isfinite(kept.layers).all()
    return history(run).reason(RunStatus.failed)


def test_divergence_ends_in_a_sentence(new):
    run = new(training=DIVERGING)
    reason = failed(run, execute_run(run))
    assert "diverged" in reason
    assert "learning rate" in reason


@pytest.mark.parametrize("part", ["search", "final"])
def test_a_number_gone_wrong_keeps_the_last_good_model(new, monkeypatch, part):
    run = new(training=MANY)
    honest = driving.TrainingPipeline.run

    def poisoned(fit, cancelled):
        for event in honest(fit, cancelled):
            yield event
            if isinstance(event, events.StepCompleted) and (fit.part, event.step) == (part, 10):
                with torch.no_grad():
                    fit.trainer.model.base[0, 0] = torch.nan

    monkeypatch.setattr(driving.TrainingPipeline, "run", poisoned)
    ended = execute_run(run)
    assert "finite" in failed(run, ended)
    assert ended.kept_step == history(run).best.step
    monkeypatch.undo()
    # the wrong number was never saved: the run can go on
    assert isinstance(execute_run(run), events.Finished)


def no_room(*_args, **_more):
    raise OSError(errno.ENOSPC, "No space left on device")


def after(count, honest, broken):
    """Return a function that does its work so many times, then breaks."""
    calls = []

    def call(*args, **more):
        calls.append(1)
        return (honest if len(calls) <= count else broken)(*args, **more)

    return call


def full_safetensors(*_args, **_more):
    raise SafetensorError("I/O error: No space left on device (os error 28)")


FULL = {
    "state": ("recsys.training.state.save_file", 3, no_room),
    "state in safetensors": ("recsys.training.state.save_file", 3, full_safetensors),
    "snapshot": ("recsys.models.checkpoint.save", 3, no_room),
    "journal": ("recsys.jobs.journal.os.fsync", 8, None),
}


@pytest.mark.parametrize("what", FULL)
def test_a_full_disk_ends_in_a_sentence_and_the_run_can_go_on(new, unbroken, monkeypatch, what):
    whole, _, _ = unbroken
    run = new("run", MANY, baselines=True)
    place, count, broken = FULL[what]
    module, name = place.rsplit(".", 1)
    honest = importlib.import_module(module.removesuffix(".os"))
    honest = getattr(honest.os if module.endswith(".os") else honest, name)
    if what == "journal":  # it fails once; what was set aside then makes room for the sentence
        calls = []

        def once(file):
            calls.append(file)
            return no_room() if len(calls) == count else honest(file)

        monkeypatch.setattr(place, once)
    else:
        monkeypatch.setattr(place, after(count, honest, broken))
    ended = execute_run(run)
    reason = failed(run, ended)
    assert "disk is full" in reason or ("No space left" in reason and not what.startswith("state"))
    assert ended.kept_step > 0
    monkeypatch.undo()
    assert isinstance(execute_run(run), events.Finished)
    assert curves(run) == curves(whole)
    assert tensors(run.checkpoint) == tensors(whole.checkpoint)


def test_a_disk_full_at_the_first_snapshot_does_not_claim_a_model(new, monkeypatch):
    run = new()
    monkeypatch.setattr(driving, "save_checkpoint", no_room)
    ended = execute_run(run)
    assert ended.kept_step == 0
    assert ended.step == EVERY
    assert "there is no model yet" in failed(run, ended)


def test_a_disk_full_at_the_very_end_keeps_the_search_s_best(new, unbroken, monkeypatch):
    whole, _, _ = unbroken
    run = new("run", MANY, baselines=True)
    honest = driving.save_checkpoint

    def save(folder, checkpoint):
        return no_room() if folder == run.checkpoint else honest(folder, checkpoint)

    monkeypatch.setattr(driving, "save_checkpoint", save)
    ended = execute_run(run)
    assert "disk is full" in failed(run, ended)
    assert told(run)[-1]["part"] == "final"
    monkeypatch.undo()
    assert isinstance(execute_run(run), events.Finished)
    assert tensors(run.checkpoint) == tensors(whole.checkpoint)
    assert not list(run.path.glob("state*"))


@pytest.mark.parametrize("content", [None, b"", b"\x89PNG\r\n\x1a\n\x00\x00", b"user,item\n"])
def test_ratings_that_cannot_be_read_end_in_a_sentence_that_names_them(tmp_path, content):
    path = tmp_path / "ratings.csv"
    if content is not None:
        path.write_bytes(content)
    run = make(tmp_path / "run", path)
    ended = execute_run(run)
    assert ended.step == ended.kept_step == 0
    told_of = failed(run, ended)
    assert "ratings.csv" in told_of or "nothing to learn from" in told_of
    # once the file is right, the run goes on as if nothing had been
    write_ratings(path)
    assert isinstance(execute_run(run), events.Finished)
    assert history(run).part == "final"


def test_other_ratings_than_it_began_with_are_refused_and_nothing_is_lost(tmp_path):
    path = write_ratings(tmp_path / "ratings.csv")
    run = make(tmp_path / "run", path, MANY)
    execute_run(run, **stop_at(50))
    state = run.state.read_bytes()
    write_ratings(path, rows=300)
    assert "other data or settings" in failed(run, execute_run(run))
    assert run.state.read_bytes() == state
    write_ratings(path)
    assert isinstance(execute_run(run), events.Finished)


def test_an_unexpected_fault_is_told_and_goes_on_to_the_log(new, monkeypatch):
    run = new(training=MANY)
    broken = after(3, driving.TrainingPipeline.snapshot, lambda _fit: {}["layers"])
    monkeypatch.setattr(driving.TrainingPipeline, "snapshot", broken)
    with pytest.raises(KeyError):
        execute_run(run)
    last = told(run)[-1]
    assert last["event"] == "failed"
    assert "KeyError" in last["reason"]
    assert "worker.log" in last["reason"]
    assert last["kept_step"] == 3 * EVERY
    assert history(run).model(run) == run.snapshot(history(run).best_step)
    assert not (run.path / ".spare").exists()


def test_too_little_memory_says_what_would_take_less(new, monkeypatch):
    run = new()

    def greedy(*_args, **_more):
        raise RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate "
                           "memory: you tried to allocate 2560000000000 bytes.")  # fmt: skip

    monkeypatch.setattr(driving.TrainingPipeline, "run", greedy)
    assert "fewer dimensions" in failed(run, execute_run(run))


def test_a_torn_order_is_said_before_anything_is_written(new):
    run = new()
    (run.path / "run.json").write_text('{"ratings": "x"', encoding="utf-8")
    with pytest.raises(TrainingError, match=r"run\.json"):
        execute_run(run)
    assert not run.events.exists()


def test_what_a_killed_process_left_half_written_is_taken_away(new, unbroken):
    whole, _, _ = unbroken
    run = new("run", MANY, baselines=True)
    execute_run(run, **stop_at(50))
    torn = [
        run.path / ".checkpoint-x1",
        run.path / ".checkpoint.tmp-x1",
        run.path / "snapshots" / ".00000048-x2",
    ]
    for folder in torn:
        folder.mkdir()
        (folder / "items.safetensors").write_bytes(b"half")
    (run.path / ".spare").write_bytes(b"0")
    (run.path / ".state.tmp-1.safetensors").write_bytes(b"half")
    (run.path / ".state.safetensors.tmp-2.refit").write_bytes(b"half")
    with run.events.open("ab") as file:
        file.write(b'{"event": "progress", "st')
    assert isinstance(execute_run(run), events.Finished)
    assert curves(run) == curves(whole)
    assert not any(folder.exists() for folder in torn)
    assert not list(run.path.glob(".*"))
    assert not list(run.path.glob("state*"))


def test_a_state_is_the_old_one_until_the_new_one_is_whole(new, monkeypatch):
    """A process that dies while it saves leaves the state before: nothing is written in place."""
    run = new("run", MANY)
    execute_run(run, **stop_at(50))
    before = run.state.read_bytes()

    class Died(BaseException):
        pass

    def die(_tensors, path, **_more):
        path.write_bytes(b"half")
        raise Died

    monkeypatch.setattr("recsys.training.state.save_file", die)
    with pytest.raises(Died):
        execute_run(run)
    assert run.state.read_bytes() == before
    assert State.load(run.state).step == 50


def test_a_model_is_on_disk_before_the_event_that_tells_of_it(new):
    run = new("run", MANY)
    missing = []

    def look(event, part):
        if isinstance(event, events.Evaluated) and part == "search":
            missing.append(not is_checkpoint(run.snapshot(event.step)))
        if isinstance(event, events.StateSaved):
            missing.append(State.load(run.path / event.path.rsplit("/", 1)[-1]).step != event.step)
        if isinstance(event, events.Finished) and part == "final":
            missing.append(not is_checkpoint(run.checkpoint))

    execute_run(run, on_event=look)
    assert missing
    assert not any(missing)


def test_what_was_told_stays_told_when_the_listener_breaks(new):
    run = new()

    def on_event(event, _part):
        if isinstance(event, events.Evaluated):
            raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    ended = execute_run(run, on_event=on_event)
    assert "Broken pipe" in failed(run, ended)
    assert told(run, "evaluated")
