"""The server: ``streamlit run app.py``. The model loads once, in the background, as it starts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import streamlit as st


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[dict[str, Any]]:
    """Warm the model's cache beside the first page rather than before it."""
    from pages.shared.resources import warm  # noqa: PLC0415 - the server answers first

    warming = asyncio.create_task(asyncio.to_thread(warm))
    yield {}
    await warming


app = st.App("pages/frame.py", lifespan=lifespan)
