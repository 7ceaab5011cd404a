"""The coach on Train: what it says of a run, what its button does, and that failure never reads like success."""

from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from core.config import TrainConfig
from core.runs.records import DEMO_RUN_ID, Run
from core.runs.store import RunStore
from tests.app.conftest import OpenPage, discard, train_small

HOPELESS = TrainConfig(hidden_size=8, epochs=2, training_size=500, learning_rate=10.0)


@pytest.fixture
def hopeless(store: RunStore) -> Iterator[Run]:
    run = train_small(store, HOPELESS)
    yield run
    store.delete(run.run_id)


def words(page: AppTest) -> str:
    return "\n".join(element.value for element in [*page.markdown, *page.caption])


def button(page: AppTest, label: str):
    return next(button for button in page.button if button.label == label)


@pytest.mark.slow
def test_a_run_that_learned_nothing_says_so_everywhere(open_page: OpenPage, hopeless: Run) -> None:
    page = open_page("train", run=hopeless.run_id)
    assert page.get("progress")[0].text.startswith(":red[**Done, but it learned nothing**] · completed 2 epochs")
    said = words(page)
    assert "**It learned nothing.**" in said
    assert "A learning rate of 10 is too high." in said
    assert hopeless.val_accuracy < 0.2


@pytest.mark.slow
def test_the_button_trains_what_the_coach_advises(open_page: OpenPage, store: RunStore, hopeless: Run) -> None:
    page = open_page("train", run=hopeless.run_id)
    before = {run.run_id for run in store.runs()}
    button(page, "Train at 0.001").click().run()
    assert not page.exception, page.exception
    (run,) = [run for run in store.runs() if run.run_id not in before]
    discard(store, run.run_id)
    assert run.config == HOPELESS.replace(learning_rate=0.001)
    assert page.select_slider(key="learning_rate").value == 0.001


def test_a_run_that_learned_is_not_spoken_ill_of(open_page: OpenPage, store: RunStore) -> None:
    page = open_page("train", run=DEMO_RUN_ID)
    assert page.get("progress")[0].text.startswith("**Done** · completed 8 epochs")
    assert "learned nothing" not in words(page)
    assert "learned nothing" not in page.get("progress")[0].text


@pytest.mark.slow
def test_the_same_settings_again_get_a_hint(open_page: OpenPage, store: RunStore) -> None:
    config = TrainConfig(hidden_size=16, epochs=2, training_size=1_000, seed=5)
    first, again = (train_small(store, config) for _ in range(2))
    try:
        assert f"These settings have already been trained as {first.name}" in words(
            open_page("train", run=again.run_id)
        )
        assert "already been trained" not in words(open_page("train", run=first.run_id))
        assert first.val_accuracy == again.val_accuracy
    finally:
        for run in (first, again):
            store.delete(run.run_id)
