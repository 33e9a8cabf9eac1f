"""Errors on a page: one clear sentence, never a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from recsys.errors import RecsysError

__all__ = ["error_boundary"]


@contextmanager
def error_boundary() -> Iterator[None]:
    """Draw the block; an error that a person can mend is shown as its sentence."""
    try:
        yield
    except RecsysError as error:
        st.error(str(error), icon=":material/error:")
