"""The tables of version 0.1.0, which kept no number of theirs: they are usually there."""

from alembic import op
from sqlalchemy import Column, Float, ForeignKey, Integer, String, Text

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create what is missing."""
    op.create_table(
        "servers",
        Column("server_id", String(64), primary_key=True),
        Column("host", String(255), nullable=False),
        Column("pid", Integer, nullable=False),
        Column("process_started", Float, nullable=False),
        Column("lease_until", Float, nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "runs",
        Column("run_id", String(64), primary_key=True),
        Column("name", String(64), nullable=False),
        Column("status", String(16), nullable=False),
        Column("created", Float, nullable=False),
        Column("started", Float),
        Column("ended", Float),
        Column("config", Text, nullable=False),
        Column("environment", Text, nullable=False),
        Column("epochs_done", Float, nullable=False),
        Column("seconds", Float, nullable=False),
        Column("val_accuracy", Float),
        Column("test_accuracy", Float),
        Column("error", Text),
        Column("test_looks", Integer, nullable=False),
        Column("server_id", String(64)),
        if_not_exists=True,
    )
    op.create_index("ix_runs_status", "runs", ["status"], if_not_exists=True)
    op.create_index("ix_runs_created", "runs", ["created"], if_not_exists=True)
    op.create_table(
        "epochs",
        Column("run_id", String(64), ForeignKey("runs.run_id", ondelete="CASCADE"), primary_key=True),
        Column("epoch", Integer, primary_key=True),
        Column("metrics", Text, nullable=False),
        if_not_exists=True,
    )
