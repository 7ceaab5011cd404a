"""Finding runs: the same for SQLite and PostgreSQL, against what Python finds among all of them."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, func, select, update

from core.config import TrainConfig
from core.data.dataset import DIGIT_NAMES
from core.runs.query import ORDERS, RunQuery
from core.runs.records import Run
from core.runs.schema import RUNS
from core.runs.status import RunOrigin, RunStatus
from core.runs.store import RunStore
from core.settings import Settings
from tests.core.builders import make_run

CONFIGS = (
    TrainConfig(hidden_size=64, learning_rate=0.001, seed=1, filters=4, temperature=1.5, bias=False),
    TrainConfig(hidden_size=8, learning_rate=1e-05, seed=11, dropout=0.5, filters=16, teacher="r-1", teacher_share=0.2),
    TrainConfig(hidden_size=128, learning_rate=0.01, activation="tanh", seed=1, teacher_share=0.9, corrections="1:5:3"),
    TrainConfig(hidden_size=8, dataset="shapes_1", activation="sigmoid"),
    TrainConfig(hidden_size=8, dataset="shapesx1"),
)
CLASSES = (("ring", "größe"), ("Ring", "größe"), DIGIT_NAMES)
"""As runs 0, 1 and all others have them: the first two differ in one letter's case."""
OLD = ("hidden_size", "hidden_layers", "learning_rate", "batch_size", "epochs", "seed", "dataset", "activation")
"""Settings that the row of run 3 says: it was written before there were any others."""
MOMENT = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def five(store: RunStore) -> list[Run]:
    """Five runs, newest first, in a store that the test may change."""
    return insert_five(store)


@pytest.fixture(scope="module")
def filled(lasting_settings: Settings) -> Iterator[tuple[RunStore, list[Run]]]:
    """A store with the five runs, which nobody changes."""
    with closing(RunStore(lasting_settings)) as store:
        yield store, insert_five(store)


def insert_five(store: RunStore) -> list[Run]:
    said = (
        {"tags": ("paper", "größe"), "starred": True, "owner": "a" * 32},
        {"notes": "Too WIDE, 100% sure", "origin": RunOrigin.EXPERIMENT, "val_accuracy": None},
        {"tags": ("paper two",), "origin": RunOrigin.SEARCH, "study": "wide_or-deep", "status": RunStatus.STOPPED},
        {"epochs_done": 0.0, "test_accuracy": None, "owner": "a" * 32, "exercise": "wide"},
        {"val_accuracy": 0.5, "seconds": 900.0, "name": "Übung 1"},
    )
    for number, (config, changes) in enumerate(zip(CONFIGS, said, strict=True)):
        run = replace(make_run(f"run-{number}", epochs=0, config=config), **{"name": f"name-{number}"} | changes)
        environment = replace(run.environment, class_names=CLASSES[min(number, 2)])
        store.insert(replace(run, created=MOMENT - timedelta(minutes=number), environment=environment))
    old = json.dumps({name: getattr(CONFIGS[3], name) for name in OLD})
    with store.database.begin() as connection:
        connection.execute(update(RUNS).where(RUNS.c.run_id == "run-3").values(config=old))
    return store.runs()


def numbers(runs: list[Run]) -> list[int]:
    return [int(run.run_id[-1]) for run in runs]


