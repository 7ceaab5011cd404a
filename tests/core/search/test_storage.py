"""Optuna's tables in the run store's SQLite file."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from core.runs.store import RunStore
from core.search.searches import Book
from core.settings import Settings
from tests.core.runs.migrations_contract import HOME
from tests.core.search.fakes import plan_of
from tests.core.search.storage_contract import StorageContract


class TestSqlite(StorageContract):
    @pytest.fixture
    def first_version(self, settings: Settings) -> Settings:
        shutil.copytree(HOME, settings.home)
        return settings


@pytest.mark.parametrize("name", ["{SCHEMA_VERSION}", "what?mode=ro", "50% #1"])
def test_homes_with_strange_names(tmp_path: Path, name: str) -> None:
    store = RunStore(Settings.from_environment({"DIGITLAB_HOME": str(tmp_path / name)}))
    Book(store).create(plan_of(trials=1))
    store.close()
    assert [path.name for path in tmp_path.iterdir()] == [name]
    with sqlite3.connect(f"{(tmp_path / name / 'digitlab.db').as_uri()}?mode=ro", uri=True) as connection:
        assert connection.execute("SELECT count(*) FROM studies").fetchone() == (1,)


def test_connections_are_set_up_like_those_of_the_run_store(store: RunStore) -> None:
    with Book(store).storage._backend.engine.connect() as connection:
        pragmas = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "busy_timeout")]
    assert pragmas == ["wal", 10_000]
