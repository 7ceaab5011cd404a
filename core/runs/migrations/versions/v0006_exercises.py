"""Runs say which exercise of a class they belong to, and exercises who takes part in them."""

from alembic import op
from sqlalchemy import Column, Float, String, UniqueConstraint

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the column and the table; what is there belongs to no exercise."""
    op.add_column("runs", Column("exercise", String(64)))
    op.create_index("ix_runs_exercise", "runs", ["exercise"])
    op.create_table(
        "members",
        Column("exercise", String(64), primary_key=True),
        Column("owner", String(64), primary_key=True),
        Column("nickname", String(64), nullable=False),
        Column("folded", String(255), nullable=False),
        Column("joined", Float, nullable=False),
        UniqueConstraint("exercise", "folded", name="uq_members_nickname"),
    )
