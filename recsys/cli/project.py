"""Command ``project``: compute the embedding map of a checkpoint and store it there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from recsys import paths
from recsys.cli.options import print_json
from recsys.jobs.map_executor import compute_maps
from recsys.library.terminal_output import progress_bar
from recsys.models.shipped_copy import writable_checkpoint

__all__ = ["project"]


def project(
    checkpoint: Annotated[
        Path | None, typer.Option(help="Folder of the model; the shipped one by default.")
    ] = None,
    ratings: Annotated[
        Path | None,
        typer.Option(help="Training ratings, to compare with FastRP; those of a run are known."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same map.")] = 0,
    json: Annotated[
        bool, typer.Option("--json", help="One JSON object on standard output.")
    ] = False,
) -> None:
    """Compute the map of a model's anime, for the page Map, and store it with the model.

    For the checkpoint of a run, the map over the training is computed too.
    """
    folder = writable_checkpoint(checkpoint or paths.default_checkpoint())
    with progress_bar(quiet=json) as bars:
        bar = bars.add_task("Starting", total=1.0, note="")

        def progress(description: str, share: float) -> None:
            bars.update(bar, description=description, completed=share)

        embedding_map = compute_maps(
            folder, ratings, paths.catalogue_path(), seed=seed, progress=progress
        )
    layout = embedding_map.umap_2d
    preserved = float(layout.preserved_share.mean())
    if json:
        print_json(
            {
                "checkpoint": str(folder),
                "anime": len(embedding_map),
                "trustworthiness": layout.trustworthiness,
                "continuity": layout.continuity,
                "kept": round(preserved, 4),
            }
        )
        return
    typer.echo(
        f"The map of {len(embedding_map):,} anime is in {folder}. It keeps {preserved:.0%} of the "
        f"15 nearest neighbours of each title (trustworthiness {layout.trustworthiness:.3f}, "
        f"continuity {layout.continuity:.3f})."
    )
