import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from sqlalchemy import Engine, insert, select, update

from core.runs.lease import LEASE_SECONDS, Lease, living_servers
from core.runs.schema import SERVERS, open_database

PAUSE = "import sys; print('ready', flush=True); sys.stdin.read()"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(None, tmp_path)
    yield engine
    engine.dispose()


def living(database: Engine) -> set[str]:
    with database.begin() as connection:
        return living_servers(connection)


def entries(database: Engine) -> dict[str, float]:
    with database.connect() as connection:
        return {row.server_id: row.lease_until for row in connection.execute(select(SERVERS))}


def change(database: Engine, lease: Lease, **values: object) -> None:
    with database.begin() as connection:
        connection.execute(update(SERVERS).where(SERVERS.c.server_id == lease.server_id).values(values))


def test_a_process_that_has_a_lease_is_alive(database: Engine) -> None:
    first, second = Lease.take(database), Lease.take(database)
    assert living(database) == {first.server_id, second.server_id}
    first.give_back(database)
    assert living(database) == {second.server_id}


def test_renewal_moves_the_end(database: Engine) -> None:
    lease = Lease.take(database)
    change(database, lease, lease_until=1.0)
    before = time.time()
    lease.renew(database)
    assert before + LEASE_SECONDS <= entries(database)[lease.server_id] <= time.time() + LEASE_SECONDS


def test_on_this_host_the_process_counts_not_the_clock(database: Engine) -> None:
    """After a machine has slept every lease has run out, and yet its servers go on."""
    lease = Lease.take(database)
    change(database, lease, lease_until=time.time() - 3_600)
    assert living(database) == {lease.server_id}


def test_elsewhere_the_lease_counts(database: Engine) -> None:
    lease, dead = Lease.take(database), Lease.take(database)
    # Process 1 of another machine says nothing about process 1 of this one.
    change(database, lease, host="another-machine", pid=1)
    change(database, dead, host="another-machine", lease_until=time.time() - 1)
    assert living(database) == {lease.server_id}
    assert entries(database).keys() == {lease.server_id}


def test_a_lease_taken_for_dead_comes_back_with_its_renewal(database: Engine) -> None:
    lease = Lease.take(database)
    change(database, lease, host="another-machine", lease_until=time.time() - 1)
    assert living(database) == set()
    lease.renew(database)
    assert living(database) == {lease.server_id}


def test_a_number_that_another_process_has_by_now_is_dead(database: Engine) -> None:
    lease = Lease.take(database)
    with database.begin() as connection:
        row = connection.execute(select(SERVERS)).one()
    change(database, lease, process_started=row.process_started - 10)
    assert living(database) == set()


def test_setting_the_clock_kills_nobody(database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """psutil's times since 1970 all move with the clock, the start of the machine included."""
    lease = Lease.take(database)
    created, booted = psutil.Process.create_time, psutil.boot_time
    monkeypatch.setattr(psutil.Process, "create_time", lambda self: created(self) + 5_000)
    monkeypatch.setattr(psutil, "boot_time", lambda: booted() + 5_000)
    assert living(database) == {lease.server_id}


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux when a process started")
def test_life_and_death_of_another_process(database: Engine) -> None:
    with subprocess.Popen([sys.executable, "-c", PAUSE], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        lease = Lease.take(database)
        started = process_started(process.pid)
        change(database, lease, pid=process.pid, process_started=started)
        assert living(database) == {lease.server_id}
        process.kill()
        # Until its parent has asked, it is a zombie: its number is taken, but it does nothing any more.
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert living(database) == set()


def process_started(pid: int) -> float:
    """From Linux's own file, in seconds since the machine started."""
    ticks = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    return ticks / os.sysconf("SC_CLK_TCK")


def test_a_process_that_is_gone_is_dead(database: Engine) -> None:
    done = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    with database.begin() as connection:
        row = {"server_id": "gone", "host": socket.gethostname(), "pid": int(done.stdout)}
        connection.execute(insert(SERVERS).values(row | {"process_started": 1.0, "lease_until": time.time() + 100}))
    assert living(database) == set()
