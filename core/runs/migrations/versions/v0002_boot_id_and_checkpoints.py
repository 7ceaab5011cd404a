"""Servers say which start of which machine they belong to; runs count how often their weights were replaced."""

from alembic import op
from sqlalchemy import Column, Integer, String

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add both columns."""
    op.add_column("servers", Column("boot_id", String(64)))
    op.add_column("runs", Column("checkpoints", Integer, nullable=False, server_default="0"))
