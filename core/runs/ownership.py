"""Which process may write what: a lease for each, a training run for one at a time."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, and_, or_, select, update

from core.errors import NewerVersionError, RunTakenError
from core.runs.lease import Lease, dead_servers, forget
from core.runs.names import is_run_id
from core.runs.rows import ACTIVE, not_found, read_run
from core.runs.schema import RUNS, SERVERS, is_newer
from core.runs.status import RunStatus

INTERRUPTED_SERVER = "The server that trained it stopped."
READ_ONLY = (
    "A newer version of Digit Lab has written this run store: its runs can be viewed here, but not changed. Update "
    "Digit Lab."
)
logger = logging.getLogger("digitlab.runs")


class Ownership:
    """What this process may write to the database.

    A training run belongs to the process that created or continued it last, until another one takes it for dead.

    Parameters
    ----------
    locks
        Folder for the locks of all servers that share a home.
    """

    def __init__(self, database: Engine, locks: Path) -> None:
        self.why_read_only = READ_ONLY if is_newer(database) else None
        if self.why_read_only:
            logger.warning("%s", self.why_read_only)
        self._database, self._locks = database, locks
        self._lease: Lease | None = None
        self._lease_lock = threading.Lock()

    def lease(self) -> Lease:
        """The lease of this process, taken when it is first needed."""
        with self._lease_lock:
            if self._lease is None:
                self._lease = Lease.take(None if self.why_read_only else self._database, self._locks)
            return self._lease

    def living(self) -> Lease:
        """The lease, renewed: a run that is entered has one that is valid, even right after the machine has slept."""
        lease = self.lease()
        lease.renew(self._database)
        return lease

    def close(self) -> None:
        """Give back the lease."""
        if self._lease is not None:
            self._lease.give_back(self._database)
            self._lease = None

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction to write in. Its first statement must write: SQLite lets nobody write who has read before.

        Raises
        ------
        NewerVersionError
            If nothing can be written.
        """
        if self.why_read_only:
            raise NewerVersionError(self.why_read_only)
        with self._database.begin() as connection:
            yield connection

    @contextmanager
    def owned(self, run_id: str, **values: Any) -> Iterator[Connection]:
        """A transaction that has changed the row of a run of this server, and holds it.

        Raises
        ------
        RunTakenError
            If the run is another server's by now, or nobody's.
        """
        if not is_run_id(run_id):
            raise not_found(run_id)
        server_id = self.lease().server_id
        mine = update(RUNS).where(RUNS.c.run_id == run_id, RUNS.c.server_id == server_id)
        with self.begin() as connection:
            if not connection.execute(mine.values({"server_id": server_id} | values)).rowcount:
                read_run(connection, run_id)
                raise RunTakenError(
                    f"Run “{run_id}” is no longer trained by this server: another one has taken it over, or has marked "
                    "it as interrupted."
                )
            yield connection

    def update(self, run_id: str, **values: Any) -> None:
        """Change columns of a run of this server; raises as :meth:`owned` does."""
        with self.owned(run_id, **values):
            pass

    def mark_interrupted(self) -> list[str]:
        """Runs of servers that are gone become interrupted; their ids are returned."""
        if self.why_read_only:
            return []
        lost = _lost(self._lease)
        # Looked at first: this is asked every other second, and writing keeps others from writing.
        with self._database.connect() as connection:
            dead = dead_servers(connection, self._locks)
            if not dead and connection.execute(select(RUNS.c.run_id).where(*lost).limit(1)).first() is None:
                return []
        values = {"status": RunStatus.INTERRUPTED.value, "ended": time.time(), "error": INTERRUPTED_SERVER}
        with self.begin() as connection:
            forget(connection, dead, self._locks)
            interrupted = update(RUNS).where(*lost).values(values | {"server_id": None}).returning(RUNS.c.run_id)
            return list(connection.execute(interrupted).scalars())


def _lost(own: Lease | None) -> tuple[ColumnElement[bool], ...]:
    """Active runs that nobody has whose entry is there; those of this process are never among them."""
    own_id = "" if own is None else own.server_id
    is_gone = and_(RUNS.c.server_id.not_in(select(SERVERS.c.server_id)), RUNS.c.server_id != own_id)
    return RUNS.c.status.in_(ACTIVE), or_(RUNS.c.server_id.is_(None), is_gone)
