"""A journal, folded: curves in which each step stands once, and how a run stands."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.jobs.run_folder import RunFolder
from recsys.jobs.run_history import RunHistory
from recsys.jobs.status import RunStatus
from recsys.jobs.step_curve import CURVES
from recsys.training import events

STARTED = (0, 20, 20, 10, 90, 240, "cpu")  # step, then of the graph


class Clock:
    """Lines of a journal with a time of day that only goes on."""

    def __init__(self):
        self.lines = []

    def __call__(self, event, part="search"):
        self.lines.append({**event.to_dict(), "part": part, "at": 1000.0 + len(self.lines)})
        return self

    def begin(self, step=0, steps=20, part="search"):
        return self(events.Started(step, steps, *STARTED[2:]), part)

    def go(self, first, last, part="search", attempt=0):
        for step in range(first, last + 1):
            self(events.StepCompleted(step, step / 4, 1 / step + attempt, 0.5, 0.05, 0.001), part)
        return self

    def look(self, step, ndcg, part="search", best=True):
        metrics = {} if ndcg is None else {"precision@20": ndcg / 2, "ndcg@20": ndcg}
        return self(events.Evaluated(step, metrics, best), part)


def folded(lines):
    history = RunHistory()
    history.fold(lines)
    return history


def steps(history, part="search"):
    return list(history.parts[part].values["step"])


def interrupted():
    """A run that was killed in both parts, stopped, and finished."""
    run = Clock()
    run.begin().go(1, 5).look(5, 0.2)(
        events.BaselineEvaluated(0, "popularity", {"ndcg@20": 0.1}, "likes")
    )
    run(events.StateSaved(5, "state")).go(6, 9)
    run.begin(5).go(6, 10, attempt=1).look(10, 0.4)(events.StateSaved(10, "state")).go(11, 12)
    run(events.StateSaved(12, "state"))(events.Cancelled(12, 10))
    run.begin(12).go(13, 15).look(15, 0.3, best=False).go(16, 20).look(20, 0.1, best=False)
    run(events.Finished(20, 10, "all steps are done"))
    run.begin(0, 12, "final").go(1, 7, "final")
    run.begin(20)(events.Finished(20, 10, "all steps are done"))
    run.begin(0, 12, "final").go(1, 12, "final", attempt=1).look(12, None, "final")
    return run(events.Finished(12, 12, "all steps are done"), "final").lines


def test_a_run_that_went_back_has_each_step_once_and_the_later_ones_count():
    history = folded(interrupted())
    assert steps(history) == list(range(1, 21))
    assert steps(history, "final") == list(range(1, 13))
    search, final = history.parts["search"].values, history.parts["final"].values
    assert list(search["loss"][:10]) == [1 / n for n in range(1, 6)] + [
        1 / n + 1 for n in range(6, 11)
    ]
    assert list(final["loss"]) == [1 / n + 1 for n in range(1, 13)]
    for curve in history.parts.values():
        assert {len(curve.values[name]) for name in CURVES} == {curve.done}
    assert [point.step for point in history.curve.evaluations] == [5, 10, 15, 20]
    assert (history.parts["search"].steps, history.parts["final"].steps) == (20, 12)


def test_what_was_measured_after_the_step_it_went_back_to_is_forgotten():
    run = Clock().begin().go(1, 10).look(5, 0.2).look(10, 0.9)
    assert folded(run.lines).best_step == 10
    history = folded(run.begin(7).lines)
    assert history.parts["search"].done == 7
    assert [point.step for point in history.curve.evaluations] == [5]
    assert history.best_step == 5
    assert folded(run.begin(0).lines).parts["search"].done == 0


def test_the_time_of_the_beginning_is_of_the_first_one():
    history = folded(interrupted())
    assert history.parts["search"].begun == 1000.0
    assert history.curve.begun == 1000.0


@given(cuts=st.lists(st.integers(0, len(interrupted())), max_size=8))
def test_folding_in_any_portions_gives_the_same(cuts):
    lines = interrupted()
    history = RunHistory()
    for first, last in zip([0, *sorted(cuts)], [*sorted(cuts), len(lines)], strict=True):
        history.fold(lines[first:last])
    assert history == folded(lines)
    assert history.version == len(lines)


@given(places=st.lists(st.integers(0, len(interrupted())), min_size=1, max_size=4))
def test_foreign_lines_change_nothing_but_the_count(places):
    foreign = [
        {}, {"event": "progress", "part": "search"}, {"event": 7, "part": [], "at": None},
        {"event": "progress", "part": "search", "at": "noon", **dict.fromkeys(CURVES[:-1], 1)},
    ]  # fmt: skip
    lines = interrupted()
    for number, place in enumerate(sorted(places, reverse=True)):
        lines.insert(place, foreign[number])
    history, ours = folded(lines), folded(interrupted())
    assert history.version == ours.version + len(places)
    ours.version = history.version
    # a foreign line may be the first to name a part; it has nothing in it
    assert {part: curve for part, curve in history.parts.items() if curve.steps} == ours.parts
    assert history.ending == ours.ending
    assert history.log == ours.log


def test_the_baselines_stand_by_their_method():
    run = Clock().begin()
    run(events.BaselineEvaluated(0, "popularity", {"ndcg@20": 0.1}, "number of likes"))
    run(events.BaselineEvaluated(0, "ease", {}, "left out: 90,000 anime need 200 GB for it"))
    history = folded(run.lines)
    assert set(history.baselines) == {"popularity", "ease"}
    assert history.baselines["popularity"]["metrics"] == {"ndcg@20": 0.1}
    assert history.baselines["ease"]["told"].startswith("left out")


def test_a_number_that_is_none_stands_in_the_curve_and_chooses_nothing():
    run = Clock().begin().go(1, 5).look(5, 0.2)
    run(events.StepCompleted(6, 1.5, math.nan, math.inf, 0.05, 0.001))
    history = folded(run.lines)
    assert math.isnan(history.curve.values["loss"][-1])
    assert history.best.step == 5


def test_of_equal_figures_the_first_is_the_best_as_the_trainer_has_it():
    run = Clock().begin().look(5, 0.4).look(10, 0.4, best=False).look(15, 0.3, best=False)
    assert folded(run.lines).best.step == 5


BEGUN = Clock().begin().go(1, 5).look(5, 0.2).lines
ENDINGS = {
    "stopped": events.Cancelled(7, 5),
    "failed": events.Failed(7, "the loss is no longer a finite number; lower the rate", 5),
    "finished": events.Finished(12, 5, "all steps are done"),
}


def ended(kind):
    run = Clock().begin().go(1, 5).look(5, 0.2).go(6, 7)
    return folded(run(ENDINGS[kind], "final" if kind == "finished" else "search").lines)


def test_while_a_process_is_alive_it_runs_or_waits_whatever_the_journal_says():
    for history in (RunHistory(), folded(BEGUN), *map(ended, ENDINGS)):
        assert history.status(alive=True) is RunStatus.running
        assert history.status(alive=True, waiting=True) is RunStatus.waiting
    assert RunHistory().reason(RunStatus.running) == ""
    assert RunHistory().reason(RunStatus.waiting) == ""


def test_a_stopped_run_says_what_is_kept_and_that_it_can_go_on():
    history = ended("stopped")
    status = history.status(alive=False)
    assert status is RunStatus.stopped
    assert history.reason(status) == (
        "Stopped on request; the best model, of step 5, is kept. Resume continues exactly "
        "where it stopped."
    )
    early = folded(Clock().begin()(events.Cancelled(0, 0)).lines)
    assert "there is no model yet" in early.reason(early.status(alive=False))


def test_a_failed_run_says_why_and_what_is_kept():
    history = ended("failed")
    status = history.status(alive=False)
    assert status is RunStatus.failed
    assert history.reason(status) == (
        "Ended at step 7: the loss is no longer a finite number; lower the rate; the best model, "
        "of step 5, is kept."
    )


def test_a_run_that_ended_without_a_word_says_so_and_how_far_it_came():
    history = folded(BEGUN)
    status = history.status(alive=False)
    assert status is RunStatus.failed
    reason = history.reason(status)
    assert "ended unexpectedly after step 5" in reason
    assert "resume" in reason
    # nothing at all was written: its process did not even begin
    assert RunHistory().status(alive=False) is RunStatus.failed
    assert "after step 0" in RunHistory().reason(RunStatus.failed)


def test_a_finished_run_says_why_and_of_which_step_its_model_is():
    history = ended("finished")
    status = history.status(alive=False)
    assert status is RunStatus.finished
    assert history.reason(status) == (
        "Finished: all steps are done; the best model, of step 5, is kept."
    )


def test_the_end_of_the_search_is_not_the_end_of_the_run():
    history = folded(Clock().begin().look(5, 0.2)(events.Finished(20, 5, "done"), "search").lines)
    assert history.ending is None
    assert history.status(alive=False) is RunStatus.failed


def test_going_on_takes_the_ending_back():
    run = Clock().begin().go(1, 7)(ENDINGS["stopped"])
    assert folded(run.lines).ending
    assert folded(run.begin(7).lines).ending is None


def test_an_ending_before_the_beginning_makes_no_curve_to_look_at():
    """A run was stopped while it waited, or its ratings could not be read; then it went on."""
    for early in (events.Cancelled(0, 0), events.Failed(0, "no file", 0)):
        for given_part, true in (("search", "final"), ("final", "search")):
            run = Clock()(early, given_part)
            assert folded(run.lines).parts == {}
            history = folded(run.begin(part=true).go(1, 3, true).lines)
            assert history.part == true
            assert history.curve.done == 3


def test_the_part_is_the_last_one_and_the_curve_the_one_to_choose_by():
    whole = folded(interrupted())
    assert whole.part == "final"
    assert whole.curve is whole.parts["search"]
    assert whole.best.step == 10
    alone = folded(Clock().begin(part="final").go(1, 3, "final").lines)
    assert alone.part == "final"
    assert alone.curve is alone.parts["final"]
    assert alone.best is None
    assert RunHistory().part == "search"
    assert RunHistory().curve.done == 0


@pytest.fixture
def run(tmp_path):
    return RunFolder(tmp_path)


def put(*folders):
    for folder in folders:
        folder.mkdir(parents=True)
        (folder / "card.json").write_text("{}")


def test_the_model_of_a_run_at_work_is_the_best_snapshot(run):
    history = folded(Clock().begin().look(5, 0.2).look(10, 0.4).look(15, 0.3).lines)
    assert history.model(run) is None
    put(run.snapshot(5), run.snapshot(10), run.snapshot(15))
    assert history.model(run) == run.snapshot(10)


def test_the_model_of_a_run_without_validation_is_the_last_snapshot(run):
    history = folded(
        Clock().begin(part="final").look(5, None, "final").look(10, None, "final").lines
    )
    put(run.snapshot(5), run.snapshot(10))
    assert history.model(run) == run.snapshot(10)


def test_the_model_of_a_finished_run_is_its_checkpoint(run):
    put(run.snapshot(5), run.checkpoint)
    assert ended("finished").model(run) == run.checkpoint


def test_what_an_earlier_stop_left_does_not_hide_a_better_snapshot(run):
    """Stopped at 5 with a checkpoint; went on to a better 10; then the disk was full, or a kill."""
    put(run.snapshot(5), run.checkpoint, run.snapshot(10))
    again = Clock().begin().look(5, 0.2)(events.Cancelled(5, 5)).begin(5).go(6, 10).look(10, 0.4)
    assert folded(again.lines).model(run) == run.snapshot(10)
    again(events.Failed(12, "the disk is full; free some space, then resume", 10))
    assert folded(again.lines).model(run) == run.snapshot(10)


def test_without_its_snapshot_the_checkpoint_of_a_stopped_run_is_found(run):
    put(run.checkpoint)
    assert ended("stopped").model(run) == run.checkpoint


def test_a_folder_without_a_card_is_no_model(run):
    run.snapshot(5).mkdir(parents=True)
    assert folded(BEGUN).model(run) is None
