"""The run store on SQLite: what every store does, and what is SQLite's own."""

import re
import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from core.errors import ConfigError
from core.runs import rows, schema
from core.runs.files import RunFiles
from core.runs.status import RunStatus
from core.runs.store import RunStore
from core.settings import Settings
from tests.core.conftest import OpenStore
from tests.core.runs.store_contract import StoreContract, ended_run, some_images, started_run


class TestSqlite(StoreContract):
    pass


@pytest.mark.parametrize("name", ["a b", "what?mode=ro", "50% #1", "ünï", "a'b", "file:x"])
def test_homes_with_strange_names(tmp_path: Path, name: str) -> None:
    settings = Settings.from_environment({"DIGITLAB_HOME": str(tmp_path / name)})
    store = RunStore(settings)
    run_id = started_run(store, 1)
    store.close()
    assert (tmp_path / name / "digitlab.db").is_file()
    assert [path.name for path in tmp_path.iterdir()] == [name]
    again = RunStore(settings)
    assert again.model(run_id).run_id == run_id
    again.close()


@pytest.mark.parametrize(
    "failure", [OSError(28, "No space left"), OperationalError("", {}, Exception("database or disk is full"))]
)
def test_a_full_disk_hides_no_test_results(
    store: RunStore, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    run_id, test = ended_run(store), some_images()

    def refuse(*_: object) -> None:
        raise failure

    with monkeypatch.context() as full_disk:
        full_disk.setattr(RunFiles, "save_predictions", refuse)
        full_disk.setattr(rows, "update_run", refuse)
        accuracy = store.predictions(run_id, test).accuracy
        store.count_test_look(run_id)
    assert (store.get(run_id).test_accuracy, store.get(run_id).test_looks) == (None, 0)
    assert store.predictions(run_id, test).accuracy == store.get(run_id).test_accuracy == accuracy
    store.count_test_look(run_id)
    assert store.get(run_id).test_looks == 1


def test_a_home_that_is_a_file_gets_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    for home in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(ConfigError) as caught:
            RunStore(Settings.from_environment({"DIGITLAB_HOME": str(home)}))
        assert str(caught.value).startswith(f"DIGITLAB_HOME cannot be {home}: ")


def test_a_database_that_is_none_gets_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "digitlab.db").write_text("The quick brown fox jumps over the lazy dog. " * 100)
    with pytest.raises(ConfigError) as caught:
        RunStore(Settings.from_environment({"DIGITLAB_HOME": str(tmp_path)}))
    assert str(caught.value) == f"The run store {tmp_path / 'digitlab.db'} cannot be opened: file is not a database."


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("nonsense", "Could not parse SQLAlchemy URL"),
        ("oracle9://x/y", "Can't load plugin"),
        ("sqlite:////no/such/folder/x.db", "unable to open database file"),
    ],
)
def test_a_database_url_that_leads_nowhere_gets_a_sentence(tmp_path: Path, url: str, reason: str) -> None:
    settings = Settings.from_environment({"DIGITLAB_HOME": str(tmp_path), "DIGITLAB_DATABASE_URL": url})
    with pytest.raises(ConfigError) as caught:
        RunStore(settings)
    sentence = str(caught.value)
    assert sentence.startswith(f"The database of DIGITLAB_DATABASE_URL cannot be opened: {reason}")
    assert "\n" not in sentence


@pytest.mark.parametrize(
    "address",
    [
        "someone:geheim@127.0.0.1:1/nothing",
        "someone:ge@heim@127.0.0.1:1/nothing",
        "someone@127.0.0.1:geheim/nothing",
        "someone:geheim@[::1/nothing",
        "someone:geheim@127.0.0.1:1/nothing?password=geheim&strange=geheim",
    ],
)
def test_a_password_is_not_said(tmp_path: Path, address: str) -> None:
    url = f"postgresql+psycopg://{address}"
    settings = Settings.from_environment({"DIGITLAB_HOME": str(tmp_path), "DIGITLAB_DATABASE_URL": url})
    with pytest.raises(ConfigError) as caught:
        RunStore(settings)
    assert not re.search("geheim|heim@", str(caught.value))
    assert str(caught.value).startswith("The database of DIGITLAB_DATABASE_URL cannot be opened")


def test_sqlite_is_set_up_to_be_read_while_it_is_written(store: RunStore, settings: Settings) -> None:
    run_id = started_run(store, 1)
    with sqlite3.connect(settings.home / "digitlab.db", isolation_level=None) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE runs SET name = 'half-way'")
        # Another process is in the middle of writing: readers see what was before and do not wait.
        assert store.get(run_id).name != "half-way"
        connection.execute("ROLLBACK")
    connection.close()


def test_a_writer_waits_for_another(open_store: OpenStore, settings: Settings) -> None:
    store = open_store()
    run_id = started_run(store, 1)
    connection = sqlite3.connect(settings.home / "digitlab.db", isolation_level=None, check_same_thread=False)
    connection.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.3, connection.execute, ["COMMIT"])
    release.start()
    store.record_status(run_id, RunStatus.STOPPED)
    release.join()
    connection.close()
    assert store.get(run_id).status is RunStatus.STOPPED


@pytest.mark.parametrize("reason", ["locking protocol", "disk I/O error"])
def test_a_home_that_cannot_lock_files_is_told_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    """As SQLite fails in a folder of a network."""

    def refuse(_connection: object, _record: object) -> None:
        raise sqlite3.OperationalError(reason)

    monkeypatch.setattr(schema, "configure_sqlite", refuse)
    with pytest.raises(ConfigError) as caught:
        RunStore(Settings.from_environment({"DIGITLAB_HOME": str(tmp_path)}))
    assert str(caught.value) == (
        f"The run store {tmp_path / 'digitlab.db'} cannot be opened: {reason}. "
        "Network folders cannot hold it: set DIGITLAB_HOME to a local one."
    )
