"""Runs: the table, disk use, rename, delete."""

from collections.abc import Iterator

import pytest
from sqlalchemy import delete, update
from streamlit.testing.v1 import AppTest

from core.config import TrainConfig
from core.errors import RunError
from core.runs.model_file import write_model
from core.runs.records import DEMO_RUN_ID, Run
from core.runs.reflection import Reflection
from core.runs.schema import RUNS
from core.runs.status import RunOrigin, RunStatus
from core.runs.store import RunStore
from tests.app.conftest import OpenPage
from ui.runs.bin import _ToEmpty
from ui.runs.table import taken_words


def words(page: AppTest) -> str:
    return "\n".join(element.value for element in [*page.markdown, *page.caption, *page.error, *page.success])


def button(page: AppTest, label: str) -> object:
    return next(button for button in page.button if button.label == label)


def select_row(page: AppTest, row: int) -> AppTest:
    page.session_state["runs_table"] = {"selection": {"rows": [row], "columns": [], "cells": []}}
    page.run()
    assert not page.exception, page.exception
    return page


def shown(page: AppTest) -> list[str]:
    """Names of the runs that can be renamed: none or the selected one."""
    return [field.value for field in page.text_input if field.label == "Name"]


def brings_in(page: AppTest, name: str, data: bytes) -> AppTest:
    next(iter(page.file_uploader)).set_value((name, data, "application/octet-stream"))
    page.run()
    button(page, "Import").click().run()
    assert not page.exception, page.exception
    return page


@pytest.fixture
def two_runs(store: RunStore) -> Iterator[tuple[Run, Run]]:
    """The newest two, first the newer."""
    older, newer = (store.create(TrainConfig(seed=seed)) for seed in (801, 802))
    for run in (older, newer):
        store.record_status(run.run_id, RunStatus.FAILED, "It **failed**.")
    yield newer, older
    for run in (older, newer):
        if store.exists(run.run_id):
            store.delete(run.run_id)


def test_lists_every_run_with_its_numbers(open_page, trained_run, store: RunStore) -> None:
    page = open_page("runs")
    table = page.dataframe[0].value
    assert len(table) == sum(run.origin is not RunOrigin.EXPERIMENT for run in store.runs())
    assert "demo" in set(table["Name"])
    mine = table[table["Name"] == trained_run.name].iloc[0]
    assert mine["Network"] == "784-16-10"
    assert mine["Validation"] == pytest.approx(100 * trained_run.val_accuracy)
    assert f"{len(store.runs())} runs take" in words(page)


def test_disk_use_is_what_the_files_take(trained_run, store: RunStore) -> None:
    folder = store.files.folder(trained_run.run_id)
    assert store.files.usage(trained_run.run_id) == sum(path.stat().st_size for path in folder.iterdir())


def test_a_run_without_weights_is_listed(open_page, store: RunStore) -> None:
    run = store.create(TrainConfig(seed=77))
    store.record_status(run.run_id, RunStatus.FAILED, "The loss was no longer a finite number.")
    page = open_page("runs")
    assert run.name in set(page.dataframe[0].value["Name"])
    store.delete(run.run_id)
    assert run.run_id not in {other.run_id for other in store.runs()}


def test_the_selection_stays_with_its_run(open_page: OpenPage, store: RunStore, two_runs: tuple[Run, Run]) -> None:
    """A run that appears on top moves every row down."""
    newer, _ = two_runs
    page = select_row(open_page("runs"), 0)
    assert shown(page) == [newer.name]
    another = store.create(TrainConfig(seed=803))
    page.run()
    assert page.dataframe[0].value["Name"].iloc[0] == another.name
    assert shown(page) == [newer.name]
    assert page.session_state["runs_table"]["selection"]["rows"] == [1]
    store.record_status(another.run_id, RunStatus.FAILED, "")
    store.delete(another.run_id)
    page.run()
    assert shown(page) == [newer.name]


def test_after_a_delete_nothing_is_selected(open_page: OpenPage, store: RunStore, two_runs: tuple[Run, Run]) -> None:
    newer, older = two_runs
    page = select_row(open_page("runs"), 0)
    button(page, "Delete").click().run()
    assert not store.exists(newer.run_id)
    assert store.exists(older.run_id)
    assert shown(page) == []
    assert "Delete" not in [button.label for button in page.button]
    assert page.session_state["runs_table"]["selection"]["rows"] == []
    button(page, "Undo").click().run()
    assert store.exists(newer.run_id)
    assert "Undo" not in [button.label for button in page.button]


def test_what_is_open_for_a_run_belongs_to_it(open_page: OpenPage, two_runs: tuple[Run, Run]) -> None:
    page = open_page("runs")
    keys = [{b.key for b in select_row(page, row).button if b.label in ("Rename", "Delete")} for row in (0, 1)]
    assert [len(both) for both in keys] == [2, 2]
    assert keys[0].isdisjoint(keys[1])


