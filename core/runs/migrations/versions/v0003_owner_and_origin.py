"""Runs say whose they are and where they come from."""

from alembic import op
from sqlalchemy import Column, String, column, table

revision = "0003"
down_revision = "0002"

_RUNS = table("runs", *map(column, ("run_id", "status", "started", "val_accuracy", "origin")))


def upgrade() -> None:
    """Add both columns; what is there was trained, unless it can be told that it was not."""
    op.add_column("runs", Column("owner", String(64)))
    op.add_column("runs", Column("origin", String(16), nullable=False, server_default="trained"))
    op.execute(_RUNS.update().where(_RUNS.c.run_id == "demo").values(origin="demo"))
    # A model that was brought in is complete although it never began, and nobody has validated it.
    brought_in = (_RUNS.c.status == "completed", _RUNS.c.started.is_(None), _RUNS.c.val_accuracy.is_(None))
    op.execute(_RUNS.update().where(*brought_in).values(origin="imported"))
