"""Plotly's JavaScript library, served from the installed package without a copy or network."""

from __future__ import annotations

import importlib.metadata
import importlib.resources

from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route

__all__ = ["plotly_address", "plotly_route"]

FOREVER = "public, max-age=31536000, immutable"  # the address contains the version


def plotly_address() -> str:
    """Return the address of the library, relative to the app."""
    return f"vendor/plotly-{importlib.metadata.version('plotly')}.min.js"


def plotly_route() -> Route:
    """Return the route that serves the library."""
    return Route(f"/{plotly_address()}", _library)


def _library(_request: Request) -> FileResponse:
    files = importlib.resources.files("plotly.package_data")  # without importing plotly
    return FileResponse(
        str(files / "plotly.min.js"),
        media_type="text/javascript",
        headers={"cache-control": FOREVER},
    )
