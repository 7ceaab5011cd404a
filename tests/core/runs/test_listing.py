"""Finding runs, on SQLite."""

from pathlib import Path

import pytest
from sqlalchemy import event

from core.runs.query import RunQuery
from core.runs.status import RunOrigin
from core.runs.store import RunStore
from core.settings import Settings
from tests.core.runs.listing_contract import ListingContract, filled, five  # noqa: F401 - fixtures


@pytest.fixture(scope="module")
def lasting_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home that outlives a test."""
    return Settings.from_environment({"DIGITLAB_HOME": str(tmp_path_factory.mktemp("home"))})


class TestSqlite(ListingContract):
    pass


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (RunQuery(has_weights=True, folded=False, limit=100), "ix_runs_created"),
        (RunQuery(has_test_accuracy=True, has_ended=True, folded=False, dataset="mnist", limit=24), "ix_runs_created"),
        (RunQuery(has_weights=True, owner="a" * 32, origin=RunOrigin.TRAINED, limit=1), "ix_runs_owner"),
        (RunQuery(has_weights=True, origin=RunOrigin.DEMO, limit=1), "ix_runs_origin"),
    ],
    ids=["offered", "tested on the same", "one’s own", "demo"],
)
def test_the_newest_are_found_without_sorting_all(tmp_path: Path, query: RunQuery, index: str) -> None:
    """What pages ask for in every rerun goes by the index that leaves little to be sorted."""
    store = RunStore(Settings(home=tmp_path))
    asked: list[tuple[str, tuple[object, ...]]] = []
    event.listen(store.database, "before_cursor_execute", lambda *said: asked.append((said[2], said[3])))
    store.listing.find(query)
    (statement, values) = asked[-1]
    with store.database.connect() as connection:
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
    store.close()
    assert index in plan[0]
