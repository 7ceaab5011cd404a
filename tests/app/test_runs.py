"""Runs: the table, disk use, rename, delete."""

import pytest
from streamlit.testing.v1 import AppTest

from core.config import TrainConfig
from core.runs.records import RunStatus
from core.runs.store import RunStore


def words(page: AppTest) -> str:
    return "\n".join(element.value for element in [*page.markdown, *page.caption, *page.error])


def test_lists_every_run_with_its_numbers(open_page, trained_run, store: RunStore) -> None:
    page = open_page("runs")
    table = page.dataframe[0].value
    assert len(table) == len(store.runs())
    assert table["Name"].iloc[-1] == "demo"
    mine = table[table["Name"] == trained_run.name].iloc[0]
    assert mine["Network"] == "784-16-10"
    assert mine["Validation"] == pytest.approx(trained_run.val_accuracy)
    assert f"{len(table)} runs take" in words(page)


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
