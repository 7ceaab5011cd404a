"""Tables of the run store, and how its database is opened. Times are seconds since 1970, UTC."""

import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Column,
    Engine,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
)
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from core.errors import ConfigError

DATABASE_FILE = "digitlab.db"
_CREATION_ATTEMPTS = 5
METADATA = MetaData()

SERVERS = Table(
    "servers",
    METADATA,
    Column("server_id", String(64), primary_key=True),
    Column("host", String(255), nullable=False),
    Column("pid", Integer, nullable=False),
    Column("process_started", Float, nullable=False),  # seconds since the machine's start
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
    """Connect to ``url``, or to SQLite in ``home``, and create what is missing.

    Raises
    ------
    ConfigError
        If there is no such database, or it is not one.
    """
    place = "The database of DIGITLAB_DATABASE_URL" if url else f"The run store {home / DATABASE_FILE}"
    try:
        engine = create_engine(
            url or URL.create("sqlite", database=str(home / DATABASE_FILE)), pool_pre_ping=url is not None
        )
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _configure_sqlite)
        engine.connect().close()
        _create_tables(engine)
    except (SQLAlchemyError, ImportError) as error:
        # The whole message of SQLAlchemy shows SQL and links; the driver's first line is what a person can use.
        reason = str(getattr(error, "orig", None) or error).partition("\n")[0]
        raise ConfigError(f"{place} cannot be opened: {reason}.") from error
    return engine


def _create_tables(engine: Engine) -> None:
    for _ in range(_CREATION_ATTEMPTS - 1):
        # Of two servers that start on one empty home the slower fails, and finds the tables the next time.
        with suppress(DBAPIError):
            METADATA.create_all(engine)
            return
        time.sleep(0.1)
    METADATA.create_all(engine)


def _configure_sqlite(connection: Any, _record: Any) -> None:
    # WAL lets pages read while the recorder writes; NORMAL loses nothing when a process is killed.
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=10000", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
