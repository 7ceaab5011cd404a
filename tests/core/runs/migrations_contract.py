"""What every database does with the tables of an earlier or a later version: the same for SQLite and PostgreSQL."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, column, insert, inspect, table, text, update

from core.data.catalogue import load_splits
from core.errors import ConfigError, NewerVersionError
from core.runs.archive import bring_in_demo, import_run
from core.runs.migrations.upgrade import configuration
from core.runs.model_file import import_model, write_model
from core.runs.records import DEMO_RUN_ID
from core.runs.schema import METADATA, REVISIONS, VERSION
from core.runs.status import RunOrigin, RunStatus
from core.runs.store import RunStore
from core.settings import Settings
from core.training.events import EpochCompleted, TrainingStarted
from core.training.fit import fit
from tests.core.builders import ENVIRONMENT, SMALL, make_checkpoint, make_metrics, make_run
from tests.core.conftest import OpenStore
from tests.core.runs.store_contract import ended_run, in_threads, some_images

HOME = Path(__file__).parents[2] / "data" / "home-0.1.0"
SINCE_6 = ("exercise",)
SINCE_5 = ("tags", "notes", "reflection", "starred", "study", "thrown_away_by", *SINCE_6)
SINCE_3 = ("owner", "origin", *SINCE_5)
"""Columns of the table of runs that came with this version or later."""
RUN_IDS = ["bold-ibex-000003", "keen-heron-000002", "calm-otter-000001"]


def tables_of_the_first_version() -> list[tuple[str, str, list[dict[str, object]]]]:
    """Name, SQL and rows of each table, those that others refer to first."""
    with sqlite3.connect(f"file:{HOME / 'digitlab.db'}?mode=ro&immutable=1", uri=True) as connection:
        connection.row_factory = sqlite3.Row
        return [
            (name, sql, [dict(row) for row in connection.execute(f"SELECT * FROM {name}")])
            for name, sql in connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
        ]


def write_first_version(engine: Engine) -> None:
    """The tables of the home, and what is in them, in another database."""
    with engine.begin() as connection:
        for name, sql, rows in tables_of_the_first_version():
            connection.execute(text(sql))
            if rows:
                connection.execute(insert(table(name, *map(column, rows[0]))), rows)
        for name in ("status", "created"):
            connection.execute(text(f"CREATE INDEX ix_runs_{name} ON runs ({name})"))


def drop_columns(connection: Connection, *names: str) -> None:
    """From the table of runs, and their indices first: SQLite drops no column that has one; and later tables."""
    connection.execute(text("DROP TABLE IF EXISTS members"))
    for name in names:
        connection.execute(text(f"DROP INDEX IF EXISTS ix_runs_{name}"))
        connection.execute(text(f"ALTER TABLE runs DROP COLUMN {name}"))


@contextmanager
def connected(store: RunStore) -> Iterator[Connection]:
    with store.database.connect() as connection:
        yield connection


def version_of(store: RunStore) -> str:
    with connected(store) as connection:
        return connection.execute(text(f"SELECT version_num FROM {VERSION.name}")).scalar_one()


def differences(store: RunStore) -> list[object]:
    """Between the tables that are there and those that the code describes."""
    with connected(store) as connection:
        ours = {"include_name": lambda name, kind, _: kind != "table" or name in METADATA.tables}
        return compare_metadata(MigrationContext.configure(connection, opts=ours), METADATA)


def train_on(store: RunStore, run_id: str) -> None:
    """From its last checkpoint to its end, in this process."""
    config = store.get(run_id).config
    resume = store.files.load_checkpoint(run_id)
    for event in fit(config, load_splits(config, store.settings.home), resume=resume):
        if isinstance(event, TrainingStarted):
            store.record_start(run_id, event.environment)
        elif isinstance(event, EpochCompleted):
            store.record_epoch(run_id, event.metrics)
            store.record_checkpoint(run_id, event.checkpoint)
    store.record_status(run_id, RunStatus.COMPLETED)


class MigrationsContract:
    """Needs the fixtures ``settings`` and ``open_store``, and ``first_version``, which makes the home an old one."""

    @pytest.fixture
    def newer(self, open_store: OpenStore) -> SimpleNamespace:
        """A store whose tables a newer version has changed since, and the id of a stopped run in it."""
        store = open_store()
        run_id = ended_run(store)
        with store.database.begin() as connection:
            connection.execute(text("ALTER TABLE runs ADD COLUMN mood VARCHAR(16)"))
            connection.execute(update(VERSION).values(version_num="9999"))
        return SimpleNamespace(store=open_store(), run_id=run_id, before=store.get(run_id))

    def test_a_new_database_has_the_newest_tables(self, open_store: OpenStore) -> None:
        store = open_store()
        assert version_of(store) == REVISIONS[-1]
        assert differences(store) == []

    def test_the_code_knows_every_script(self, open_store: OpenStore) -> None:
        with connected(open_store()) as connection:
            scripts = list(ScriptDirectory.from_config(configuration(connection)).walk_revisions())
        assert tuple(script.revision for script in reversed(scripts)) == REVISIONS

    def test_tables_of_the_first_version_are_brought_up_to_date(
        self, first_version: Settings, open_store: OpenStore
    ) -> None:
        store = open_store()
        assert version_of(store) == REVISIONS[-1]
        assert differences(store) == []
        assert [run.run_id for run in store.runs()] == RUN_IDS
        assert [run.status.value for run in store.runs()] == ["interrupted", "stopped", "completed"]
        assert [len(store.get(run_id).epochs) for run_id in RUN_IDS] == [2, 2, 2]
        assert store.get("keen-heron-000002").epochs[-1].step == 5
        assert [store.get(run_id).early for run_id in RUN_IDS] == [()] * 3
        assert store.mark_interrupted() == []

    def test_runs_of_the_second_version_learn_where_they_come_from(
        self, first_version: Settings, open_store: OpenStore
    ) -> None:
        store = open_store()
        bring_in_demo(store)
        brought = import_model(store, write_model(store.model("calm-otter-000001")), "brought", owner="a" * 32)
        with store.database.begin() as connection:
            connection.execute(update(VERSION).values(version_num="0002"))
            connection.execute(text("DROP TABLE early_snapshots"))
            drop_columns(connection, *SINCE_3)
        again = open_store()
        assert differences(again) == []
        found = {run.run_id: (run.origin, run.owner) for run in again.runs()}
        told = {DEMO_RUN_ID: (RunOrigin.DEMO, None), brought.run_id: (RunOrigin.IMPORTED, None)}
        assert found == dict.fromkeys(RUN_IDS, (RunOrigin.TRAINED, None)) | told

    def test_runs_of_the_fourth_version_have_nothing_said_of_them(
        self, first_version: Settings, open_store: OpenStore
    ) -> None:
        store = open_store()
        before = store.runs()
        with store.database.begin() as connection:
            connection.execute(update(VERSION).values(version_num="0004"))
            drop_columns(connection, *SINCE_5)
            connection.execute(text("DROP INDEX ix_runs_owner"))
            connection.execute(text("DROP INDEX ix_runs_origin"))
        again = open_store()
        assert differences(again) == []
        assert again.runs() == before
        run = again.runs()[0]
        assert (run.tags, run.notes, run.reflection, run.starred, run.study) == ((), "", "", False, None)
        again.remark(run.run_id, tags=("kept",), starred=True)
        again.bin.put(RUN_IDS[-1])
        assert [run.run_id for run in open_store().runs()] == RUN_IDS[:-1]
        assert open_store().summary(run.run_id).tags == ("kept",)

    def test_runs_of_the_fifth_version_belong_to_no_exercise(
        self, first_version: Settings, open_store: OpenStore
    ) -> None:
        store = open_store()
        before = store.runs()
        with store.database.begin() as connection:
            connection.execute(update(VERSION).values(version_num="0005"))
            drop_columns(connection, *SINCE_6)
        again = open_store()
        assert differences(again) == []
        assert again.runs() == before
        assert {run.exercise for run in before} == {None}
        again.create(SMALL, "class-run-000001", owner="a" * 32, exercise="wide")
        again.members.join("wide", "a" * 32, "Mia")
        assert open_store().summary("class-run-000001").exercise == "wide"
        assert open_store().members.of("wide") == {"a" * 32: "Mia"}

    def test_opening_again_changes_nothing(self, first_version: Settings, open_store: OpenStore) -> None:
        first = open_store()
        before = [first.get(run_id).version for run_id in RUN_IDS]
        again = open_store()
        assert [again.get(run_id).version for run_id in RUN_IDS] == before
        assert version_of(again) == REVISIONS[-1]

    def test_many_bring_it_up_to_date_at_once(self, first_version: Settings, open_store: OpenStore) -> None:
        stores: list[RunStore] = []
        assert in_threads([lambda: stores.append(open_store())] * 4) == []
        assert [version_of(store) for store in stores] == [REVISIONS[-1]] * 4
        assert differences(stores[0]) == []

    def test_tables_of_others_are_left_alone(self, first_version: Settings, open_store: OpenStore) -> None:
        store = open_store()
        with store.database.begin() as connection:
            connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)"))
            connection.execute(text("INSERT INTO alembic_version VALUES ('v3.0.0.d')"))
            connection.execute(text(f"UPDATE {VERSION.name} SET version_num = '0001'"))
            connection.execute(text("DROP TABLE early_snapshots"))
            connection.execute(text("ALTER TABLE servers DROP COLUMN boot_id"))
            drop_columns(connection, "checkpoints", *SINCE_3)
        again = open_store()
        assert version_of(again) == REVISIONS[-1]
        with again.database.begin() as connection:
            assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "v3.0.0.d"
            assert set(inspect(connection).get_table_names()) == {"alembic_version", *METADATA.tables}
            connection.execute(text("DROP TABLE alembic_version"))

    def test_runs_of_the_first_version_are_continued(self, first_version: Settings, open_store: OpenStore) -> None:
        store = open_store()
        for run_id, epochs in (("keen-heron-000002", 4), ("bold-ibex-000003", 5)):
            store.requeue(run_id)
            train_on(store, run_id)
            run = store.get(run_id)
            assert (run.status, run.epochs_done) == (RunStatus.COMPLETED, float(epochs))
            assert [metrics.epoch for metrics in run.epochs if metrics.complete] == list(range(1, epochs + 1))
            assert store.files.load_checkpoint(run_id).epoch == epochs

    # --- a newer version ---

    def test_a_newer_database_is_read(self, newer: SimpleNamespace) -> None:
        store, run_id = newer.store, newer.run_id
        assert store.why_read_only == (
            "A newer version of Digit Lab has written this run store: its runs can be viewed here, but not changed. "
            "Update Digit Lab."
        )
        assert [run.run_id for run in store.runs()] == [run_id]
        assert store.get(run_id).version == newer.before.version
        assert store.model(run_id).run_id == run_id
        test = some_images()
        assert len(store.predictions(run_id, test).labels) == len(test)

    def test_a_newer_database_is_never_written(self, newer: SimpleNamespace, tmp_path: Path) -> None:
        store, run_id = newer.store, newer.run_id
        demo = Path(__file__).parents[3] / "demo"
        writes = (
            lambda: store.create(SMALL),
            lambda: store.requeue(run_id),
            lambda: store.record_start(run_id, ENVIRONMENT),
            lambda: store.record_epoch(run_id, make_metrics(2)),
            lambda: store.record_checkpoint(run_id, make_checkpoint(2)),
            lambda: store.record_status(run_id, RunStatus.FAILED),
            lambda: store.record_predictions(run_id, some_images().images[:, 0, :10].astype("f4"), 0.5, "x"),
            lambda: store.rename(run_id, "another"),
            lambda: store.delete(run_id),
            lambda: store.bin.put(run_id),
            lambda: store.bin.take_back(run_id),
            lambda: store.remark(run_id, starred=True),
            lambda: store.members.join("wide", "a" * 32, "Mia"),
            lambda: store.insert(make_run("elsewhere")),
            lambda: import_run(store, demo),
            lambda: bring_in_demo(store),
        )
        files = {path: path.read_bytes() for path in store.settings.home.glob("runs/**/*.*")}
        for write in writes:
            with pytest.raises(NewerVersionError) as caught:
                write()
            assert str(caught.value) == store.why_read_only
        # Nobody asked for these: they do nothing.
        store.count_test_look(run_id)
        assert store.mark_interrupted() == []
        assert store.bin.empty_after_others() == []
        store.lease().renew(store.database)
        with connected(store) as connection:
            assert connection.execute(text("SELECT COUNT(*) FROM servers")).scalar_one() <= 1
            assert connection.execute(text("SELECT COUNT(*) FROM runs")).scalar_one() == 1
        assert version_of(store) == "9999"
        assert store.get(run_id).version == newer.before.version
        assert {path: path.read_bytes() for path in store.settings.home.glob("runs/**/*.*")} == files

    def test_one_that_cannot_even_be_read_says_so(self, newer: SimpleNamespace, open_store: OpenStore) -> None:
        with newer.store.database.begin() as connection:
            connection.execute(text("ALTER TABLE runs DROP COLUMN environment"))
        with pytest.raises(
            ConfigError, match="was written by a newer version of Digit Lab, and this one cannot read it"
        ):
            open_store()
