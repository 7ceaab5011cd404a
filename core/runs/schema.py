"""Tables of the run store, and how its database is opened. Times are seconds since 1970, UTC."""

from pathlib import Path
from typing import Any

from sqlalchemy import Column, Engine, Float, ForeignKey, Integer, MetaData, String, Table, Text, create_engine, event

METADATA = MetaData()

SERVERS = Table(
    "servers",
    METADATA,
    Column("server_id", String(64), primary_key=True),
    Column("host", String(255), nullable=False),
    Column("pid", Integer, nullable=False),
    Column("process_started", Float, nullable=False),
    Column("lease_until", Float, nullable=False),
)

RUNS = Table(
    "runs",
    METADATA,
    Column("run_id", String(64), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("status", String(16), nullable=False, index=True),
    Column("created", Float, nullable=False, index=True),
    Column("started", Float),
    Column("ended", Float),
    Column("config", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("epochs_done", Float, nullable=False, default=0.0),
    Column("seconds", Float, nullable=False, default=0.0),
    Column("val_accuracy", Float),
    Column("test_accuracy", Float),
    Column("error", Text),
    Column("test_looks", Integer, nullable=False, default=0),
    Column("server_id", String(64)),
)

EPOCHS = Table(
    "epochs",
    METADATA,
    Column("run_id", String(64), ForeignKey("runs.run_id", ondelete="CASCADE"), primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("metrics", Text, nullable=False),
)


def open_database(url: str | None, home: Path) -> Engine:
    """Connect to ``url``, or to SQLite in ``home``, and create what is missing."""
    engine = create_engine(url or f"sqlite:///{home / 'digitlab.db'}", pool_pre_ping=url is not None)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _configure_sqlite)
    METADATA.create_all(engine)
    return engine


def _configure_sqlite(connection: Any, _record: Any) -> None:
    # WAL lets pages read while the recorder writes; NORMAL loses nothing when a process is killed.
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=10000", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
