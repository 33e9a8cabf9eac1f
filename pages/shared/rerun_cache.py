"""Rerun cache: a value is read once per rerun of the script and shared by all parts of the page."""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ParamSpec, TypeVar

__all__ = ["once_per_rerun", "rerun_cache"]

P = ParamSpec("P")
T = TypeVar("T")

_values: ContextVar[dict[Hashable, Any] | None] = ContextVar("rerun_values", default=None)


@contextmanager
def rerun_cache() -> Iterator[None]:
    """Keep the results of functions marked ``once_per_rerun`` until the block ends.

    The frame opens it around the page. Widget callbacks run before that and fragments may rerun
    without it, so neither can see a value of an earlier rerun.

    Yields:
        Nothing.
    """
    token = _values.set({})
    try:
        yield
    finally:
        _values.reset(token)


def once_per_rerun(function: Callable[P, T]) -> Callable[P, T]:
    """Return a function that runs once per rerun and arguments inside ``rerun_cache``.

    Outside ``rerun_cache`` every call runs it. An exception is not kept.

    Args:
        function: a function whose arguments are hashable.
    """

    @functools.wraps(function)
    def cached(*args: P.args, **kwargs: P.kwargs) -> T:
        values = _values.get()
        if values is None:
            return function(*args, **kwargs)
        key = (function, args, tuple(sorted(kwargs.items())))
        if key not in values:
            values[key] = function(*args, **kwargs)
        result: T = values[key]
        return result

    return cached
