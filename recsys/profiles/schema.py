"""Database schema of the profiles; every change here needs a migration."""

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

VERSION = "0001"  # the newest migration; a database of this version is not migrated

metadata = MetaData()

# Times are integers, microseconds since 1970 in UTC, which every database stores alike.
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

# The journal that undo reads: one row per change, with JSON [anime id, state before, after] parts.
changes = Table(
    "changes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("profile_id", ForeignKey("profiles.id", ondelete="CASCADE"), nullable=False),
    Column("parts", Text, nullable=False),
    Index("changes_of_profile", "profile_id", "id"),
)
