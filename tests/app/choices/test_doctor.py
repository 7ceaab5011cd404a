"""The training doctor on the pages: what it found, its button, and the calm sentence where nothing is wrong."""

from dataclasses import replace

import numpy as np
import pytest

from core.config import TrainConfig
from core.runs.records import DEMO_RUN_ID, Run
from core.runs.status import RunOrigin
from core.runs.store import RunStore
from tests.app.choices.test_card import button, open_card, words
from ui.choices.doctor import change_words

CALM = "Nothing is wrong: its numbers, its units and its images look as they should."


@pytest.fixture(scope="module")
def sick(store: RunStore, trained_run: Run) -> Run:
    """The small run as if it had been trained in two steps of 4,096 images; it has no weights."""
    epochs = tuple(
        replace(epoch, step=1, steps_per_epoch=1, train_accuracy=0.3, val_accuracy=0.3, batch_losses=np.array([2.3]))
        for epoch in trained_run.epochs
    )
    config = trained_run.config.replace(batch_size=4_096, activation="tanh")
    run = replace(trained_run, run_id="pale-heron-00cc22", name="pale-heron", config=config, epochs=epochs, owner=None)
    store.insert(run)
    yield run
    store.delete(run.run_id)


@pytest.mark.slow
def test_train_says_at_once_that_nothing_is_wrong(open_page) -> None:
    assert f"**Training doctor.** {CALM}" in words(open_page("train", run=DEMO_RUN_ID))


@pytest.mark.slow
def test_train_shows_what_is_wrong_and_sets_the_sidebar(open_page, sick: Run) -> None:
    page = open_page("train", run=sick.run_id)
    said = words(page)
    assert "**Batch too large.** Batches of 4,096 images make 1 step per epoch, 2 in all" in said
    assert "There are no weights to examine." in said
    button(page, "Set batch size to 64").click().run()
    assert not page.exception, page.exception
    assert page.session_state["batch_size"] == 64
    assert page.session_state["activation"] == "tanh"
    assert page.session_state["hidden_size"] == 16


def test_the_card_elsewhere_examines_when_it_is_asked(open_page, sick: Run) -> None:
    page = open_card(open_page, "runs", sick)
    assert "Batch too large" not in words(page)
    page.session_state["runs_card_examination"] = True
    page.run()
    assert "**Batch too large.**" in words(page)


def test_a_run_without_images_or_epochs_says_what_was_not_examined(
    open_page, store: RunStore, trained_run: Run
) -> None:
    gone = trained_run.config.replace(dataset="gone-0123")
    run = replace(trained_run, run_id="lone-heron-00cc33", config=gone, epochs=(), origin=RunOrigin.IMPORTED)
    store.insert(run)
    try:
        page = open_card(open_page, "evaluate", run)
        page.session_state["evaluate_card_examination"] = True
        said = words(page.run())
        assert "Nothing seems to be wrong. There are no per-epoch metrics." in said
        assert "Its images have been deleted" in said
    finally:
        store.delete(run.run_id)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"learning_rate": 0.001}, "Set learning rate to 0.001"),
        ({"rotation": 10.0, "shift": 1.5, "zoom": 0.1}, "Set rotation to 10, shift to 1.5, scale to 0.1"),
        ({"start_from": ""}, "Start from fresh weights"),
        ({"batch_norm": True, "start_from": ""}, "Set batch normalisation to on; Start from fresh weights"),
        ({"training_size": 5_000}, "Set training-set size to 5,000"),
    ],
)
def test_a_button_says_what_it_sets(changes: dict, said: str) -> None:
    assert change_words(changes) == said
    assert TrainConfig(**changes)
