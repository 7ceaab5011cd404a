"""What the database has answered is kept until anything in it changes, and no longer."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from core.runs.kept import KeptAnswers
from core.runs.query import RunQuery
from core.runs.store import RunStore
from tests.core.conftest import OpenStore
from tests.core.runs.store_contract import started_run


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    engine = create_engine(f"sqlite:///{tmp_path / 'numbers.db'}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE numbers (number INTEGER)"))
    yield engine
    engine.dispose()


def add(database: Engine, number: int) -> None:
    with database.begin() as connection:
        connection.execute(text("INSERT INTO numbers VALUES (:number)"), {"number": number})


class Asked:
    """Counts how often the database was asked for its numbers."""

    def __init__(self, database: Engine) -> None:
        self.database, self.times = database, 0

    def __call__(self) -> list[int]:
        self.times += 1
        with self.database.connect() as connection:
            return list(connection.execute(text("SELECT number FROM numbers ORDER BY number")).scalars())


def test_an_answer_is_kept_until_a_change(database: Engine) -> None:
    kept, ask = KeptAnswers(database), Asked(database)
    assert [kept.get("numbers", ask) for _ in range(3)] == [[], [], []]
    assert ask.times == 1
    for number in (1, 2):
        add(database, number)
        assert [kept.get("numbers", ask) for _ in range(2)] == [list(range(1, number + 1))] * 2
    assert ask.times == 3
    assert kept.get("others", lambda: "x") == "x"
    kept.close()
    add(database, 3)
    assert kept.get("numbers", ask) == [1, 2, 3]
    kept.close()


def test_an_answer_that_was_overtaken_by_a_change_is_not_kept(database: Engine) -> None:
    kept = KeptAnswers(database)

    def overtaken() -> str:
        add(database, 1)
        kept.get("others", lambda: None)
        return "before the change"

    assert kept.get("numbers", overtaken) == "before the change"
    assert kept.get("numbers", lambda: "after it") == "after it"
    kept.close()


def test_what_cannot_be_watched_is_asked_each_time() -> None:
    database = create_engine("sqlite://")
    kept = KeptAnswers(database)
    assert [kept.get("numbers", lambda n=n: n) for n in range(2)] == [0, 1]
    database.dispose()


def test_two_stores_of_one_home_see_what_the_other_writes(open_store: OpenStore) -> None:
    mine, other = open_store(), open_store()
    run_id = started_run(mine, 1)
    wanted = RunQuery(text="ours", limit=10)
    for name in ("ours", "theirs", "ours again"):
        assert mine.summary(run_id).name == other.summary(run_id).name
        assert mine.listing.count(wanted) == len(mine.listing.find(wanted)) == ("ours" in mine.summary(run_id).name)
        other.rename(run_id, name)
        assert mine.summary(run_id).name == name
        assert mine.listing.count(wanted) == len(mine.listing.find(wanted)) == ("ours" in name)


def test_what_was_found_is_the_caller_s_own(store: RunStore) -> None:
    started_run(store, 1)
    found = store.listing.find(RunQuery(limit=10))
    found.clear()
    assert len(store.listing.find(RunQuery(limit=10))) == 1
