"""More runs than a select box holds: found by words, and never read all for one rerun."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import delete

from benchmarks.many_runs import fill
from core.runs import listing, rows
from core.runs.records import DEMO_RUN_ID
from core.runs.schema import RUNS
from core.runs.store import RunStore
from tests.app.conftest import OpenPage
from ui.choices.run import MOST_OFFERED

COUNT = 450


@pytest.fixture(scope="module")
def many(store: RunStore) -> Iterator[list[str]]:
    """Oldest first; a third are trials of a search."""
    run_ids = fill(store, COUNT)
    store.listing.unreadable()
    yield run_ids
    with store.database.begin() as connection:
        connection.execute(delete(RUNS).where(RUNS.c.run_id.in_(run_ids)))


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ids of the runs that are read, one for each time."""
    ids: list[str] = []
    plain: Callable = rows.run_from_row

    def count(row, *arguments):
        ids.append(row.run_id)
        return plain(row, *arguments)

    monkeypatch.setattr(rows, "run_from_row", count)
    monkeypatch.setattr(listing, "run_from_row", count)
    return ids


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("home", {}),
        ("train", {}),
        ("evaluate", {}),
        ("errors", {}),
        ("draw", {}),
        ("runs", {}),
        ("compare", {"runs": DEMO_RUN_ID}),
        ("learn", {"part": "walk"}),
    ],
)
def test_no_page_reads_all_of_them(open_page: OpenPage, many: list[str], read: list[str], name: str, query) -> None:
    page = open_page(name, **query)
    read.clear()
    page.run()
    assert not page.exception
    # What is offered, and a few dozen that are looked at one by one.
    assert len(read) < MOST_OFFERED + 160


def test_words_find_those_that_are_not_offered(open_page: OpenPage, many: list[str]) -> None:
    page = open_page("evaluate")
    names = [run_id.rpartition("-")[0] for run_id in many]
    # Of names made by chance some are alike.
    oldest = next(run_id for run_id, name in zip(many[1::3], names[1::3], strict=True) if names.count(name) == 1)
    assert len(page.selectbox(key="run").options) <= MOST_OFFERED + 1
    assert not any(oldest.rpartition("-")[0] in label for label in page.selectbox(key="run").options)
    page.text_input(key="run_finder").set_value(oldest).run()
    assert len(page.selectbox(key="run").options) == 2
    page.selectbox(key="run").select(oldest).run()
    assert page.query_params["run"] == oldest
    page.text_input(key="run_finder").set_value("no such words").run()
    assert any("No run has these words" in caption.value for caption in page.caption)
    assert page.selectbox(key="run").value == oldest


def test_the_table_goes_by_pages_and_folds_trials(open_page: OpenPage, many: list[str], store: RunStore) -> None:
    page = open_page("runs", runs_page="2")
    assert len(page.dataframe[0].value) == 50
    assert not any("trained for a search" in origin for origin in page.dataframe[0].value["Origin"])
    page = open_page("runs", study="many", ascending="true")
    names = page.dataframe[0].value["Name"].tolist()
    assert names == [store.summary(run_id).name for run_id in many[::3][:50]]
