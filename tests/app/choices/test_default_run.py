"""Which run a page opens with: my own last one, else the demo; and that opening it is no look at its test set."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from core.config import TrainConfig
from core.runs.records import DEMO_RUN_ID, Run
from core.runs.status import RunOrigin
from core.runs.store import RunStore
from tests.app.conftest import discard

ME, OTHER = "a" * 32, "b" * 32
pytestmark = pytest.mark.usefixtures("me")
FUTURE = datetime.now(UTC) + timedelta(days=1)


@pytest.fixture
def newest(store: RunStore, trained_run: Run) -> Iterator:
    """``newest("mine", owner=ME)``: a run that is newer than all that are there."""
    made: list[str] = []

    def make(run_id: str, **changes: object) -> Run:
        created = FUTURE + timedelta(minutes=len(made))
        run = replace(trained_run, run_id=run_id, name=run_id, created=created, test_looks=0, **changes)
        source, folder = (store.files.folder(one) for one in (trained_run.run_id, run_id))
        folder.mkdir(parents=True, exist_ok=True)
        for path in source.iterdir():
            (folder / path.name).write_bytes(path.read_bytes())
        store.insert(run)
        made.append(run_id)
        return run

    yield make
    for run_id in made:
        store.delete(run_id)


def shown(page: AppTest) -> str:
    return page.selectbox(key="run").value


def headings(page: AppTest) -> list[str]:
    return [heading.value for heading in [*page.header, *page.subheader]]


def watched(page: AppTest) -> str:
    """The run that Train has folded away below the settings, which are others."""
    return next(found.label for found in page.expander if "run: " in found.label)


def test_it_is_the_demo_until_this_browser_has_trained(open_page, newest) -> None:
    newest("theirs-000001", owner=OTHER)
    newest("nobodys-000001", owner=None)
    assert shown(open_page("evaluate")) == DEMO_RUN_ID
    assert "The demo run" in headings(open_page("home"))
    assert watched(open_page("train")).startswith("The demo run")


def test_it_is_my_last_one_and_no_experiment_of_mine(open_page, newest) -> None:
    newest("older-000001", owner=ME)
    mine = newest("mine-000001", owner=ME)
    newest("poor-000001", owner=ME, origin=RunOrigin.EXPERIMENT)
    newest("brought-000001", owner=ME, origin=RunOrigin.IMPORTED)
    newest("theirs-000001", owner=OTHER)
    page = open_page("evaluate")
    assert (shown(page), page.query_params["run"]) == (mine.run_id, mine.run_id)
    assert any(heading.startswith("Your latest run: mine") for heading in headings(open_page("home")))
    assert "mine-000001" in watched(open_page("train"))


@pytest.mark.slow
def test_experiments_are_marked_and_folded_in_lists(open_page, newest) -> None:
    poor = newest("poor-000001", owner=ME, origin=RunOrigin.EXPERIMENT)
    page = open_page("evaluate")
    assert not any("poor-000001" in label for label in page.selectbox(key="run").options)
    page.toggle(key="with_experiments").set_value(True).run()
    assert any("poor-000001" in label and label.endswith("· experiment") for label in page.selectbox(key="run").options)
    assert shown(open_page("evaluate", run=poor.run_id)) == poor.run_id
    page = open_page("runs")
    assert "poor-000001" not in set(page.dataframe[0].value["Name"])
    page.toggle(key="with_experiments").set_value(True).run()
    table = page.dataframe[0].value.set_index("Name")
    assert table.loc["poor-000001", "Origin"] == "trained for Learn"


@pytest.mark.slow
def test_what_a_page_opens_with_is_not_looked_at(open_page, store: RunStore, newest) -> None:
    mine = newest("mine-000001", owner=ME)
    page = open_page("evaluate")
    page.run()
    page.selectbox(key="true_label").select("5").run()
    # A reload comes with the address that the page has written itself.
    open_page("evaluate", run=mine.run_id)
    open_page("errors", run=mine.run_id)
    assert (shown(page), store.summary(mine.run_id).test_looks) == (mine.run_id, 0)
    assert any(metric.label == "Test accuracy" for metric in page.metric)
    assert any("Nobody has asked for the test results yet" in caption.value for caption in page.caption)


@pytest.mark.slow
def test_a_link_and_a_choice_from_the_list_are_looks(open_page, store: RunStore, newest) -> None:
    newest("mine-000001", owner=ME)
    theirs = newest("theirs-000001", owner=OTHER)
    open_page("evaluate", run=theirs.run_id)
    assert store.summary(theirs.run_id).test_looks == 1
    page = open_page("evaluate")
    page.selectbox(key="run").select(theirs.run_id).run()
    page.run()
    assert store.summary(theirs.run_id).test_looks == 2
    assert store.summary("mine-000001").test_looks == 0


def test_a_run_that_is_newer_is_shown_on_the_next_page(open_page, newest) -> None:
    page = open_page("evaluate")
    assert shown(page) == DEMO_RUN_ID
    newest("mine-000001", owner=ME)
    page.run()
    assert shown(page) == DEMO_RUN_ID
    del page.query_params["run"]
    page.switch_page("draw.py").run()
    assert shown(page) == "mine-000001"


@pytest.mark.slow
def test_what_is_trained_here_has_this_browser_as_its_owner(open_page, store: RunStore) -> None:
    before = {run.run_id for run in store.runs()}
    page = open_page("train", epochs="1", training_size="100", hidden_size="4")
    next(button for button in page.button if button.label == "Train").click().run()
    (run,) = [run for run in store.runs() if run.run_id not in before]
    assert (run.owner, run.origin) == (ME, RunOrigin.TRAINED)
    discard(store, run.run_id)
    assert not any(ME in str(value) for value in page.query_params.values())
    assert TrainConfig(epochs=1, training_size=100, hidden_size=4) == run.config