class ListingContract:
    """Needs the fixtures ``store`` and ``five``, and ``filled`` for the tests that only read."""

    @pytest.mark.parametrize(
        ("query", "meant"),
        [
            (RunQuery(), lambda _: True),
            (RunQuery(text="NAME-3"), lambda run: run.name == "name-3"),
            (RunQuery(text="wide 100%"), lambda run: "WIDE" in run.notes),
            (
                RunQuery(text="wide"),
                lambda run: "WIDE" in run.notes or run.study is not None or run.exercise is not None,
            ),
            (RunQuery(text="größe paper"), lambda run: "größe" in run.tags),
            (RunQuery(text="%"), lambda run: "%" in run.notes),
            (RunQuery(text="no\0thing"), lambda _: False),
            (RunQuery(text="'; DROP TABLE runs; --"), lambda _: False),
            (RunQuery(tags=("paper",)), lambda run: "paper" in run.tags),
            (RunQuery(tags=("größe", "paper")), lambda run: "größe" in run.tags),
            (RunQuery(tags=('"',)), lambda _: False),
            (RunQuery(starred=True), lambda run: run.starred),
            (RunQuery(has_weights=True), lambda run: run.epochs_done > 0),
            (RunQuery(has_test_accuracy=True), lambda run: run.test_accuracy is not None),
            (RunQuery(has_ended=True), lambda run: not run.status.is_active),
            (RunQuery(folded=False), lambda run: not run.origin.is_folded),
            (RunQuery(class_names=CLASSES[0]), lambda run: run.class_names == CLASSES[0]),
            (RunQuery(class_names=CLASSES[1]), lambda run: run.class_names == CLASSES[1]),
            (RunQuery(class_names=CLASSES[2]), lambda run: run.class_names == CLASSES[2]),
            (RunQuery(class_names=("%",)), lambda _: False),
            (RunQuery(dataset="shapes_1"), lambda run: run.config.dataset == "shapes_1"),
            (RunQuery(origin=RunOrigin.SEARCH), lambda run: run.origin is RunOrigin.SEARCH),
            (RunQuery(status=RunStatus.STOPPED), lambda run: run.status is RunStatus.STOPPED),
            (RunQuery(study="wide_or-deep"), lambda run: run.study == "wide_or-deep"),
            (RunQuery(owner="a" * 32, has_weights=True), lambda run: run.owner is not None and run.epochs_done > 0),
            (RunQuery(exercise="wide"), lambda run: run.exercise == "wide"),
            (RunQuery(unowned=True), lambda run: run.owner is None),
            (RunQuery(ids=("run-1", "run-4", "run-9")), lambda run: run.run_id in ("run-1", "run-4")),
            (RunQuery(configs=CONFIGS[1:3]), lambda run: run.config in CONFIGS[1:3]),
            (RunQuery(configs=(CONFIGS[0].replace(dropout=0.1),)), lambda _: False),
        ],
    )
    def test_finds_what_is_meant(
        self, filled: tuple[RunStore, list[Run]], query: RunQuery, meant: Callable[[Run], bool]
    ) -> None:
        store, five = filled
        wanted = [run for run in five if meant(run)]
        assert store.listing.find(query) == wanted
        if not query.configs:
            assert store.listing.count(query) == len(wanted)
        assert store.listing.first(query) == next(iter(wanted), None)

    @pytest.mark.parametrize("words", ["übung", "1 ÜBUNG"])
    def test_finds_capitals_beyond_ascii(self, filled: tuple[RunStore, list[Run]], words: str) -> None:
        store, five = filled
        if store.database.dialect.name == "postgresql":
            with store.database.connect() as connection:
                if connection.scalar(select(func.lower("Ü"))) != "ü":
                    pytest.skip("the locale of this PostgreSQL knows the letters of ASCII alone")
        assert store.listing.find(RunQuery(text=words)) == [run for run in five if run.name == "Übung 1"]

    @pytest.mark.parametrize("descending", [True, False])
    @pytest.mark.parametrize("order", [*ORDERS, *TrainConfig.model_fields])
    def test_sorts_by_every_column_and_setting(
        self, filled: tuple[RunStore, list[Run]], order: str, descending: bool
    ) -> None:
        store, five = filled

        def value(run: Run) -> object:
            found = getattr(run, order) if order in ORDERS else getattr(run.config, order)
            return str(found) if isinstance(found, RunStatus) else found

        known = [run for run in five if value(run) is not None]
        wanted = sorted(known, key=value, reverse=descending) + [run for run in five if value(run) is None]
        found = store.listing.find(RunQuery(order=order, descending=descending))
        assert [value(run) for run in found] == [value(run) for run in wanted]
        assert sorted(numbers(found)) == [0, 1, 2, 3, 4]

    def test_of_equal_ones_the_newest_is_first_and_pages_follow_each_other(
        self, filled: tuple[RunStore, list[Run]]
    ) -> None:
        store, _ = filled
        assert numbers(store.listing.find(RunQuery(order="hidden_size", descending=False))) == [1, 3, 4, 0, 2]
        pages = [store.listing.find(RunQuery(limit=2, offset=offset)) for offset in (0, 2, 4, 6)]
        assert [numbers(page) for page in pages] == [[0, 1], [2, 3], [4], []]

    def test_what_cannot_be_read_hides_nothing_else(self, store: RunStore, five: list[Run]) -> None:
        for damage in ("{", "", '{"learning_rate": 1e}', '{"epochs": "\\u0000"}', "{nonsense}"):
            with store.database.begin() as connection:
                connection.execute(update(RUNS).where(RUNS.c.run_id == "run-0").values(config=damage))
            assert numbers(store.listing.find(RunQuery(order="learning_rate", descending=False))) == [1, 3, 4, 2]
            assert numbers(store.listing.find(RunQuery(order="epochs"))) == [1, 2, 3, 4]
        assert store.listing.first(RunQuery()) == five[1]
        assert store.listing.unreadable() == ["run-0"]

    def test_those_that_could_be_read_are_not_read_again(self, store: RunStore, five: list[Run]) -> None:
        assert store.listing.unreadable() == []
        with read_rows(store) as counts:
            assert store.listing.unreadable() == []
        assert sum(counts) == 0
        store.insert(replace(five[0], run_id="run-5"))
        with store.database.begin() as connection:
            connection.execute(update(RUNS).where(RUNS.c.run_id == "run-5").values(config='{"mood": "calm"}'))
        assert store.listing.unreadable() == ["run-5"]
        store.delete("run-4")
        store.bin.put("run-0")
        assert store.listing.unreadable() == ["run-5"]

    def test_a_version_changes_with_its_run(self, store: RunStore, five: list[Run]) -> None:
        before = store.listing.versions(RunQuery())
        assert before.keys() == {run.run_id for run in five}
        assert store.listing.versions(RunQuery(exercise="wide")) == {"run-3": before["run-3"]}
        for query in (RunQuery(limit=2), RunQuery(limit=2, offset=1), RunQuery(order="name", limit=3)):
            assert list(store.listing.versions(query)) == [run.run_id for run in store.listing.find(query)]
        store.rename("run-1", "another")
        with store.database.begin() as connection:
            connection.execute(update(RUNS).where(RUNS.c.run_id == "run-2").values(epochs_done=3.0))
        after = store.listing.versions(RunQuery())
        assert {run_id for run_id in before if before[run_id] != after[run_id]} == {"run-1", "run-2"}

    def test_tags_are_those_of_the_runs_that_are_there(self, store: RunStore, five: list[Run]) -> None:
        assert store.listing.tags() == ["größe", "paper", "paper two"]
        store.bin.put("run-0")
        assert store.listing.tags() == ["paper two"]


@contextmanager
def read_rows(store: RunStore) -> Iterator[list[int]]:
    """A 1 for each statement that reads runs whole, a 0 for every other."""
    counts: list[int] = []

    def count(*arguments: object) -> None:
        counts.append(int("runs.config" in str(arguments[2]).partition("FROM")[0]))

    event.listen(store.database, "before_cursor_execute", count)
    yield counts
    event.remove(store.database, "before_cursor_execute", count)
