"""The tables that profiles live in. A change here needs a migration beside it."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

__all__ = ["VERSION", "changes", "entries", "metadata", "profiles"]

VERSION = "0001"  # the newest migration; a database that names it needs none

metadata = MetaData()

# Times are whole microseconds since 1970, UTC: the same in every database.
profiles = Table(
    "profiles",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("name", String(60), nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("deleted", BigInteger),
)

entries = Table(
    "entries",
    metadata,
    Column("profile_id", ForeignKey("profiles.id", ondelete="CASCADE"), primary_key=True),
    Column("anime_id", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(16), nullable=False),
    Column("rating", Integer),
    Column("changed", BigInteger, nullable=False),
    CheckConstraint("kind IN ('rated', 'seen', 'not_interested', 'hidden')", name="kind_is_known"),
    CheckConstraint(
        "(kind = 'rated') = (rating IS NOT NULL) AND (rating IS NULL OR rating BETWEEN 1 AND 10)",
        name="rating_is_1_to_10_where_rated",
    ),
)

# What undo walks back over: one row a change, its anime as JSON [id, before, after].
changes = Table(
    "changes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("profile_id", ForeignKey("profiles.id", ondelete="CASCADE"), nullable=False),
    Column("parts", Text, nullable=False),
    Index("changes_of_profile", "profile_id", "id"),
)
