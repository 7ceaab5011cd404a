"""The run store on a real PostgreSQL, from the development dependency ``pgserver``."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text, update
from sqlalchemy.exc import OperationalError

from core.errors import ConfigError
from core.runs.schema import RUNS, connect_arguments
from core.runs.store import RunStore
from core.search.searches import Book
from core.settings import Settings
from tests.core.builders import SMALL
from tests.core.runs.listing_contract import ListingContract, filled, five  # noqa: F401 - fixtures
from tests.core.runs.members_contract import MembersContract
from tests.core.runs.migrations_contract import HOME, MigrationsContract, write_first_version
from tests.core.runs.store_contract import StoreContract
from tests.core.search.storage_contract import StorageContract

pytestmark = pytest.mark.slow
pgserver = pytest.importorskip("pgserver", reason="pgserver, which brings PostgreSQL, is not there for this platform")


@pytest.fixture(scope="module")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    try:
        server = pgserver.get_server(tmp_path_factory.mktemp("postgresql"), cleanup_mode="stop")
    except Exception as error:  # noqa: BLE001
        pytest.skip(f"PostgreSQL could not be started: {error}")
    # Nobody needs these tables after a crash of the machine; waiting for the disk was half of the time.
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        server.psql(f"ALTER SYSTEM SET {setting} = off;")
    server.psql("SELECT pg_reload_conf();")
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    server.cleanup()


@pytest.fixture
def settings(settings: Settings, database_url: str) -> Iterator[Settings]:
    """A home of this test's own, and a database without a table."""
    yield settings.model_copy(update={"database_url": database_url})
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()


@pytest.fixture(scope="module")
def lasting_settings(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> Settings:
    """A home and a database that outlive a test."""
    engine = create_engine(database_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE lasting"))
    engine.dispose()
    url = make_url(database_url).set(database="lasting").render_as_string(hide_password=False)
    home = tmp_path_factory.mktemp("home")
    return Settings.from_environment({"DIGITLAB_HOME": str(home)}).model_copy(update={"database_url": url})


class TestPostgresql(StoreContract):
    pass


class TestListing(ListingContract):
    pass


class TestMembers(MembersContract):
    pass


@pytest.fixture
def first_version(settings: Settings) -> Settings:
    shutil.copytree(HOME, settings.home, ignore=shutil.ignore_patterns("digitlab.db"))
    engine = create_engine(settings.database_url)
    write_first_version(engine)
    engine.dispose()
    return settings


class TestMigrations(MigrationsContract):
    pass


class TestSearches(StorageContract):
    pass


def test_it_really_is_postgresql(store: RunStore, settings: Settings) -> None:
    with store.database.connect() as connection:
        assert connection.execute(text("SELECT version()")).scalar_one().startswith("PostgreSQL ")
    assert not (settings.home / "digitlab.db").exists()


def test_two_homes_share_what_is_in_the_database(settings: Settings, tmp_path: Path) -> None:
    here, there = RunStore(settings), RunStore(settings.model_copy(update={"home": tmp_path / "another-machine"}))
    run_id = here.create(SMALL).run_id
    assert there.get(run_id).config == SMALL
    assert there.mark_interrupted() == []
    here.close()
    assert there.mark_interrupted() == [run_id]
    there.close()


def test_a_server_that_is_not_there_gets_a_sentence(settings: Settings) -> None:
    url = "postgresql+psycopg://digitlab:secret@127.0.0.1:1/digitlab"
    with pytest.raises(ConfigError) as caught:
        RunStore(settings.model_copy(update={"database_url": url}))
    sentence = str(caught.value)
    assert sentence.startswith("The database of DIGITLAB_DATABASE_URL cannot be opened: ")
    assert "secret" not in sentence
    assert "\n" not in sentence


def test_no_wait_is_without_a_bound(store: RunStore) -> None:
    for database in (store.database, Book(store).storage._backend.engine):
        with database.connect() as connection:
            names = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
            said = [connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in names]
        assert said == ["10s", "10min", "5min"]


def test_what_the_environment_tells_the_driver_counts_beside_the_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    url = make_url("postgresql+psycopg://lab@host/lab?options=-c%20lock_timeout%3D5s")
    assert connect_arguments(url)["connect_timeout"] == 10
    monkeypatch.setenv("PGOPTIONS", "-c search_path=lab")
    monkeypatch.setenv("PGCONNECT_TIMEOUT", "77")
    said = connect_arguments(url)
    assert said["options"].endswith("=5min -c search_path=lab -c lock_timeout=5s")
    assert "connect_timeout" not in said


def test_a_server_that_hangs_holds_up_no_other_for_long(store: RunStore, settings: Settings) -> None:
    """It has a run's row locked; the address says for how long others wait."""
    run_id = store.create(SMALL).run_id
    url = make_url(settings.database_url).update_query_dict({"options": "-c lock_timeout=50ms"})
    database_url = url.render_as_string(hide_password=False)
    with closing(RunStore(settings.model_copy(update={"database_url": database_url}))) as other:
        with store.database.begin() as hanging:
            hanging.execute(update(RUNS).where(RUNS.c.run_id == run_id).values(name="held"))
            with pytest.raises(OperationalError, match="lock timeout"):
                other.rename(run_id, "another")
        other.rename(run_id, "another")
        assert store.summary(run_id).name == "another"


def test_a_connection_that_broke_is_made_again(store: RunStore) -> None:
    before = store.runs()
    with store.database.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"))
    assert store.runs() == before
