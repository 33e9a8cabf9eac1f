"""The server: ``streamlit run app.py``. The model loads once, in the background, at the start."""

import asyncio
import inspect
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import streamlit as st

from pages.shared.chart.vendor import plotly_route

WARM_UP_DELAY = 0.4  # seconds; a browser that opens with the server needs the processor first
SWITCH_INTERVAL = 0.0005  # seconds between thread switches; Python's default is 0.005


def warm() -> None:
    """Load what the first list needs, in a thread, while the server already answers."""
    from pages.shared import resources  # noqa: PLC0415 - slow to import; the first page does not wait

    # Streamlit inspects the stack at the first element of a server, and Python then builds a
    # table of all modules. Doing it here saves the first visitor 0.1 s.
    inspect.stack()
    resources.warm()


async def warm_later() -> None:
    """Warm the caches after a short delay, so that the first page comes first."""
    await asyncio.sleep(WARM_UP_DELAY)
    try:
        await asyncio.to_thread(warm)
    except Exception:
        logging.getLogger("pages").exception("the model could not be loaded at the start")


def show_error(error: Exception) -> bool:
    """Show an exception that escaped the page's error boundary, for example in a fragment."""
    from pages.shared.error_boundary import show_uncaught_error  # noqa: PLC0415 - only when needed

    return show_uncaught_error(error)


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[dict[str, Any]]:
    """Warm the model's cache beside the first page rather than before it."""
    from recsys.logging_setup import configure_logging  # noqa: PLC0415 - as the server starts
    from recsys.paths import local_folder  # noqa: PLC0415 - as above

    configure_logging(local_folder())
    sys.setswitchinterval(SWITCH_INTERVAL)  # the server answers while a page computes
    warming = asyncio.create_task(warm_later())
    yield {}
    warming.cancel()
    with suppress(asyncio.CancelledError):
        await warming


app = st.App(
    "pages/frame.py", lifespan=lifespan, routes=[plotly_route()], on_script_error=show_error
)
