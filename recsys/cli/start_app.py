"""Command ``app``: start the Streamlit app."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from importlib.util import find_spec
from typing import Annotated

import typer

from recsys.errors import SettingsError
from recsys.paths import app_script

__all__ = ["start_app"]


def start_app(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the server.")] = 8501,
    headless: Annotated[
        bool, typer.Option("--headless", help="Do not open a browser window.")
    ] = False,
) -> None:
    """Start the app, and open it in the browser; Ctrl+C ends it."""
    if find_spec("streamlit") is None:
        raise SettingsError(
            "The app needs packages that are not installed. Install them with: "
            "pip install 'anime-recsys[app]'"
        )
    command = [
        sys.executable, "-m", "streamlit", "run", str(app_script()),
        "--server.port", str(port), "--server.headless", str(headless).lower(),
    ]  # fmt: skip
    with suppress(KeyboardInterrupt):  # the server receives it too, and ends
        raise typer.Exit(subprocess.run(command, check=False).returncode)  # noqa: S603 - our own words
