"""Runs keep what people say of them, the search that they belong to, and whether somebody has thrown them away."""

from alembic import op
from sqlalchemy import Boolean, Column, String, Text, false

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the columns; nobody has said anything of the runs that are there."""
    op.add_column("runs", Column("tags", Text, nullable=False, server_default="[]"))
    for name in ("notes", "reflection"):
        op.add_column("runs", Column(name, Text, nullable=False, server_default=""))
    op.add_column("runs", Column("starred", Boolean, nullable=False, server_default=false()))
    for name in ("study", "thrown_away_by"):
        op.add_column("runs", Column(name, String(64)))
    for name in ("owner", "origin", "study", "thrown_away_by"):
        op.create_index(f"ix_runs_{name}", "runs", [name])
