"""Runs keep what their network made of a few images before the first epoch ended."""

from alembic import op
from sqlalchemy import Column, ForeignKey, Integer, String, Text

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the table; the runs that are there have nothing to put into it."""
    op.create_table(
        "early_snapshots",
        Column("run_id", String(64), ForeignKey("runs.run_id", ondelete="CASCADE"), primary_key=True),
        Column("step", Integer, primary_key=True, autoincrement=False),
        Column("snapshot", Text, nullable=False),
    )
