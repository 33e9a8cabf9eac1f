"""Command ``data``: checks a folder of ratings, and stores a large file as arrays."""

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

data_app = typer.Typer(
    no_args_is_help=True, help="Check ratings before training, and store large files."
)


@data_app.command()
def check(
    folder: Annotated[Path, typer.Argument(help="Folder with a ratings file and an anime file.")],
    json: Annotated[
        bool, typer.Option("--json", help="One JSON object on standard output.")
    ] = False,
) -> None:
    """Count the ratings of a folder, and the rows that cannot be used, by reason."""
    with console(quiet=json).status("Reading …"):
        result = check_folder(folder)
    if json:
        print_json(result.to_dict())
        return
    for sentence in result.sentences():
        typer.echo(sentence)


@data_app.command()
def store(
    ratings: Annotated[Path, typer.Argument(help="Ratings file, as for train.")],
    folder: Annotated[
        Path, typer.Argument(help="New folder; other commands take it in place of the file.")
    ],
) -> None:
    """Store a ratings file as arrays, which train and evaluate open memory-mapped."""
    file = read_ratings(ratings)
    save_interactions(folder, file.interactions)
    for sentence in file.report.sentences():
        typer.echo(sentence)
    typer.echo(f"The table is in {folder}: {len(file.interactions):,} ratings, memory-mapped.")
