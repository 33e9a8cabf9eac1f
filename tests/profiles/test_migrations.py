"""Migrations: they create the tables of the schema and refuse newer databases."""

import sqlite3
import subprocess
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from recsys.errors import ProfileError
from recsys.paths import ROOT
from recsys.profiles import migrations
from recsys.profiles.schema import VERSION, metadata
from recsys.profiles.store import ProfileStore


def schema(path):
    with sqlite3.connect(path) as database:
        rows = database.execute(
            "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE '%alembic_version%'"
        )
        return {name: " ".join((sql or "").replace('"', "").split()) for name, sql in rows}


def test_migrations_create_the_tables_of_the_schema(tmp_path):
    ProfileStore.open(f"sqlite:///{tmp_path / 'migrated.sqlite'}").close()
    engine = create_engine(f"sqlite:///{tmp_path / 'migrated.sqlite'}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    made = create_engine(f"sqlite:///{tmp_path / 'made.sqlite'}")
    metadata.create_all(made)
    # the checks too, which alembic does not compare
    migrated, direct = schema(tmp_path / "migrated.sqlite"), schema(tmp_path / "made.sqlite")
    assert set(migrated) == set(direct)
    for name, sql in direct.items():
        assert sorted(sql.replace(",", " ").split()) == sorted(
            migrated[name].replace(",", " ").split()
        )


def test_the_schema_has_the_newest_version():
    scripts = ScriptDirectory(str(migrations.HERE))
    assert scripts.get_heads() == [VERSION]


def test_a_database_of_a_newer_version_is_refused_and_unchanged(tmp_path):
    path = tmp_path / "p.sqlite"
    with ProfileStore.open(f"sqlite:///{path}") as store:
        store.create("Ada")
    with sqlite3.connect(path) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(ProfileError, match="newer than this app"):
        ProfileStore.open(f"sqlite:///{path}")
    with sqlite3.connect(path) as database:
        assert database.execute("SELECT name FROM profiles").fetchall() == [("Ada",)]


def test_opening_a_present_database_does_not_import_alembic(tmp_path):
    url = f"sqlite:///{tmp_path / 'p.sqlite'}"
    ProfileStore.open(url).close()
    script = (
        "import sys\nfrom recsys.profiles.store import ProfileStore\n"
        "ProfileStore.open(sys.argv[1]).close()\nsys.exit('alembic' in sys.modules)"
    )
    assert (
        subprocess.run([sys.executable, "-c", script, url], cwd=ROOT, check=False).returncode == 0
    )
