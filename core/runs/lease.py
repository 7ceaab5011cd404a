"""A lease per process that trains: it tells the living from the dead."""

import os
import socket
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

import psutil
from sqlalchemy import Connection, Engine, delete, insert, select, update

from core.runs.schema import SERVERS

LEASE_SECONDS = 15.0


@dataclass(frozen=True)
class Lease:
    """This process's entry in the store's table of servers."""

    server_id: str

    @classmethod
    def take(cls, database: Engine) -> "Lease":
        """Enter this process."""
        lease = cls(uuid.uuid4().hex)
        row = {
            "server_id": lease.server_id,
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "process_started": psutil.Process().create_time(),
            "lease_until": time.time() + LEASE_SECONDS,
        }
        with database.begin() as connection:
            connection.execute(insert(SERVERS).values(row))
        return lease

    def renew(self, database: Engine) -> None:
        """Say that this process lives."""
        with database.begin() as connection:
            connection.execute(
                update(SERVERS)
                .where(SERVERS.c.server_id == self.server_id)
                .values(lease_until=time.time() + LEASE_SECONDS)
            )

    def give_back(self, database: Engine) -> None:
        """Leave the table, at an orderly end."""
        with database.begin() as connection:
            connection.execute(delete(SERVERS).where(SERVERS.c.server_id == self.server_id))


def living_servers(connection: Connection) -> set[str]:
    """Servers whose lease runs and, on this host, whose process is really there; the dead are removed."""
    rows = connection.execute(select(SERVERS)).all()
    living = {row.server_id for row in rows if row.lease_until > time.time() and not _is_gone(row)}
    forget(connection, {row.server_id for row in rows} - living)
    return living


def forget(connection: Connection, servers: Iterable[str]) -> None:
    """Remove entries of servers."""
    connection.execute(delete(SERVERS).where(SERVERS.c.server_id.in_(list(servers))))


def _is_gone(row: object) -> bool:
    host, pid, started = row.host, row.pid, row.process_started  # type: ignore[attr-defined]
    if host != socket.gethostname():
        return False
    try:
        process = psutil.Process(pid)
        # The same number may by now belong to another process.
        return abs(process.create_time() - started) > 1.0 or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:
        return False
