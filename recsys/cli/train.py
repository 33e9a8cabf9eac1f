"""``python -m recsys train``: from a ratings file to a checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from recsys.cli.options import console, print_json, progress_bar
from recsys.config import load_settings
from recsys.data.items_file import read_catalogue
from recsys.data.ratings_file import read_ratings
from recsys.device import choose_device
from recsys.errors import SettingsError, TrainingError
from recsys.model.checkpoint import check_place, save_checkpoint

if TYPE_CHECKING:
    from recsys.training.events import Failed
    from recsys.training.fit import Fit

__all__ = ["train"]


def train(
    ratings: Annotated[
        Path, typer.Option(help="Ratings: user, anime_id, rating; or plain user, item columns.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for the checkpoint.")],
    catalogue: Annotated[
        Path | None, typer.Option(help="Leave out ratings of anime that this catalogue lacks.")
    ] = None,
    preset: Annotated[
        str, typer.Option(help="quick, standard, full (new people); benchmark, paper.")
    ] = "standard",
    settings: Annotated[
        Path | None, typer.Option(help="TOML or JSON that overrides the preset value by value.")
    ] = None,
    validation: Annotated[
        float, typer.Option(help="Share of likes to hold out for early stop, then refit on all.")
    ] = 0.0,
    sample_items: Annotated[
        float | None, typer.Option(help="Keep this share of the anime, to fit memory.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Same seed, device and threads: same bits.")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    threads: Annotated[int | None, typer.Option(help="Threads of the CPU; all by default.")] = None,
    state: Annotated[
        Path | None,
        typer.Option(help="Save the state here at each evaluation; go on from one that is there."),
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name of the model, for people.")] = None,
    items_only: Annotated[
        bool, typer.Option("--items-only", help="Leave the people out of the checkpoint.")
    ] = False,
    json: Annotated[
        bool, typer.Option("--json", help="One JSON object on standard output.")
    ] = False,
) -> None:
    """Train LightGCN on a ratings file and write a checkpoint.

    Started by torchrun, the processes share the dimension; the first of them writes.
    """
    if not 0 <= validation < 1:
        raise SettingsError(f"--validation takes a share from 0 to below 1, not {validation}.")
    overrides: dict[str, dict[str, float | int]] = {"training": {}, "data": {}}
    if seed is not None:
        overrides["training"]["seed"] = seed
    if sample_items is not None:
        overrides["data"]["sample_items"] = sample_items
    recipe = load_settings(preset, settings, overrides)
    check_place(out)

    import torch  # noqa: PLC0415 - a second that --help and wrong options need not wait

    from recsys.training.fit import Fit  # noqa: PLC0415 - torch too
    from recsys.training.processes import joined  # noqa: PLC0415 - torch too

    if threads is not None:
        torch.set_num_threads(threads)
    processes, where = joined(choose_device(device))
    quiet = json or processes.rank > 0
    say = console(quiet=quiet)
    known = None if catalogue is None else read_catalogue(catalogue).ids.ids
    with progress_bar(quiet=quiet) as bars:
        reading = bars.add_task("Reading ratings", total=None, note="")
        file = read_ratings(ratings, catalogue_ids=known)
        bars.remove_task(reading)
        for sentence in file.report.sentences():
            say.print(sentence)
        fit = Fit(
            file.interactions, recipe, validation, where, name or f"LightGCN {preset}",
            state=state, processes=processes,
        )  # fmt: skip
        failed = _follow(fit, bars, say)
    if failed is not None and not failed.kept_step:
        raise TrainingError(
            f"The training ended at step {failed.step}: {failed.reason}. No good model was reached "
            "and nothing was written."
        )
    checkpoint = fit.checkpoint(items_only=items_only)
    processes.leave()
    if processes.rank > 0:
        return
    save_checkpoint(out, checkpoint)
    if failed is not None:
        raise TrainingError(
            f"The training ended at step {failed.step}: {failed.reason}. The last good model, of "
            f"step {failed.kept_step}, is in {out}."
        )
    if json:
        print_json({"checkpoint": str(out), "card": checkpoint.card})
    else:
        say.print(f"The checkpoint is in {out}: {len(checkpoint.anime):,} anime, ready to serve.")


def _follow(fit: Fit, bars: Progress, say: Console) -> Failed | None:
    """Run a training, show where it stands, and return what went wrong, if anything did."""
    from recsys.training import events  # noqa: PLC0415 - torch, as above

    bar = bars.add_task(f"Training on {fit.device}", total=None, note="")
    for event in fit.run():
        if isinstance(event, events.Started):
            bars.reset(bar, total=event.steps)
            say.print(
                f"{event.users:,} users × {event.items:,} anime, {event.edges:,} likes, "
                f"{event.parameters:,} parameters, {event.steps:,} steps"
            )
        elif isinstance(event, events.Progress):
            bars.update(bar, completed=event.step, note=f"loss {event.loss:.4f}")
        elif isinstance(event, events.Evaluated) and event.metrics:
            told = ", ".join(f"{key} {value:.4f}" for key, value in event.metrics.items())
            say.print(f"step {event.step}: {told}{' (best)' if event.best else ''}")
        elif isinstance(event, events.Failed):
            return event
    return None
