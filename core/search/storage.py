"""Where searches are kept: Optuna's own tables, beside ours in the run store's database.

Optuna has its version in ``alembic_version``, the run store in ``digitlab_schema``: neither looks at the other's.
"""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from core.errors import ConfigError
from core.runs.schema import STORE_FAILURES, configure_sqlite, connect_arguments, take_time

if TYPE_CHECKING:
    from optuna.storages import BaseStorage, RDBStorage

_TRIES = 5
_PAUSE_SECONDS = 0.2
_opening = threading.Lock()
logger = logging.getLogger("digitlab.search")


def open_storage(database: Engine) -> "BaseStorage":
    """Optuna's storage on a database, its tables there and up to date.

    What has ended is read once and kept, so one storage is best shared by all threads of a process.

    Raises
    ------
    ConfigError
        If the tables cannot be made or read, or a newer version of Optuna has changed them.
    """
    import optuna

    optuna.logging.disable_default_handler()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    # Threads that come first at the same moment, and processes below: one makes the tables, the others find them.
    with _opening:
        for left in reversed(range(_TRIES)):
            try:
                return optuna.storages.get_storage(_up_to_date(database))
            except SQLAlchemyError as error:
                if not left:
                    reason = str(getattr(error, "orig", None) or error).partition("\n")[0]
                    raise ConfigError(f"The searches in the run store cannot be opened: {reason}.") from error
                time.sleep(_PAUSE_SECONDS)
    raise AssertionError("unreachable")


def store_failures() -> tuple[type[Exception], ...]:
    """What is raised where the run store, or Optuna’s tables in it, cannot be read or written."""
    from optuna.exceptions import StorageInternalError

    return *STORE_FAILURES, StorageInternalError


@contextmanager
def shielded() -> Iterator[None]:
    """Continue without what the store does not let one do; the log says what that was."""
    try:
        yield
    except store_failures():
        logger.exception("The run store did not take something of a search.")


def _up_to_date(database: Engine) -> "RDBStorage":
    from optuna.storages import RDBStorage

    # Its address is said by the connections alone: Optuna would read marks in the name of a folder as its own, and keep
    # a password where messages show it.
    storage = RDBStorage(
        f"{database.url.drivername}://",
        engine_kwargs={
            "creator": partial(_connect, database),
            "poolclass": type(database.pool),
            "pool_pre_ping": database.dialect.name != "sqlite",
        },
        skip_compatibility_check=True,
    )
    current = storage.get_current_version()
    if current not in storage.get_all_versions():
        raise ConfigError("The searches in the run store were written by a newer version of Optuna: update Digit Lab.")
    if current != storage.get_head_version():
        _upgrade(storage)
    return storage


def _connect(database: Engine) -> Any:
    """A connection like those of the run store."""
    arguments, options = database.dialect.create_connect_args(database.url)
    connection = database.dialect.connect(*arguments, **{**options, **connect_arguments(database.url)})
    if database.dialect.name == "sqlite":
        configure_sqlite(connection)
    return connection


def _upgrade(storage: "RDBStorage") -> None:
    """Run Optuna's own scripts that have not been run yet, in one transaction."""
    import optuna
    from alembic import command
    from alembic.config import Config

    config = Config()
    scripts = Path(optuna.storages.__file__).parent / "_rdb" / "alembic" / "versions"
    for name, path in (("script_location", Path(__file__).parent / "migrations"), ("version_locations", scripts)):
        config.set_main_option(name, str(path).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with storage.engine.begin() as connection:
        take_time(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    logger.info("The searches in the run store were brought up to date.")
