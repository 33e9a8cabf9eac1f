"""The terminal's frame: the commands, and one clear line with exit code 1 for every error."""

from __future__ import annotations

import json
import sys
import warnings
from typing import Any

import typer
from rich.console import Console

from recsys.cli.data import data_app
from recsys.cli.evaluate import evaluate
from recsys.cli.project import project
from recsys.cli.recommend import recommend
from recsys.cli.runs import runs_app
from recsys.cli.train import train
from recsys.errors import RecsysError

__all__ = ["app", "main"]

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="Anime recommendations with exact reasons, from LightGCN.",
)
app.command()(train)
app.command()(evaluate)
app.command()(recommend)
app.command()(project)
app.add_typer(data_app, name="data")
app.add_typer(runs_app, name="runs")


def main() -> None:
    """Run a command; an error a person can mend is one line on standard error, exit code 1."""
    warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta")
    try:
        app()
    except RecsysError as error:
        if "--json" in sys.argv:
            sys.stderr.write(json.dumps({"error": str(error)}, ensure_ascii=False) + "\n")
        else:
            Console(stderr=True, highlight=False, soft_wrap=True).print(
                f"[bold red]Error:[/] {_escaped(error)}"
            )
        sys.exit(1)
    except KeyboardInterrupt:
        sys.stderr.write("Stopped; nothing was written.\n")
        sys.exit(130)


def _escaped(value: Any) -> str:
    return str(value).replace("[", r"\[")
