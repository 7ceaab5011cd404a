"""Runs that go on from others, models as files, the learning-rate finder and other methods, page by page."""

import pytest
from streamlit.testing.v1 import AppTest

from core.config import TrainConfig
from core.runs.model_file import write_model
from core.runs.records import DEMO_RUN_ID, Run
from core.runs.store import RunStore
from core.training.local import train_here
from tests.app.conftest import OpenPage, rerun_until


def words(page: AppTest) -> str:
    parts = (
        *page.markdown,
        *page.caption,
        *page.info,
        *page.warning,
        *page.error,
        *page.success,
        *page.header,
        *page.subheader,
    )
    return "\n".join(str(part.value) for part in parts)


def button(page: AppTest, label: str) -> object:
    return next(button for button in page.button if button.label == label)


@pytest.fixture(scope="module")
def tuned_run(store: RunStore, trained_run: Run) -> Run:
    config = trained_run.config.replace(start_from=trained_run.run_id, epochs=1, learning_rate=1e-5)
    run = store.create(config)
    for _ in train_here(store, config, run.run_id):
        pass
    return store.get(run.run_id)


def test_a_tuned_run_begins_where_the_other_ended(store: RunStore, trained_run: Run, tuned_run: Run) -> None:
    assert tuned_run.val_accuracy == pytest.approx(trained_run.val_accuracy, abs=0.02)
    assert tuned_run.epochs[0].val_loss < trained_run.epochs[0].val_loss


@pytest.mark.slow
def test_evaluate_shows_before_and_after(open_page: OpenPage, trained_run: Run, tuned_run: Run) -> None:
    page = open_page("evaluate", run=tuned_run.run_id)
    assert "Before and after" in words(page)
    assert trained_run.name in words(page)
    assert "percentage points" in words(page)


def test_evaluate_has_nothing_to_compare_for_a_run_of_its_own(open_page: OpenPage, trained_run: Run) -> None:
    assert "Before and after" not in words(open_page("evaluate", run=trained_run.run_id))


@pytest.mark.slow
def test_a_run_to_go_on_from_that_is_gone_gets_a_sentence(open_page: OpenPage, store: RunStore, tuned_run: Run) -> None:
    orphan = store.create(tuned_run.config.replace(start_from=DEMO_RUN_ID, hidden_size=128, epochs=1))
    for _ in train_here(store, orphan.config, orphan.run_id):
        pass
    gone = store.create(TrainConfig(hidden_size=128, epochs=1, training_size=500))
    for _ in train_here(store, gone.config, gone.run_id):
        pass
    child = store.create(gone.config.replace(start_from=gone.run_id))
    for _ in train_here(store, child.config, child.run_id):
        pass
    store.delete(gone.run_id)
    assert "cannot be compared: There is no run" in words(open_page("evaluate", run=child.run_id))
    assert "The demo run" in words(open_page("evaluate", run=orphan.run_id)) or "demo" in words(
        open_page("evaluate", run=orphan.run_id)
    )


@pytest.mark.slow
def test_the_finder_suggests_a_rate_and_sets_it(open_page: OpenPage) -> None:
    page = open_page("train", training_size="1000", hidden_size="16")
    button(page, "Find a learning rate").click()
    page.run()
    rerun_until(page, lambda: any(button.label.startswith("Use 0.") for button in page.button))
    choice = next(button for button in page.button if button.label.startswith("Use 0."))
    rate = float(choice.label.removeprefix("Use "))
    choice.click()
    page.run()
    assert not page.exception
    assert page.session_state["learning_rate"] == pytest.approx(rate)


@pytest.mark.slow
def test_a_model_file_becomes_a_run(open_page: OpenPage, store: RunStore, trained_run: Run) -> None:
    page = open_page("runs")
    data = write_model(store.model(trained_run.run_id))
    uploader = next(iter(page.file_uploader))
    uploader.set_value(("from-a-friend.safetensors", data, "application/octet-stream"))
    page.run()
    button(page, "Import").click()
    page.run()
    assert not page.exception
    assert "Imported as from-a-friend" in words(page)
    brought = next(run for run in store.runs() if run.name == "from-a-friend")
    for name in ("evaluate", "errors", "draw", "train"):
        open_page(name, run=brought.run_id)
    store.delete(brought.run_id)


def test_a_pickle_is_refused_with_a_sentence(open_page: OpenPage, store: RunStore) -> None:
    before = len(store.runs())
    page = open_page("runs")
    next(iter(page.file_uploader)).set_value(("model.pt", b"\x80\x04.", "application/octet-stream"))
    page.run()
    button(page, "Import").click()
    page.run()
    assert "is a pickle" in words(page)
    assert len(store.runs()) == before
