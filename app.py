"""The server: ``streamlit run app.py``. The model loads once, in the background, as it starts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import streamlit as st


def warm() -> None:
    """Load what the first list needs, in a thread: the server answers meanwhile."""
    from pages.shared import resources  # noqa: PLC0415 - see above

    resources.warm()


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[dict[str, Any]]:
    """Warm the model's cache beside the first page rather than before it."""
    warming = asyncio.create_task(asyncio.to_thread(warm))
    yield {}
    await warming


app = st.App("pages/frame.py", lifespan=lifespan)
