"""The server: ``streamlit run app.py``. The model loads once, in the background, as it starts."""

import asyncio
import inspect
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import streamlit as st

from pages.shared.chart.vendor import plotly_route

BROWSER_FIRST = 0.4  # seconds; a browser that opens with the server needs the processor itself
HAND_OVER = 0.0005  # seconds; Python's threads do so every 0.005 by default


def warm() -> None:
    """Load what the first list needs, in a thread: the server answers meanwhile."""
    from pages.shared import resources  # noqa: PLC0415 - see above

    # at the first element of a server Streamlit looks at the stack, for which Python makes a table
    # of all modules: a tenth of a second that nobody need wait for
    inspect.stack()
    resources.warm()


async def warm_soon() -> None:
    """Warm the cache, unless the first page has done so meanwhile."""
    await asyncio.sleep(BROWSER_FIRST)
    await asyncio.to_thread(warm)


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[dict[str, Any]]:
    """Warm the model's cache beside the first page rather than before it."""
    sys.setswitchinterval(HAND_OVER)  # the server answers also while a page computes
    warming = asyncio.create_task(warm_soon())
    yield {}
    warming.cancel()
    with suppress(asyncio.CancelledError):
        await warming


app = st.App("pages/frame.py", lifespan=lifespan, routes=[plotly_route()])
