"""Runs: the table, disk use, rename, delete."""

from collections.abc import Iterator

import pytest
from sqlalchemy import delete, update
from streamlit.testing.v1 import AppTest

from core.config import TrainConfig
from core.runs.model_file import write_model
from core.runs.records import Run, RunOrigin, RunStatus
from core.runs.schema import RUNS
from core.runs.store import RunStore
from tests.app.conftest import OpenPage


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
    button(page, "Bring it in").click().run()
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
    assert table["Name"].iloc[-1] == "demo"
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
    button(page, "Delete for good").click().run()
    assert not store.exists(newer.run_id)
    assert store.exists(older.run_id)
    assert shown(page) == []
    assert "Delete for good" not in [button.label for button in page.button]
    assert page.session_state["runs_table"]["selection"]["rows"] == []


def test_what_is_open_for_a_run_belongs_to_it(open_page: OpenPage, two_runs: tuple[Run, Run]) -> None:
    page = open_page("runs")
    keys = [{b.key for b in select_row(page, row).button if b.label in ("Rename", "Delete for good")} for row in (0, 1)]
    assert [len(both) for both in keys] == [2, 2]
    assert keys[0].isdisjoint(keys[1])


def test_rename_takes_what_stands_in_the_field(open_page: OpenPage, store: RunStore, two_runs) -> None:
    newer, _ = two_runs
    page = select_row(open_page("runs"), 0)
    page.text_input(f"name_{newer.run_id}").set_value("_new_ name")
    button(page, "Rename").click().run()
    assert store.get(newer.run_id).name == "_new_ name"
    assert "Delete **\\_new\\_ name** and its weights" in words(page)
    assert "It \\*\\*failed\\*\\*." in words(page)


def test_a_model_that_was_brought_in_is_listed_at_once_and_once(open_page, store: RunStore, trained_run) -> None:
    page = open_page("runs")
    before = len(page.dataframe[0].value)
    brings_in(page, "b*e*st.safetensors", write_model(store.model(trained_run.run_id)))
    brought = store.runs()[0]
    assert len(page.dataframe[0].value) == before + 1
    assert page.dataframe[0].value["Name"].iloc[0] == "b*e*st"
    assert "It is here as b\\*e\\*st" in words(page)
    assert "Bring it in" not in [button.label for button in page.button]
    assert page.dataframe[0].value["Validation"].isna().iloc[0]
    page.run()
    assert "It is here as" not in words(page)
    store.delete(brought.run_id)


def test_a_model_that_cannot_be_read_is_named_as_the_user_knows_it(open_page: OpenPage, store: RunStore) -> None:
    before = len(store.runs())
    page = brings_in(open_page("runs"), "mine.safetensors", b"no such thing")
    assert "This file cannot be read: it is damaged or no safetensors file." in words(page)
    assert "Bring it in" in [button.label for button in page.button]
    assert len(store.runs()) == before


def test_one_run_takes_and_two_take() -> None:
    def script(count: int) -> None:
        from ui.runs.table import show_disk_use
        from ui.shell.resources import run_store

        show_disk_use([run_store().get("demo")] * count)

    one, two = (AppTest.from_function(script, args=(count,)).run().markdown[0].value for count in (1, 2))
    assert one.startswith("**1 run takes ")
    assert two.startswith("**2 runs take ")


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
        "1 run was written by a newer version of Digit Lab, or damaged: update Digit Lab to see it."
    ]
    assert unreadable.rpartition("-")[0] not in set(page.dataframe[0].value["Name"])


@pytest.mark.parametrize("name", ["train", "evaluate"])
def test_a_link_to_it_says_so(open_page: OpenPage, unreadable: str, name: str) -> None:
    page = open_page(name, run=unreadable)
    assert "cannot be read: a newer version of Digit Lab wrote it" in page.warning[0].value


@pytest.mark.parametrize("name", ["home", "learn", "train", "evaluate"])
def test_no_other_page_minds_it(open_page: OpenPage, unreadable: str, name: str) -> None:
    assert not open_page(name).exception
