import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import Engine, select, update

from core.runs.lease import LEASE_SECONDS, Lease, dead_servers, forget
from core.runs.presence import boot_id
from core.runs.schema import SERVERS, open_database
from core.runs.store import RunStore
from core.settings import Settings

ROOT = Path(__file__).parents[3]
# A server that seems to be another one: same host name, same process, same start.
TWIN = """
import os, socket, sys, psutil
socket.gethostname = lambda: "container"
os.getpid = lambda: 1
psutil.Process.create_time = lambda self: 1_000.0
psutil.boot_time = lambda: 900.0
from core.runs.store import RunStore
from core.settings import Settings
from tests.core.builders import SMALL
store = RunStore(Settings.from_environment())
run_id = store.create(SMALL).run_id
for line in sys.stdin:
    print(run_id if line == "who\\n" else store.mark_interrupted(), flush=True)
"""
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux to say which start of the machine this is")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(None, tmp_path)
    yield engine
    engine.dispose()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "servers"


def living(database: Engine, folder: Path) -> set[str]:
    """Servers that are alive; the others are forgotten."""
    with database.connect() as connection:
        dead = dead_servers(connection, folder)
    with database.begin() as connection:
        forget(connection, dead, folder)
    return set(entries(database))


def entries(database: Engine) -> dict[str, float]:
    with database.connect() as connection:
        return {row.server_id: row.lease_until for row in connection.execute(select(SERVERS))}


def change(database: Engine, lease: Lease, **values: object) -> None:
    with database.begin() as connection:
        connection.execute(update(SERVERS).where(SERVERS.c.server_id == lease.server_id).values(values))


def test_a_process_that_has_a_lease_is_alive(database: Engine, folder: Path) -> None:
    first, second = Lease.take(database, folder), Lease.take(database, folder)
    assert living(database, folder) == {first.server_id, second.server_id}
    first.give_back(database)
    assert living(database, folder) == {second.server_id}
    assert [path.stem for path in folder.iterdir()] == [second.server_id]


def test_renewal_moves_the_end(database: Engine, folder: Path) -> None:
    lease = Lease.take(database, folder)
    change(database, lease, lease_until=1.0)
    before = time.time()
    lease.renew(database)
    assert before + LEASE_SECONDS <= entries(database)[lease.server_id] <= time.time() + LEASE_SECONDS


@on_linux
def test_on_this_machine_the_process_counts_not_the_clock(database: Engine, folder: Path) -> None:
    """After a machine has slept every lease has run out, and yet its servers go on."""
    lease = Lease.take(database, folder)
    change(database, lease, lease_until=time.time() - 3_600)
    assert living(database, folder) == {lease.server_id}


@pytest.mark.parametrize("boot", ["another-machine", None])
def test_elsewhere_the_lease_counts(database: Engine, folder: Path, boot: str | None) -> None:
    lease, dead = Lease.take(database, folder), Lease.take(database, folder)
    change(database, lease, boot_id=boot)
    change(database, dead, boot_id=boot, lease_until=time.time() - 1)
    assert living(database, folder) == {lease.server_id}


def test_without_its_lock_at_hand_the_lease_counts(database: Engine, folder: Path, tmp_path: Path) -> None:
    """Two containers on one machine share a database, but no home."""
    lease, dead = Lease.take(database, folder), Lease.take(database, folder)
    change(database, dead, lease_until=time.time() - 1)
    assert living(database, tmp_path / "another-home") == {lease.server_id}


def test_where_files_cannot_be_locked_the_lease_counts(database: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "servers"
    folder.write_text("not a folder")
    lease = Lease.take(database, folder)
    assert lease.lock is None
    assert living(database, folder) == {lease.server_id}
    change(database, lease, lease_until=time.time() - 1)
    assert living(database, folder) == set()
    lease.give_back(database)


def test_a_lease_taken_for_dead_comes_back_with_its_renewal(database: Engine, folder: Path) -> None:
    lease = Lease.take(database, folder)
    change(database, lease, boot_id="another-machine", lease_until=time.time() - 1)
    assert living(database, folder) == set()
    lease.renew(database)
    assert living(database, folder) == {lease.server_id}


def test_a_lease_that_was_renewed_meanwhile_is_not_forgotten(database: Engine, folder: Path) -> None:
    lease = Lease.take(database, folder)
    change(database, lease, boot_id="another-machine", lease_until=time.time() - 1)
    with database.connect() as connection:
        dead = dead_servers(connection, folder)
    lease.renew(database)
    with database.begin() as connection:
        forget(connection, dead, folder)
    assert living(database, folder) == {lease.server_id}


def test_setting_the_clock_kills_nobody(database: Engine, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lease = Lease.take(database, folder)
    # Of this module alone: what else runs in this process hears of no jump.
    monkeypatch.setattr("core.runs.lease.time", SimpleNamespace(time=lambda: time.time() + 5_000))
    if boot_id() is not None:
        assert living(database, folder) == {lease.server_id}


@pytest.mark.slow
@on_linux
def test_life_and_death_of_another_process(
    settings: Settings, environment_for_subprocesses: dict[str, str], store: RunStore
) -> None:
    with twin(environment_for_subprocesses) as process:
        run_id = ask(process, "who")
        assert store.mark_interrupted() == []
        # One that is held up lives: it may go on at any moment.
        process.send_signal(signal.SIGSTOP)
        change_all(store.database, lease_until=1.0)
        assert store.mark_interrupted() == []
        process.kill()
        # Until its parent has asked, it is a zombie: its number is taken, but it does nothing any more.
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert store.mark_interrupted() == [run_id]
        assert list((settings.home / "servers").iterdir()) == []


@pytest.mark.slow
@on_linux
def test_servers_that_seem_to_be_the_same_leave_each_other_alone(
    environment_for_subprocesses: dict[str, str], store: RunStore
) -> None:
    """Process 1 is there in every container; the other number, as seen from here, is not."""
    with twin(environment_for_subprocesses) as one, twin(environment_for_subprocesses) as other:
        runs = [ask(one, "who"), ask(other, "who")]
        assert len(set(runs)) == 2
        for pid in (2**22 + 1, 1):
            change_all(store.database, pid=pid)
            assert [ask(process, "mark") for process in (one, other, one)] == ["[]"] * 3
        one.kill()
        one.wait()
        assert ask(other, "mark") == f"{runs[:1]}"
        change_all(store.database, pid=2**22 + 1)
    assert store.mark_interrupted() == runs[1:]


@pytest.mark.slow
def test_twins_on_other_machines_too(environment_for_subprocesses: dict[str, str], store: RunStore) -> None:
    with twin(environment_for_subprocesses) as one, twin(environment_for_subprocesses) as other:
        runs = [ask(one, "who"), ask(other, "who")]
        for boot in ("another-machine", None):
            change_all(store.database, boot_id=boot)
            assert [ask(process, "mark") for process in (one, other)] == ["[]"] * 2
            assert {store.get(run_id).status.value for run_id in runs} == {"queued"}


@contextmanager
def twin(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", TWIN]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def ask(process: subprocess.Popen[str], question: str) -> str:
    process.stdin.write(f"{question}\n")
    process.stdin.flush()
    return process.stdout.readline().strip()


def change_all(database: Engine, **values: object) -> None:
    with database.begin() as connection:
        connection.execute(update(SERVERS).values(values))
