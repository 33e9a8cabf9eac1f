"""Database engine: opens SQLite in WAL mode, or any SQLAlchemy URL, and migrates its tables."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, select
from sqlalchemy import column as sql_column
from sqlalchemy import table as sql_table
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from recsys.errors import ProfileError
from recsys.profiles.schema import VERSION

__all__ = ["open_engine"]

_alembic = sql_table("alembic_version", sql_column("version_num"))


def open_engine(url: str) -> Engine:
    """Open a database and migrate its tables to this version.

    Args:
        url: of SQLAlchemy; the folder of a SQLite file is created where it is missing.

    Returns:
        The engine.

    Raises:
        ProfileError: the database cannot be opened, holds other tables, or has a newer version;
            nothing in it was changed.
    """
    try:
        address = make_url(url)
        is_sqlite = address.get_backend_name() == "sqlite"
        if is_sqlite and address.database not in {None, "", ":memory:"}:
            Path(str(address.database)).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(address)
        if is_sqlite:
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
        _migrate(engine)
    except ProfileError:
        raise
    except (ArgumentError, SQLAlchemyError, OSError, ImportError) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise ProfileError(
            f"The profiles database {_without_password(url)} cannot be opened ({reason}); nothing "
            "in it was changed. Check the path and its permissions, or set ANIME_PROFILES_URL to "
            "another database."
        ) from None
    return engine


def _without_password(url: str) -> str:
    """Return a URL with its password replaced by asterisks."""
    try:
        return make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return url


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    """Set WAL, so that readers do not wait for a writer; NORMAL is safe with it and syncs less."""
    connection.isolation_level = (
        None  # else the driver begins only at the first write, after the reads
    )
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout = 5000")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """Begin a transaction; a writer takes the lock before it reads what it is about to change."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _migrate(engine: Engine) -> None:
    names = inspect(engine).get_table_names()
    if "alembic_version" not in names:
        _create(engine, names)
        return
    with engine.connect() as connection:
        version = connection.scalar(select(_alembic.c.version_num))
    if version == VERSION:
        return
    from recsys.profiles.migrations import upgrade  # noqa: PLC0415 - alembic only where needed

    upgrade(engine, str(version))


def _create(engine: Engine, names: list[str]) -> None:
    if names:
        raise ProfileError(
            f"The database {_without_password(str(engine.url))} holds other tables ({names[0]}, …) "
            "and no profiles; nothing in it was changed. Set ANIME_PROFILES_URL to another "
            "database."
        )
    from recsys.profiles.migrations import upgrade  # noqa: PLC0415 - alembic only where needed

    upgrade(engine, None)
