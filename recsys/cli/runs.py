"""``python -m recsys runs``: the runs of the training place, to look at, stop and go on with."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from recsys.cli.options import print_json
from recsys.errors import TrainingError
from recsys.jobs.journal import read_lines
from recsys.jobs.lock import release_lock
from recsys.jobs.run_folder import RunFolder
from recsys.jobs.run_history import RunHistory, RunStatus
from recsys.jobs.run_registry import RunRegistry
from recsys.library.terminal_output import console, progress_bar
from recsys.library.training_progress import TrainingProgress
from recsys.training import events

__all__ = ["resume_here", "runs_app"]

runs_app = typer.Typer(no_args_is_help=True, help="Look at trainings, stop them, go on with them.")

Name = Annotated[str, typer.Argument(metavar="DIR", help="Run folder, or the name of a run.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]


def _facts(place: RunRegistry, run: RunFolder) -> dict[str, Any]:
    history = RunHistory()
    history.fold(read_lines(run.events)[0])
    status, config = place.status(run, history), run.config()
    best, model = history.best, history.model(run)
    return {
        "run": run.path.name,
        "folder": str(run.path),
        "name": run.metadata().name,
        "note": run.metadata().note,
        "data": config.data,
        "preset": config.preset,
        "standing": status.value,
        "reason": history.reason(status),
        "steps": {
            part: {"done": curve.done, "of": curve.steps} for part, curve in history.parts.items()
        },
        "best": None if best is None else {"step": best.step, **best.metrics},
        "baselines": {name: one["metrics"] for name, one in history.baselines.items()},
        "events": history.version,
        "model": None if model is None else str(model),
        "out": None if config.out is None else str(config.out),
    }


@runs_app.command("list")
def list_runs(*, json: Json = False) -> None:
    """List all runs, the newest first."""
    place = RunRegistry.default()
    found = []
    for run in place.runs():
        try:
            found.append(_facts(place, run))
        except TrainingError as error:  # one torn order hides no other run
            console().print(str(error))
    if json:
        print_json({"runs": found})
        return
    if not found:
        typer.echo("No run yet. Start one in the app, or with: python -m recsys train --run-folder")
        return
    table = Table("Run", "Name", "Data", "Preset", "Stands", "Steps", "Best NDCG@20")
    for one in found:
        best = f"{one['best']['ndcg@20']:.4f}" if one["best"] else ""
        table.add_row(
            escape(one["run"]), escape(one["name"]), escape(one["data"]), one["preset"],
            one["standing"], _steps(one), best,
        )  # fmt: skip
    Console().print(table)


@runs_app.command()
def show(run: Name, *, json: Json = False) -> None:
    """Tell how a run stands, its figures, and where its model is."""
    place = RunRegistry.default()
    facts = _facts(place, place.run(run))
    if json:
        print_json(facts)
        return
    for key in ("name", "folder", "data", "preset", "standing", "reason", "model", "note"):
        if facts[key]:
            typer.echo(f"{key}: {facts[key]}")
    typer.echo(f"steps: {_steps(facts)}")
    figures = {"this model": facts["best"], **facts["baselines"]}
    for name, metrics in figures.items():
        if metrics:
            told = ", ".join(f"{key} {value:.4g}" for key, value in metrics.items())
            typer.echo(f"{name}: {told}")


@runs_app.command()
def stop(run: Name) -> None:
    """Ask a run to stop; it keeps the best model and can go on later."""
    place = RunRegistry.default()
    found = place.run(run)
    history = RunHistory()
    history.fold(read_lines(found.events)[0])
    if place.status(found, history) not in {RunStatus.running, RunStatus.waiting}:
        raise TrainingError(f"The run {run} is not running, so there is nothing to stop.")
    found.cancel.touch()
    typer.echo("Asked; it stops after the step it is at and keeps the best model.")


@runs_app.command()
def resume(run: Name, *, json: Json = False) -> None:
    """Go on with a run that was stopped, failed or was killed, with the very same curve."""
    place = RunRegistry.default()
    found = place.run(run)
    history = RunHistory()
    history.fold(read_lines(found.events)[0])
    if place.status(found, history) is RunStatus.finished:
        raise TrainingError(f"The run {run} is finished; there is nothing left to do.")
    resume_here(place, found, json=json)


def resume_here(place: RunRegistry, run: RunFolder, *, json: bool) -> None:
    """Train a run in this process, to its end.

    Raises:
        TrainingError: another one is running, or it ended without success.
    """
    config = run.config()  # before the lock is held: a torn one is told at once
    lock = place.acquire_lock([run])
    from recsys.jobs.worker import asked_to_stop, limit_threads  # noqa: PLC0415 - torch follows

    limit_threads(config.threads)
    say = console(quiet=json)
    from recsys.jobs.run_executor import execute_run  # noqa: PLC0415 - as above

    try:
        with progress_bar(quiet=json) as bars:
            ended = execute_run(run, asked_to_stop(), TrainingProgress(bars, say, config.device))
    finally:
        release_lock(lock)
    if isinstance(ended, events.Failed):
        kept = f"The last good model, of step {ended.kept_step}, is kept" if ended.kept_step else (
            "No good model was reached and nothing was written"
        )  # fmt: skip
        raise TrainingError(f"The training ended at step {ended.step}: {ended.reason}. {kept}.")
    out = config.out or run.checkpoint
    if json:
        print_json({"checkpoint": str(out), **_facts(place, run)})
    elif isinstance(ended, events.Cancelled):
        say.print(f"Stopped. Go on with: python -m recsys runs resume {run.path}")
    else:
        say.print(f"The checkpoint is in {out}, ready to serve.")


def _steps(facts: dict[str, Any]) -> str:
    return ", then ".join(f"{one['done']:,} of {one['of']:,}" for one in facts["steps"].values())
