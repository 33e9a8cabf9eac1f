"""Error boundary: an exception becomes one sentence on the page and a traceback in the log."""

from __future__ import annotations

import functools
import logging
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec

import streamlit as st

from pages.shared.markdown import escape_markdown
from pages.shared.rerun_cache import once_per_rerun
from pages.shared.session import add_notice, identify_session
from recsys.errors import RecsysError
from recsys.logging_setup import configure_logging
from recsys.paths import local_folder

__all__ = ["error_boundary", "error_sentence", "guard_callback", "show_uncaught_error"]

logger = logging.getLogger(__name__)
P = ParamSpec("P")


def error_sentence(error: Exception) -> str:
    """Return the sentence that a page shows for an exception, as plain text.

    A ``RecsysError`` carries its own sentence. Any other exception is logged with its traceback
    under a new error id, and the sentence names this id and the log file, if it can be written.
    """
    if isinstance(error, RecsysError):
        return str(error)
    path = configure_logging(local_folder())
    error_id = secrets.token_hex(2).upper()
    identify_session()
    logger.error("error %s", error_id, exc_info=error)
    log = str(path)
    if not os.access(path, os.W_OK):
        log = "the standard error of the server, because the log file cannot be written"
    return (
        f"Something went wrong (error {error_id}). Your profiles and models are intact; "
        f"the log has the details: {log}"
    )


@contextmanager
def error_boundary() -> Iterator[None]:
    """Run a block of a page, and show an exception in it as one sentence in its place.

    It also works as a decorator. A fragment needs its own, because it reruns without the page
    around it.

    Yields:
        Nothing.
    """
    try:
        yield
    except Exception as error:  # noqa: BLE001 - the boundary: error_sentence logs it
        _draw_sentence(error_sentence(error))


@once_per_rerun
def _draw_sentence(sentence: str) -> None:
    """Draw an error once, even if several parts of the page meet it."""
    st.error(escape_markdown(sentence), icon=":material/error:")


def guard_callback(callback: Callable[P, None]) -> Callable[P, None]:
    """Return a widget callback whose exceptions become notices at the top of the page."""

    @functools.wraps(callback)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            callback(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - the boundary: error_sentence logs it
            add_notice(error_sentence(error))

    return guarded


def show_uncaught_error(error: Exception) -> bool:
    """Show an exception that escaped every boundary; the server calls this for each of them.

    Returns:
        True: Streamlit's own message is not needed.
    """
    _draw_sentence(error_sentence(error))
    return True
