"""``python -m recsys train``: from a ratings file to a checkpoint."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recsys.cli.options import print_json
from recsys.cli.runs import resume_here
from recsys.config import load_settings
from recsys.data.items_file import read_catalogue
from recsys.data.ratings_file import read_ratings
from recsys.device import training_device
from recsys.errors import SettingsError, TrainingError
from recsys.jobs.lock import release_lock
from recsys.jobs.run_config import RunConfig, RunMetadata, check_validation_share, checked_options
from recsys.jobs.run_registry import RunRegistry
from recsys.library.terminal_output import console, progress_bar
from recsys.library.training_progress import TrainingProgress, print_drop_report
from recsys.models.checkpoint import check_writable, save_checkpoint
from recsys.system_resources import default_threads

if TYPE_CHECKING:
    from recsys.training.events import Failed
    from recsys.training.pipeline import TrainingPipeline

__all__ = ["train"]


class Precision(StrEnum):
    """Bits of the numbers in a checkpoint."""

    half = "16"
    single = "32"


DEFAULTS = {name: field.default for name, field in RunConfig.model_fields.items()}


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
        float,
        typer.Option(help="Share of each user's likes held out to find the best step; 0: none."),
    ] = DEFAULTS["validation"],
    refit: Annotated[
        bool,
        typer.Option(help="Train again on all likes, for as many epochs as the best step took."),
    ] = DEFAULTS["refit"],
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
        typer.Option(help="Save the state here at evaluations; continue from one that exists."),
    ] = None,
    run_folder: Annotated[
        Path | None,
        typer.Option(help="New folder for events, states and snapshots; the app shows the run."),
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name of the model, for people.")] = None,
    precision: Annotated[
        Precision, typer.Option(help="Bits of the numbers in the checkpoint.")
    ] = Precision.half if DEFAULTS["half"] else Precision.single,
    items_only: Annotated[
        bool,
        typer.Option(
            "--items-only/--with-users", help="Leave the users' embeddings out of the checkpoint."
        ),
    ] = DEFAULTS["items_only"],
    json: Annotated[
        bool, typer.Option("--json", help="One JSON object on standard output.")
    ] = False,
) -> None:
    """Train LightGCN on a ratings file and write a checkpoint.

    The same preset gives the same model here and on the page Training. Started by torchrun, the
    processes share the dimension; the first of them writes.
    """
    check_validation_share(validation, "--validation")
    check_writable(out)
    config = checked_options(
        RunConfig,
        ratings=ratings.resolve(), data=ratings.name, preset=preset,
        settings=load_settings(preset, settings, _overrides(seed, sample_items)),
        catalogue=catalogue and catalogue.resolve(), validation=validation, refit=refit,
        out=out.resolve(), items_only=items_only, half=precision is Precision.half,
        threads=default_threads() if threads is None else threads,
        device=training_device(device),
    )  # fmt: skip
    metadata = checked_options(RunMetadata, name=name or f"LightGCN {preset}")
    if run_folder is None:
        _train_alone(config, metadata.name, state, json=json)
    elif state is not None or "WORLD_SIZE" in os.environ:
        raise SettingsError(
            "--run-folder keeps its own state and trains in one process: leave --state out and "
            "start without torchrun. Nothing was started."
        )
    else:
        _train_in(run_folder, config, metadata, json=json)


def _overrides(seed: int | None, sample_items: float | None) -> dict[str, dict[str, float | int]]:
    overrides: dict[str, dict[str, float | int]] = {"training": {}, "data": {}}
    if seed is not None:
        overrides["training"]["seed"] = seed
    if sample_items is not None:
        overrides["data"]["sample_items"] = sample_items
    return overrides


def _train_alone(config: RunConfig, name: str, state: Path | None, *, json: bool) -> None:
    """Train without a run folder, in this process or in several that ``torchrun`` started."""
    import torch  # noqa: PLC0415 - a second that --help and wrong options need not wait

    from recsys.training.distributed import join_process_group  # noqa: PLC0415 - torch too
    from recsys.training.pipeline import TrainingPipeline  # noqa: PLC0415 - torch too

    torch.set_num_threads(config.threads)
    group, device = join_process_group(torch.device(config.device))
    quiet = json or group.rank > 0
    output = console(quiet=quiet)
    known = None if config.catalogue is None else read_catalogue(config.catalogue).ids.ids
    with progress_bar(quiet=quiet) as bars:
        reading = bars.add_task("Reading ratings", total=None, note="")
        file = read_ratings(config.ratings, catalogue_ids=known)
        bars.remove_task(reading)
        print_drop_report(output, file.report)
        pipeline = TrainingPipeline(
            file.interactions, config.settings, config.validation, device, name,
            state=state, process_group=group, refit=config.refit,
        )  # fmt: skip
        failed = _run(pipeline, TrainingProgress(bars, output, str(device)))
    if failed is not None and not failed.kept_step:
        raise TrainingError(
            f"The training ended at step {failed.step}: {failed.reason}. No good model was reached "
            "and nothing was written."
        )
    checkpoint = pipeline.checkpoint(items_only=config.items_only, half=config.half)
    group.close()
    if group.rank > 0 or config.out is None:
        return
    save_checkpoint(config.out, checkpoint)
    if failed is not None:
        raise TrainingError(
            f"The training ended at step {failed.step}: {failed.reason}. The last good model, of "
            f"step {failed.kept_step}, is in {config.out}."
        )
    if json:
        print_json({"checkpoint": str(config.out), "card": checkpoint.card})
    else:
        output.print(
            f"The checkpoint is in {config.out}: {len(checkpoint.items):,} anime, ready to serve."
        )


def _train_in(folder: Path, config: RunConfig, metadata: RunMetadata, *, json: bool) -> None:
    """Train in a run folder, which the app shows and a later command can resume."""
    registry = RunRegistry.default()
    release_lock(registry.acquire_lock([]))  # refused before a folder is made
    resume_here(registry, registry.create(config, metadata, folder), json=json)


def _run(pipeline: TrainingPipeline, show: TrainingProgress) -> Failed | None:
    """Run a training, show its events, and return the failure that ended it, if one did."""
    from recsys.training import events  # noqa: PLC0415 - with torch, as above

    event = None
    for event in pipeline.run():
        show(event, pipeline.part)
    return event if isinstance(event, events.Failed) else None