def test_rename_takes_what_stands_in_the_field(open_page: OpenPage, store: RunStore, two_runs) -> None:
    newer, _ = two_runs
    page = select_row(open_page("runs"), 0)
    assert "It \\*\\*failed\\*\\*." in words(page)
    page.text_input(f"name_{newer.run_id}").set_value("_new_ name")
    button(page, "Rename").click().run()
    assert store.get(newer.run_id).name == "_new_ name"
    button(page, "Delete").click().run()
    assert "Deleted **\\_new\\_ name**" in words(page)
    button(page, "Undo").click().run()


def test_a_model_that_was_brought_in_is_listed_at_once_and_once(open_page, store: RunStore, trained_run) -> None:
    page = open_page("runs")
    before = len(page.dataframe[0].value)
    brings_in(page, "b*e*st.safetensors", write_model(store.model(trained_run.run_id)))
    brought = store.runs()[0]
    assert len(page.dataframe[0].value) == before + 1
    assert page.dataframe[0].value["Name"].iloc[0] == "b*e*st"
    assert "Imported as b\\*e\\*st" in words(page)
    assert "Import" not in [button.label for button in page.button]
    assert page.dataframe[0].value["Validation"].isna().iloc[0]
    page.run()
    assert "Imported as" not in words(page)
    store.delete(brought.run_id)


def test_a_model_that_cannot_be_read_is_named_as_the_user_knows_it(open_page: OpenPage, store: RunStore) -> None:
    before = len(store.runs())
    page = brings_in(open_page("runs"), "mine.safetensors", b"no such thing")
    assert "This file cannot be read: it is damaged or not a safetensors file." in words(page)
    assert "Import" in [button.label for button in page.button]
    assert len(store.runs()) == before


def test_one_run_takes_and_two_take() -> None:
    assert taken_words(1, 400_000) == "1 run takes 0.4 MB on disk."
    assert taken_words(2, 400_000) == "2 runs take 0.4 MB on disk."


def select_rows(page: AppTest, *rows: int) -> AppTest:
    page.session_state["runs_table"] = {"selection": {"rows": list(rows), "columns": [], "cells": []}}
    page.run()
    assert not page.exception, page.exception
    return page


def test_several_are_compared_marked_and_deleted_together(open_page: OpenPage, store: RunStore, two_runs) -> None:
    newer, older = two_runs
    page = select_rows(open_page("runs"), 0, 1)
    assert "**2 runs selected**" in words(page)
    (link,) = [found.proto for found in page.get("page_link") if found.proto.label == "Compare 2 runs"]
    assert link.page == "compare"
    assert link.query_string == f"runs={newer.run_id}%2C{older.run_id}"
    button(page, "Star").click().run()
    page.text_input(key="tag_for_all").set_value("Pair, pair two").run()
    button(page, "Add tag").click().run()
    found = [store.summary(run.run_id) for run in two_runs]
    assert [(run.starred, run.tags) for run in found] == [(True, ("pair", "pair two"))] * 2
    button(page, "Delete 2 runs").click().run()
    assert not any(store.exists(run.run_id) for run in two_runs)
    assert all(store.files.folder(run.run_id).exists() == bool(store.files.usage(run.run_id)) for run in two_runs)
    button(page, "Undo").click().run()
    assert [store.summary(run.run_id) for run in two_runs] == found


def test_the_button_counts_what_it_deletes(open_page: OpenPage, store: RunStore, two_runs) -> None:
    page = open_page("runs")
    place = list(page.dataframe[0].value["Name"]).index(store.get(DEMO_RUN_ID).name)
    page = select_rows(page, 0, 1, place)
    assert "**3 runs selected**" in words(page)
    assert "1 run cannot be deleted: the demo run stays" in words(page)
    button(page, "Delete 2 runs").click().run()
    assert not page.error
    assert not any(store.exists(run.run_id) for run in two_runs)


def test_what_was_deleted_goes_for_good_with_its_session(store: RunStore, two_runs) -> None:
    newer, older = two_runs
    for run in two_runs:
        store.bin.put(run.run_id)
    session = _ToEmpty(store, {newer.run_id})
    session.empty()
    with pytest.raises(RunError, match="deleted for good"):
        store.bin.take_back(newer.run_id)
    store.bin.take_back(older.run_id)
    assert store.exists(older.run_id)


def test_tags_notes_and_star_of_one_run(open_page: OpenPage, store: RunStore, two_runs) -> None:
    newer, _ = two_runs
    page = select_row(open_page("runs"), 0)
    button(page, "Star").click().run()
    page.text_area(key=f"notes_{newer.run_id}").set_value("Wide.\nToo wide?").run()
    run = store.summary(newer.run_id)
    assert (run.starred, run.notes) == (True, "Wide.\nToo wide?")
    assert "Remove star" in [button.label for button in page.button]
    assert page.dataframe[0].value["Star"].iloc[0] == "★"


