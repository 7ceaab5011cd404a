"""Tables of the run store, and how its database is opened. Times are seconds since 1970, UTC."""

import os
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Boolean,
    Column,
    Connection,
    Engine,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    create_engine,
    event,
    false,
    insert,
    inspect,
    make_url,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionError

from core.errors import ConfigError

DATABASE_FILE = "digitlab.db"
REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006")
"""Versions of the tables, oldest first; each has a script in ``core/runs/migrations/versions``."""
METADATA = MetaData()
STORE_FAILURES = (OSError, SQLAlchemyError)
"""What is raised where the run store, its database or its files, cannot be read or written."""
DATABASE_AWAY = (OperationalError, InternalError, InterfaceError, NoConnectionError)
"""What is raised while a database is away, locked or full, and may not be later."""
_OF_LOCKS = ("locking protocol", "disk I/O error", "unable to open database file", "database is locked")
"""What SQLite says where files cannot be locked or shared, as in folders of a network."""
_NOT_ON_A_NETWORK = " Network folders cannot hold it: set DIGITLAB_HOME to a local one."
_ENCODED = "In a user name or password, write “@” as %40, “:” as %3A and “/” as %2F."
_MIGRATION_LOCK = 0x_D161_71AB
_LIMITS = "-c lock_timeout=10s -c statement_timeout=10min -c idle_in_transaction_session_timeout=5min"
"""Of PostgreSQL: a server that hangs while it has a row locked holds up no other without a bound."""
_WAITED_IN_VAIN = ("55P03", "57014")
"""PostgreSQL's lock_not_available and query_canceled: the latter is what a statement that takes too long gets."""
_OF_THE_LINE = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
"""Of libpq, in seconds, the last in milliseconds: neither does a cable that was cut."""

VERSION = Table("digitlab_schema", METADATA, Column("version_num", String(32), primary_key=True))

SERVERS = Table(
    "servers",
    METADATA,
    Column("server_id", String(64), primary_key=True),
    # For people who ask where a training runs, and for servers of version 0.1.0 on the same database.
    Column("host", String(255), nullable=False),
    Column("pid", Integer, nullable=False),
    Column("process_started", Float, nullable=False),  # seconds since the machine's start
    Column("lease_until", Float, nullable=False),
    Column("boot_id", String(64)),
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
    Column("checkpoints", Integer, nullable=False, default=0, server_default="0"),
    Column("owner", String(64), index=True),
    Column("origin", String(16), nullable=False, default="trained", server_default="trained", index=True),
    Column("tags", Text, nullable=False, default="[]", server_default="[]"),  # a list, as JSON
    Column("notes", Text, nullable=False, default="", server_default=""),
    Column("reflection", Text, nullable=False, default="", server_default=""),
    Column("starred", Boolean, nullable=False, default=False, server_default=false()),
    Column("study", String(64), index=True),
    Column("exercise", String(64), index=True),
    # The server of the session that has thrown the run away: core.runs.bin.
    Column("thrown_away_by", String(64), index=True),
)

