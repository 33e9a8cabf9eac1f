"""``python -m recsys runs``: list training runs, look at them, stop and resume them."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from recsys.cli.options import print_json
from recsys.errors import TrainingError
from recsys.jobs.lock import release_lock
from recsys.jobs.run_folder import RunFolder
from recsys.jobs.run_history import RunHistory
from recsys.jobs.run_registry import RunRegistry
from recsys.jobs.status import RunStatus
from recsys.library.terminal_output import console, progress_bar
from recsys.library.training_progress import TrainingProgress, print_drop_report
from recsys.training import events

__all__ = ["resume_here", "runs_app"]

runs_app = typer.Typer(no_args_is_help=True, help="List trainings, look at them, stop and resume.")

Name = Annotated[str, typer.Argument(metavar="DIR", help="Run folder, or the name of a run.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]


def _summary(registry: RunRegistry, run: RunFolder) -> dict[str, Any]:
    """Return what the commands print of a run."""
    history = RunHistory.read(run)
    status, config, metadata = registry.status(run, history), run.config(), run.metadata()
    best, model, report = history.best, history.model(run), run.drop_report()
    return {
        "run": run.path.name,
        "folder": str(run.path),
        "name": metadata.name,
        "note": metadata.note,
        "data": config.data,
        "preset": config.preset,
        "standing": status.value,
        "reason": history.reason(status),
        "steps": {
            part: {"done": curve.done, "of": curve.steps} for part, curve in history.parts.items()
        },
        "best": None if best is None else {"step": best.step, **best.metrics},
        "baselines": {name: event["metrics"] for name, event in history.baselines.items()},
        "events": history.version,
        "report": None if report is None else report.to_dict(),
        "model": None if model is None else str(model),
        "out": None if config.out is None else str(config.out),
    }


@runs_app.command("list")
def list_runs(*, json: Json = False) -> None:
    """List all runs, the newest first."""
    registry = RunRegistry.default()
    summaries = []
    for run in registry.runs():
        try:
            summaries.append(_summary(registry, run))
        except TrainingError as error:  # a damaged configuration hides no other run
            console().print(str(error))
    if json:
        print_json({"runs": summaries})
        return
    if not summaries:
        typer.echo("No run yet. Start one in the app, or with: python -m recsys train --run-folder")
        return
    table = Table("Run", "Name", "Data", "Preset", "Status", "Steps", "Best NDCG@20")
    for summary in summaries:
        best = f"{summary['best']['ndcg@20']:.4f}" if summary["best"] else ""
        table.add_row(
            escape(summary["run"]), escape(summary["name"]), escape(summary["data"]),
            summary["preset"], summary["standing"], _format_steps(summary), best,
        )  # fmt: skip
    Console().print(table)


@runs_app.command()
def show(run: Name, *, json: Json = False) -> None:
    """Show the status of a run, its metrics, and where its model is."""
    registry = RunRegistry.default()
    folder = registry.run(run)
    summary = _summary(registry, folder)
    if json:
        print_json(summary)
        return
    for key in ("name", "folder", "data", "preset", "standing", "reason", "model", "note"):
        if summary[key]:
            typer.echo(f"{key}: {summary[key]}")
    if (report := folder.drop_report()) is not None:
        typer.echo("\n".join(report.sentences()))
    typer.echo(f"steps: {_format_steps(summary)}")
    for name, metrics in {"this model": summary["best"], **summary["baselines"]}.items():
        if metrics:
            values = ", ".join(f"{key} {value:.4g}" for key, value in metrics.items())
            typer.echo(f"{name}: {values}")


@runs_app.command()
def stop(run: Name) -> None:
    """Ask a run to stop; it keeps the best model and can be resumed later."""
    registry = RunRegistry.default()
    folder = registry.run(run)
    status = registry.status(folder, RunHistory.read(folder))
    if status not in {RunStatus.running, RunStatus.waiting}:
        raise TrainingError(f"The run {run} is not running, so there is nothing to stop.")
    folder.cancel.touch()
    typer.echo("The run will stop after the current step and keep its best model.")


@runs_app.command()
def resume(run: Name, *, json: Json = False) -> None:
    """Resume a run that was stopped, failed or was killed; its curve continues exactly."""
    registry = RunRegistry.default()
    folder = registry.run(run)
    if registry.status(folder, RunHistory.read(folder)) is RunStatus.finished:
        raise TrainingError(f"The run {run} is finished; there is nothing left to do.")
    resume_here(registry, folder, json=json)


def resume_here(registry: RunRegistry, run: RunFolder, *, json: bool) -> None:
    """Train a run in this process, to its end.

    Args:
        registry: the registry that holds the run.
        run: a new run, or one to resume.
        json: print one JSON object in place of progress and sentences.

    Raises:
        TrainingError: another job is running, or the training failed.
    """
    config = run.config()  # before the lock is held: a damaged one is reported at once
    lock = registry.acquire_lock([run])
    output = console(quiet=json)
    from recsys.jobs.run_executor import execute_run  # noqa: PLC0415 - a second for torch
    from recsys.jobs.worker import stop_on_signal  # noqa: PLC0415 - as above

    try:
        with progress_bar(quiet=json) as bars:
            last = execute_run(
                run, stop_on_signal(),
                on_event=TrainingProgress(bars, output, config.device),
                on_report=lambda report: print_drop_report(output, report),
            )  # fmt: skip
    finally:
        release_lock(lock)
    if isinstance(last, events.Failed):
        outcome = (
            f"The last good model, of step {last.kept_step}, is kept"
            if last.kept_step
            else "No good model was reached and nothing was written"
        )
        raise TrainingError(f"The training ended at step {last.step}: {last.reason}. {outcome}.")
    out = config.out or run.checkpoint
    if json:
        print_json({"checkpoint": str(out), **_summary(registry, run)})
    elif isinstance(last, events.Cancelled):
        output.print(f"Stopped. Resume with: python -m recsys runs resume {run.path}")
    else:
        output.print(f"The checkpoint is in {out}, ready to serve.")


def _format_steps(summary: dict[str, Any]) -> str:
    steps = summary["steps"].values()
    return ", then ".join(f"{part['done']:,} of {part['of']:,}" for part in steps)
