"""The database's versions: Alembic scripts in ``versions``, run from here and nowhere else."""

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
    """Bring a database from its version (none: an empty one) to the newest, in one transaction.

    Raises:
        ProfileError: its version is not one of these; it was made by a newer app.
    """
    config = Config()
    config.set_main_option("script_location", str(HERE))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if version is not None and version not in known:
        raise ProfileError(
            f"The profiles' database has version {version}, which is newer than this app; nothing "
            "in it was changed. Update the app."
        )
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
