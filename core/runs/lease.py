"""A lease per process that trains: it tells the living from the dead."""

import os
import socket
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psutil
from sqlalchemy import Connection, Engine, Row, and_, delete, insert, or_, select, update

from core.runs.presence import boot_id, hold, is_held, release
from core.runs.schema import SERVERS

LEASE_SECONDS = 15.0


@dataclass(frozen=True)
class Lease:
    """The entry of one process in the store's table of servers.

    The process is known by a random id. Others take it for alive while its lease runs; those on the same machine that
    see the same folder look at the lock instead, which ends with the process and outlasts a sleep of the machine.

    A lease that ran out, because the machine slept or the database was away, is entered again by its next renewal.
    If nobody has taken the process for dead meanwhile, its training runs continue as if nothing had happened. Otherwise
    they were marked as interrupted in the same moment and are its own no longer.

    Parameters
    ----------
    folder
        Where servers that share a home keep their locks.
    lock
        None where files cannot be locked: then the lease alone counts.
    is_entered
        False where the database must not be written to: then it is a name and nothing else.
    """

    server_id: str
    folder: Path
    lock: IO[bytes] | None = None
    is_entered: bool = True

    @classmethod
    def take(cls, database: Engine | None, folder: Path) -> "Lease":
        """Enter this process; without a database, only give it a name."""
        server_id = uuid.uuid4().hex
        if database is None:
            return cls(server_id, folder, is_entered=False)
        # Locked before others can read of it.
        lease = cls(server_id, folder, hold(_lock_of(server_id, folder)))
        with database.begin() as connection:
            lease._enter(connection)
        return lease

    def renew(self, database: Engine) -> None:
        """Say that this process lives."""
        if not self.is_entered:
            return
        with database.begin() as connection:
            renewed = connection.execute(
                update(SERVERS)
                .where(SERVERS.c.server_id == self.server_id)
                .values(lease_until=time.time() + LEASE_SECONDS)
            )
            if not renewed.rowcount:
                # It had run out, and another server took this one for dead.
                self._enter(connection)

    def give_back(self, database: Engine) -> None:
        """Leave the table, at an orderly end."""
        if not self.is_entered:
            return
        with database.begin() as connection:
            connection.execute(delete(SERVERS).where(SERVERS.c.server_id == self.server_id))
        release(_lock_of(self.server_id, self.folder), self.lock)

    def _enter(self, connection: Connection) -> None:
        process = psutil.Process()
        row = {
            "server_id": self.server_id,
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "process_started": process.create_time() - psutil.boot_time(),
            "lease_until": time.time() + LEASE_SECONDS,
            "boot_id": None if self.lock is None else boot_id(),
        }
        connection.execute(insert(SERVERS).values(row))


def dead_servers(connection: Connection, folder: Path) -> list[Row[Any]]:
    """Entries of servers whose process is gone, on this machine, or whose lease has run out."""
    machine = boot_id()
    return [row for row in connection.execute(select(SERVERS)) if not _is_alive(row, folder, machine)]


def living_servers(connection: Connection, folder: Path) -> frozenset[str]:
    """Ids of the servers that are there."""
    machine = boot_id()
    return frozenset(row.server_id for row in connection.execute(select(SERVERS)) if _is_alive(row, folder, machine))


def forget(connection: Connection, servers: list[Row[Any]], folder: Path) -> None:
    """Remove entries of dead servers, unless one has renewed its lease meanwhile."""
    unchanged = [
        and_(SERVERS.c.server_id == row.server_id, SERVERS.c.lease_until == row.lease_until) for row in servers
    ]
    connection.execute(delete(SERVERS).where(or_(False, *unchanged)))
    for row in servers:
        path = _lock_of(row.server_id, folder)
        if is_held(path) is False:
            release(path)


def _is_alive(row: Row[Any], folder: Path, machine: str | None) -> bool:
    if machine is not None and row.boot_id == machine:
        held = is_held(_lock_of(row.server_id, folder))
        if held is not None:
            return held
    return bool(row.lease_until > time.time())


def _lock_of(server_id: str, folder: Path) -> Path:
    return folder / f"{server_id}.lock"
