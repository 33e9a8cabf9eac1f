"""Transactions on the profiles database: database errors become one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from recsys.errors import ProfileError

__all__ = ["reading", "writing"]


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Run the ``with`` block as one read transaction.

    Yields:
        The connection.

    Raises:
        ProfileError: the database cannot be read.
    """
    try:
        with engine.connect() as connection:
            yield connection
    except SQLAlchemyError as error:
        raise _database_error("read", error) from None


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Run the ``with`` block as one transaction that holds the write lock from its beginning.

    Yields:
        The connection.

    Raises:
        ProfileError: the database cannot be written; nothing of the block was.
    """
    try:
        with engine.execution_options(writes=True).begin() as connection:
            yield connection
    except SQLAlchemyError as error:
        raise _database_error("written", error) from None


def _database_error(verb: str, error: SQLAlchemyError) -> ProfileError:
    reason = str(getattr(error, "orig", None) or error).splitlines()[0]
    return ProfileError(
        f"The profiles could not be {verb} ({reason}); nothing was changed. Try again."
    )