def test_a_reflection_is_a_column_and_is_found_by_its_words(open_page: OpenPage, store: RunStore, two_runs) -> None:
    newer, _ = two_runs
    store.remark(newer.run_id, reflection=Reflection(expected="Zebras.", change="More\nstripes").text)
    page = open_page("runs", find="STRIPES", columns="name,reflection")
    said = "What I expected Zebras.  What I would change More stripes"
    assert page.dataframe[0].value.to_numpy().tolist() == [[newer.name, said]]


def test_filters_order_and_columns_are_in_the_address(open_page: OpenPage, store: RunStore, two_runs) -> None:
    newer, older = two_runs
    store.remark(newer.run_id, tags=("paper",), starred=True)
    page = open_page("runs", find=newer.name.upper(), tag="paper", starred="true", columns="name,seed,bias")
    table = page.dataframe[0].value
    assert table.columns.tolist() == ["Name", "Seed", "Biases"]
    assert table.to_numpy().tolist() == [[newer.name, 802, "on"]]
    page = open_page("runs", order_by="seed", status="failed")
    assert page.dataframe[0].value["Name"].tolist()[:2] == [newer.name, older.name]
    page = open_page("runs", order_by="seed", ascending="true", columns="seed")
    assert page.dataframe[0].value["Seed"].is_monotonic_increasing
    page = open_page("runs", find="no such run anywhere")
    assert not page.dataframe
    assert "No run matches" in page.info[0].value


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"order_by": "mood"}, "Runs cannot be sorted by “mood”."),
        ({"columns": "name,mood"}, "There is no column “name,mood”"),
        ({"status": "paused"}, "There is no status “paused”"),
        ({"tag": "x"}, "No run has the tag “x”."),
        ({"runs_page": "9"}, "There is no page “9”"),
    ],
)
def test_a_bad_value_gets_one_sentence(open_page: OpenPage, query: dict[str, str], sentence: str) -> None:
    page = open_page("runs", **query)
    (warning,) = page.warning
    assert sentence in warning.value
    assert len(page.dataframe) == 1


@pytest.fixture
def unreadable(store: RunStore) -> Iterator[str]:
    """The newest run, as if a newer version had written it."""
    run_id = store.create(TrainConfig(seed=803)).run_id
    store.record_status(run_id, RunStatus.STOPPED)
    row = RUNS.c.run_id == run_id
    with store.database.begin() as connection:
        connection.execute(update(RUNS).where(row).values(config='{"mood": "calm"}', epochs_done=1.0))
    yield run_id
    with store.database.begin() as connection:
        connection.execute(delete(RUNS).where(row))


def test_a_run_of_a_newer_version_is_one_sentence(open_page: OpenPage, unreadable: str) -> None:
    page = open_page("runs")
    assert [warning.value for warning in page.warning] == [
        "1 run was written by a newer version of Digit Lab, or damaged: update Digit Lab to see it, or delete it below."
    ]
    assert unreadable.rpartition("-")[0] not in set(page.dataframe[0].value["Name"])


def test_it_can_be_deleted_and_taken_back(open_page: OpenPage, store: RunStore, unreadable: str) -> None:
    page = open_page("runs")
    assert f"`{unreadable}` · stopped" in words(page)
    page.button(f"delete_unreadable_{unreadable}").click().run()
    assert not page.exception
    assert not [*page.warning, *page.error]
    assert store.listing.unreadable() == []
    button(page, "Undo").click().run()
    assert store.listing.unreadable() == [unreadable]
    assert page.button(f"delete_unreadable_{unreadable}")


def test_only_by_those_who_may_change_it(open_page: OpenPage, store: RunStore, unreadable: str) -> None:
    with store.database.begin() as connection:
        connection.execute(update(RUNS).where(RUNS.c.run_id == unreadable).values(owner="f" * 32))
    page = open_page("runs")
    assert page.button(f"delete_unreadable_{unreadable}").disabled
    assert "somebody else started it" in page.button(f"delete_unreadable_{unreadable}").help
    # A browser can send anything.
    with store.database.begin() as connection:
        connection.execute(update(RUNS).where(RUNS.c.run_id == unreadable).values(owner=None))
    page = open_page("runs")
    with store.database.begin() as connection:
        connection.execute(update(RUNS).where(RUNS.c.run_id == unreadable).values(owner="f" * 32))
    page.button(f"delete_unreadable_{unreadable}").click().run()
    assert "somebody else started it" in page.error[0].value
    assert store.listing.unreadable() == [unreadable]


@pytest.mark.parametrize("name", ["train", "evaluate"])
def test_a_link_to_it_says_so(open_page: OpenPage, unreadable: str, name: str) -> None:
    page = open_page(name, run=unreadable)
    assert "cannot be read: a newer version of Digit Lab wrote it" in page.warning[0].value


@pytest.mark.parametrize("name", ["home", "learn", "train", "evaluate"])
def test_no_other_page_minds_it(open_page: OpenPage, unreadable: str, name: str) -> None:
    assert not open_page(name).exception
