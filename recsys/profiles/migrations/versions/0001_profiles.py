"""Profiles, their entries, and the journal that undo reads."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the three tables."""
    op.create_table(
        "profiles",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("deleted", sa.BigInteger),
    )
    profile = sa.ForeignKey("profiles.id", ondelete="CASCADE")
    op.create_table(
        "entries",
        sa.Column("profile_id", sa.String(16), profile, primary_key=True),
        sa.Column("anime_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("rating", sa.Integer),
        sa.Column("changed", sa.BigInteger, nullable=False),
        sa.CheckConstraint(
            "kind IN ('rated', 'seen', 'not_interested', 'hidden')", name="kind_is_known"
        ),
        sa.CheckConstraint(
            "(kind = 'rated') = (rating IS NOT NULL) "
            "AND (rating IS NULL OR rating BETWEEN 1 AND 10)",
            name="rating_is_1_to_10_where_rated",
        ),
    )
    op.create_table(
        "changes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "profile_id",
            sa.String(16),
            sa.ForeignKey("profiles.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("parts", sa.Text, nullable=False),
    )
    op.create_index("changes_of_profile", "changes", ["profile_id", "id"])
