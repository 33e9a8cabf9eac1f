"""``python -m recsys data``: check a folder of ratings; store a large file for opening at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from recsys.cli.options import print_json
from recsys.data.memmap import save_interactions
from recsys.data.ratings_file import read_ratings
from recsys.data.validate import check_folder
from recsys.library.terminal_output import console

__all__ = ["data_app"]

data_app = typer.Typer(no_args_is_help=True, help="Look at data before training on it.")


@data_app.command()
def check(
    folder: Annotated[Path, typer.Argument(help="Folder with a ratings file and an anime file.")],
    json: Annotated[
        bool, typer.Option("--json", help="One JSON object on standard output.")
    ] = False,
) -> None:
    """Count what a folder holds, and every row that cannot be used, by reason."""
    with console(quiet=json).status("Reading …"):
        found = check_folder(folder)
    if json:
        print_json(found.to_dict())
        return
    for sentence in found.sentences():
        typer.echo(sentence)


@data_app.command()
def store(
    ratings: Annotated[Path, typer.Argument(help="Ratings file, as for train.")],
    folder: Annotated[Path, typer.Argument(help="New folder; give it in place of the file.")],
) -> None:
    """Store a ratings file as plain arrays, which train and evaluate open memory-mapped."""
    file = read_ratings(ratings)
    save_interactions(folder, file.interactions)
    for sentence in file.report.sentences():
        typer.echo(sentence)
    typer.echo(f"The table is in {folder}: {len(file.interactions):,} ratings, opened at once.")
