"""Database migrations: the Alembic scripts in ``versions``, run by ``upgrade``."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from recsys.errors import ProfileError

__all__ = ["upgrade"]

HERE = Path(__file__).parent


def upgrade(engine: Engine, version: str | None) -> None:
    """Migrate a database to the newest version, in one transaction.

    Args:
        engine: of the database.
        version: its present version; None for a database without tables.

    Raises:
        ProfileError: the version is unknown, so the database was made by a newer app.
    """
    config = Config()
    config.set_main_option("script_location", str(HERE))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if version is not None and version not in known:
        raise ProfileError(
            f"The profiles database has version {version}, which is newer than this app; nothing "
            "in it was changed. Update the app."
        )
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
