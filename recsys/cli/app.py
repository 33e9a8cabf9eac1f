"""Command line: all commands, and one sentence with exit code 1 for every expected error."""

from __future__ import annotations

import json
import sys
import warnings

import typer
from rich.console import Console
from rich.markup import escape

from recsys.cli.data import data_app
from recsys.cli.evaluate import evaluate
from recsys.cli.project import project
from recsys.cli.recommend import recommend
from recsys.cli.runs import runs_app
from recsys.cli.start_app import start_app
from recsys.cli.train import train
from recsys.errors import RecsysError

__all__ = ["app", "main"]

# top-level module of each optional package, and the extra of pyproject.toml that installs it
EXTRAS = {
    "alembic": "app", "rapidfuzz": "app", "sqlalchemy": "app", "streamlit": "app",
    "implicit": "baselines", "umap": "map",
}  # fmt: skip

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
app.command(name="app")(start_app)
app.add_typer(data_app, name="data")
app.add_typer(runs_app, name="runs")


def main() -> None:
    """Run a command; an expected error is one line on standard error, with exit code 1."""
    warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta")
    try:
        app()
    except RecsysError as error:
        _print_error(str(error))
        sys.exit(1)
    except ModuleNotFoundError as error:
        extra = EXTRAS.get((error.name or "").split(".")[0])
        if extra is None:
            raise
        _print_error(
            f"This command needs the package {error.name}, which is not installed. Install it "
            f"with: pip install 'anime-recsys[{extra}]'"
        )
        sys.exit(1)
    except KeyboardInterrupt:
        sys.stderr.write("Stopped; nothing was written.\n")
        sys.exit(130)


def _print_error(message: str) -> None:
    """Print one line on standard error: a JSON object with ``--json``, a sentence otherwise."""
    if "--json" in sys.argv:
        sys.stderr.write(json.dumps({"error": message}, ensure_ascii=False) + "\n")
    else:
        output = Console(stderr=True, highlight=False, soft_wrap=True)
        output.print(f"[bold red]Error:[/] {escape(message)}")