EPOCHS = Table(
    "epochs",
    METADATA,
    Column("run_id", String(64), ForeignKey("runs.run_id", ondelete="CASCADE"), primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("metrics", Text, nullable=False),
)

EARLY = Table(
    "early_snapshots",
    METADATA,
    Column("run_id", String(64), ForeignKey("runs.run_id", ondelete="CASCADE"), primary_key=True),
    Column("step", Integer, primary_key=True, autoincrement=False),
    Column("snapshot", Text, nullable=False),
)

MEMBERS = Table(
    "members",
    METADATA,
    Column("exercise", String(64), primary_key=True),
    Column("owner", String(64), primary_key=True),
    Column("nickname", String(64), nullable=False),
    # As people cannot tell apart: core.classroom.nickname.
    Column("folded", String(255), nullable=False),
    Column("joined", Float, nullable=False),
    UniqueConstraint("exercise", "folded", name="uq_members_nickname"),
)


def open_database(url: str | None, home: Path) -> Engine:
    """Connect to ``url``, or to SQLite in ``home``, and bring its tables up to date.

    The tables of a newer version are left as they are: :func:`is_newer` tells.

    Raises
    ------
    ConfigError
        If there is no such database, it is not one, or a newer version has changed it beyond what can be read.
    """
    place = "The database of DIGITLAB_DATABASE_URL" if url else f"The run store {home / DATABASE_FILE}"
    try:
        address = make_url(url) if url else URL.create("sqlite", database=str(home / DATABASE_FILE))
        engine = create_engine(address, pool_pre_ping=url is not None, connect_args=connect_arguments(address))
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", configure_sqlite)
        engine.connect().close()
        if _version(engine) not in (None, *REVISIONS):
            _check_readable(engine, place)
        elif _version(engine) != REVISIONS[-1]:
            _bring_up_to_date(engine)
    except ValueError:
        # A port that is not a number; the word that is there may be part of a password.
        raise ConfigError(f"{place} cannot be opened: its port is not a number. {_ENCODED}") from None
    except (SQLAlchemyError, ImportError) as error:
        # The whole message of SQLAlchemy shows SQL and links; the driver's first line is what a person can use.
        reason = str(getattr(error, "orig", None) or error).partition("\n")[0]
        if url is not None and url.count("@") > 1:
            # What follows the first @ is taken for the host, and would be named.
            raise ConfigError(f"{place} cannot be opened. {_ENCODED}") from None
        advice = _NOT_ON_A_NETWORK if url is None and any(words in reason for words in _OF_LOCKS) else ""
        raise ConfigError(f"{place} cannot be opened: {reason}.{advice}") from error
    return engine


def connect_arguments(url: URL) -> dict[str, Any]:
    """What the driver is told besides the address, whose own options count for more: how long it waits for what."""
    if url.get_backend_name() != "postgresql" or url.get_driver_name() not in ("psycopg", "psycopg2"):
        return {}
    said = url.query.get("options", ())
    # What is said here hides what libpq would read from the environment.
    options = (_LIMITS, os.environ.get("PGOPTIONS", ""), *([said] if isinstance(said, str) else said))
    known = {*url.query, *(["connect_timeout"] if "PGCONNECT_TIMEOUT" in os.environ else [])}
    of_the_line = {name: value for name, value in _OF_THE_LINE.items() if name not in known}
    return of_the_line | {"options": " ".join(filter(None, options))}


def is_row_held(error: Exception) -> bool:
    """Whether PostgreSQL ended a wait, as for a row that another transaction holds, while it is there otherwise."""
    of_driver = getattr(error, "orig", None)
    state = getattr(of_driver, "sqlstate", None) or getattr(of_driver, "pgcode", None)
    return state in _WAITED_IN_VAIN


def take_time(connection: Connection) -> None:
    """Let a transaction that changes tables last, and wait for others that do."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SET LOCAL lock_timeout = '5min'"))


def is_newer(engine: Engine) -> bool:
    """Whether a newer version of Digit Lab has changed the tables: they may be read, but not written to."""
    return _version(engine) not in (None, *REVISIONS)


def _version(engine: Engine) -> str | None:
    """The version of the tables; None if there are none, or version 0.1.0 made them."""
    try:
        with engine.connect() as connection:
            return connection.execute(select(VERSION.c.version_num)).scalar_one_or_none()
    except DBAPIError:
        return None


def _check_readable(engine: Engine, place: str) -> None:
    try:
        with engine.connect() as connection:
            for table in (RUNS, EPOCHS, EARLY):
                connection.execute(select(table).limit(0))
    except DBAPIError as error:
        raise ConfigError(
            f"{place} was written by a newer version of Digit Lab, and this one cannot read it: update Digit Lab."
        ) from error


def _bring_up_to_date(engine: Engine) -> None:
    """Create or migrate the tables, in one transaction; of several servers that start at once, one does it."""
    with engine.begin() as connection:
        _lock_out_others(connection)
        tables = set(inspect(connection).get_table_names())
        if tables & METADATA.tables.keys():
            # Alembic takes a while to import, and is hardly ever needed.
            from core.runs.migrations.upgrade import upgrade

            upgrade(connection)
        else:
            METADATA.create_all(connection)
            connection.execute(insert(VERSION).values(version_num=REVISIONS[-1]))


def _lock_out_others(connection: Connection) -> None:
    """Until the transaction ends; others that waited find the tables as the first has left them."""
    match connection.dialect.name:
        case "sqlite":
            # Python's driver begins transactions before changes of rows, not of tables.
            connection.execute(text("BEGIN IMMEDIATE"))
        case "postgresql":
            take_time(connection)
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})


def configure_sqlite(connection: Any, _record: Any = None) -> None:
    """Set up a connection of Python's driver as all to a run store are."""
    # WAL lets pages read while the recorder writes; NORMAL loses nothing when a process is killed.
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=10000", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    # SQLite’s own knows the letters of ASCII alone.
    connection.create_function("lower", 1, _lower, deterministic=True)


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value
