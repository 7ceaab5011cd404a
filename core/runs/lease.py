"""A lease per process that trains: it tells the living from the dead."""

import os
import socket
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import psutil
from sqlalchemy import Connection, Engine, Row, delete, insert, select, update

from core.runs.schema import SERVERS

LEASE_SECONDS = 15.0
SAME_START_SECONDS = 1.5


@dataclass(frozen=True)
class Lease:
    """The entry of one process in the store's table of servers."""

    server_id: str

    @classmethod
    def take(cls, database: Engine) -> "Lease":
        """Enter this process."""
        lease = cls(uuid.uuid4().hex)
        with database.begin() as connection:
            lease._enter(connection)
        return lease

    def renew(self, database: Engine) -> None:
        """Say that this process lives."""
        with database.begin() as connection:
            renewed = connection.execute(
                update(SERVERS)
                .where(SERVERS.c.server_id == self.server_id)
                .values(lease_until=time.time() + LEASE_SECONDS)
            )
            if not renewed.rowcount:
                # The machine slept and another server took this one for dead.
                self._enter(connection)

    def give_back(self, database: Engine) -> None:
        """Leave the table, at an orderly end."""
        with database.begin() as connection:
            connection.execute(delete(SERVERS).where(SERVERS.c.server_id == self.server_id))

    def _enter(self, connection: Connection) -> None:
        row = {
            "server_id": self.server_id,
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "process_started": _started(psutil.Process()),
            "lease_until": time.time() + LEASE_SECONDS,
        }
        connection.execute(insert(SERVERS).values(row))


def living_servers(connection: Connection) -> set[str]:
    """Servers whose process is there, on this host, or whose lease runs, elsewhere; the dead are removed."""
    rows = connection.execute(select(SERVERS)).all()
    living = {row.server_id for row in rows if _is_alive(row)}
    forget(connection, {row.server_id for row in rows} - living)
    return living


def forget(connection: Connection, servers: Iterable[str]) -> None:
    """Remove entries of servers."""
    connection.execute(delete(SERVERS).where(SERVERS.c.server_id.in_(list(servers))))


def _is_alive(row: Row[Any]) -> bool:
    lease_runs: bool = row.lease_until > time.time()
    if row.host != socket.gethostname():
        return lease_runs
    # On its own host a process counts while it is there, lease or not: after a sleep of the machine all have run out.
    try:
        process = psutil.Process(row.pid)
        # The same number may by now belong to another process.
        same: bool = abs(_started(process) - row.process_started) < SAME_START_SECONDS
        return same and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return lease_runs


def _started(process: psutil.Process) -> float:
    """Seconds from the start of the machine to that of the process; setting the clock does not change it."""
    return float(process.create_time() - psutil.boot_time())
