"""Optuna's tables beside those of the run store: the same for SQLite and PostgreSQL."""

from pathlib import Path

import optuna
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, inspect, text, update

from core.errors import ConfigError, SearchError
from core.runs.schema import METADATA, REVISIONS, VERSION
from core.runs.store import RunStore
from core.search.searches import Book
from core.search.storage import open_storage
from core.settings import Settings
from tests.core.conftest import OpenStore
from tests.core.runs.migrations_contract import RUN_IDS, version_of
from tests.core.runs.store_contract import in_threads
from tests.core.search.fakes import plan_of

EARLIER = "v3.0.0.d"
SCRIPTS = Path(optuna.storages.__file__).parent / "_rdb" / "alembic" / "versions"


def optunas_version(database: Engine) -> str:
    with database.connect() as connection:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()


def write_earlier_optuna(database: Engine) -> None:
    """What a former version of Optuna would have left: made by its own scripts, a study in it."""
    config = Config()
    config.set_main_option("script_location", str(Path("core/search/migrations").resolve()))
    config.set_main_option("version_locations", str(SCRIPTS))
    config.set_main_option("path_separator", "os")
    with database.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, EARLIER)
        connection.execute(text("INSERT INTO version_info VALUES (1, 12, '3.0.0')"))
        connection.execute(text("INSERT INTO studies (study_name) VALUES ('theirs')"))
        directions = "INSERT INTO study_directions (direction, study_id, objective)"
        connection.execute(text(f"{directions} SELECT 'MAXIMIZE', study_id, 0 FROM studies"))


class StorageContract:
    """Needs the fixtures ``settings``, ``open_store`` and ``first_version``, as for the run store's own tables."""

    def database(self, settings: Settings) -> Engine:
        settings.make_home()
        return create_engine(settings.database_url or f"sqlite:///{settings.home / 'digitlab.db'}")

    def assert_both_work(self, store: RunStore) -> None:
        book = Book(store)
        study = book.create(plan_of(trials=1))
        asked = study.ask()
        study.tell(asked.number, 0.5)
        assert [record.name for record in book.records()] == [study.name]
        run_id = store.create(asked.config, study=study.name).run_id
        assert store.get(run_id).study == study.name
        assert version_of(store) == REVISIONS[-1]
        newest = open_storage(store.database)._backend
        assert optunas_version(store.database) == newest.get_head_version()
        tables = set(inspect(store.database).get_table_names())
        assert {"studies", "trials", "alembic_version", *METADATA.tables} <= tables

    def test_ours_first(self, open_store: OpenStore) -> None:
        self.assert_both_work(open_store())

    def test_optunas_first(self, settings: Settings, open_store: OpenStore) -> None:
        database = self.database(settings)
        optuna.storages.RDBStorage(database.url.render_as_string(hide_password=False)).engine.dispose()
        database.dispose()
        self.assert_both_work(open_store())

    def test_both_are_brought_up_to_date_ours_first(self, first_version: Settings, open_store: OpenStore) -> None:
        database = self.database(first_version)
        write_earlier_optuna(database)
        database.dispose()
        store = open_store()
        assert [run.run_id for run in store.runs()] == RUN_IDS
        assert optunas_version(store.database) == EARLIER
        self.assert_both_work(store)
        storage = open_storage(store.database)
        theirs = storage.get_study_id_from_name("theirs")
        assert storage.get_study_directions(theirs) == [optuna.study.StudyDirection.MAXIMIZE]

    def test_both_are_brought_up_to_date_optunas_first(self, first_version: Settings, open_store: OpenStore) -> None:
        database = self.database(first_version)
        write_earlier_optuna(database)
        open_storage(database)
        assert optunas_version(database) != EARLIER
        database.dispose()
        store = open_store()
        assert [run.run_id for run in store.runs()] == RUN_IDS
        self.assert_both_work(store)

    def test_opening_again_changes_nothing(self, open_store: OpenStore) -> None:
        store = open_store()
        name = Book(store).create(plan_of(trials=1)).name
        again = open_store()
        assert [record.name for record in Book(again).records()] == [name]
        assert again.why_read_only is None

    def test_many_open_it_at_once(self, open_store: OpenStore) -> None:
        stores = [open_store() for _ in range(3)]
        assert in_threads([lambda store=store: Book(store) for store in stores]) == []
        assert Book(stores[0]).records() == []

    def test_a_newer_optuna_is_named(self, open_store: OpenStore) -> None:
        store = open_store()
        Book(store)
        with store.database.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = 'v99.0.0.a'"))
        with pytest.raises(ConfigError, match="were written by a newer version of Optuna: update Digit Lab"):
            Book(store)

    def test_a_newer_run_store_is_not_searched_in(self, open_store: OpenStore) -> None:
        store = open_store()
        with store.database.begin() as connection:
            connection.execute(update(VERSION).values(version_num="9999"))
        with pytest.raises(SearchError, match="A newer version of Digit Lab has written this run store"):
            Book(open_store())
        assert "studies" not in inspect(store.database).get_table_names()
