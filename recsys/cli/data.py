"""``python -m recsys data check``: what is in a folder of ratings, and what cannot be used."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from recsys.cli.options import console, print_json
from recsys.data.check import check_folder

__all__ = ["data_app"]

data_app = typer.Typer(no_args_is_help=True, help="Look at data before training on it.")


@data_app.callback()
def _commands() -> None:
    """Keep ``check`` a command of its own, also while it is the only one."""


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
