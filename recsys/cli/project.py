"""``python -m recsys project``: the map of a checkpoint, computed once and kept with it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from recsys import paths
from recsys.cli.options import print_json
from recsys.jobs.map_executor import compute_maps
from recsys.library.terminal_output import progress_bar

__all__ = ["project"]


def project(
    checkpoint: Annotated[Path | None, typer.Option(help="Checkpoint; the one that ships.")] = None,
    ratings: Annotated[
        Path | None,
        typer.Option(help="Ratings that it learned from, for FastRP beside it; a run's are known."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed draws the same map.")] = 0,
    json: Annotated[
        bool, typer.Option("--json", help="One JSON object on standard output.")
    ] = False,
) -> None:
    """Lay a checkpoint's anime out as a map, for the page Map, and store it with the checkpoint.

    In a run's folder its snapshots are laid out too, for the slider over time.
    """
    folder = checkpoint or paths.default_checkpoint()
    with progress_bar(quiet=json) as bars:
        bar = bars.add_task("Starting", total=1.0, note="")

        def progress(what: str, share: float) -> None:
            bars.update(bar, description=what, completed=share)

        found = compute_maps(folder, ratings, paths.catalogue_path(), seed=seed, progress=progress)
    if json:
        print_json(
            {
                "checkpoint": str(folder),
                "anime": len(found),
                "trustworthiness": found.flat.trustworthiness,
                "continuity": found.flat.continuity,
                "kept": round(float(found.flat.kept_share.mean()), 4),
            }
        )
        return
    typer.echo(
        f"The map of {len(found):,} anime is in {folder}: of the 15 nearest of each title it keeps "
        f"{found.flat.kept_share.mean():.0%} (trustworthiness {found.flat.trustworthiness:.3f}, "
        f"continuity {found.flat.continuity:.3f})."
    )
