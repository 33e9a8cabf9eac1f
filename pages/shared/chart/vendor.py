"""Plotly's own library for the browser, served from the installed package: no copy, no network."""

from __future__ import annotations

import importlib.metadata
import importlib.resources

from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route

__all__ = ["plotly_address", "plotly_route"]

FOREVER = "public, max-age=31536000, immutable"  # the address names the version


def plotly_address() -> str:
    """Return where the app serves the library, relative to itself."""
    return f"vendor/plotly-{importlib.metadata.version('plotly')}.min.js"


def plotly_route() -> Route:
    """Return the route that serves it."""
    return Route(f"/{plotly_address()}", _library)


def _library(_request: Request) -> FileResponse:
    files = importlib.resources.files("plotly.package_data")  # plotly itself stays unimported
    return FileResponse(
        str(files / "plotly.min.js"),
        media_type="text/javascript",
        headers={"cache-control": FOREVER},
    )
