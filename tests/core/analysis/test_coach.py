"""Every rule of the coach: a seeded training run that provokes it, and one that must not."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from core.analysis.advice import Action, Advice, Seen, Symptom
from core.analysis.coach import advise
from core.config import TrainConfig
from core.data.dataset import ImageDataset
from core.data.splits import make_splits
from core.errors import TrainingError
from core.runs.status import RunStatus
from core.training.events import EpochCompleted
from core.training.fit import fit

Train = Callable[..., Seen]
ALL = 60_000


@pytest.fixture(scope="module")
def train(mnist_train: ImageDataset, mnist_test: ImageDataset) -> Train:
    """``train(500, epochs=3)``: what is seen of a training run on 500 images; each is trained once."""
    pool, test = mnist_train.subset(np.arange(6_000)), mnist_test.subset(np.arange(50))

    @cache
    def run(config: TrainConfig) -> Seen:
        epochs = []
        try:
            events = fit(config, make_splits(pool, test, config))
            epochs.extend(event.metrics for event in events if isinstance(event, EpochCompleted))
        except TrainingError as error:
            return Seen(config, RunStatus.FAILED, tuple(epochs), str(error), images=ALL)
        return Seen(config, RunStatus.COMPLETED, tuple(epochs), images=ALL)

    def train_on(images: int, **changes: object) -> Seen:
        return run(TrainConfig(**{"hidden_size": 32, "training_size": images, "validation_size": 600} | changes))

    return train_on


def said(seen: Seen) -> Advice:
    advice = advise(seen)
    assert advice is not None
    return advice


def test_a_loss_next_to_nothing_needs_no_more_epochs(train: Train) -> None:
    seen = train(1_000, epochs=3, schedule="constant")
    assert said(seen).symptom is Symptom.STILL_IMPROVING
    tiny = tuple(replace(epoch, val_loss=epoch.val_loss / 1_000) for epoch in seen.epochs)
    assert said(replace(seen, epochs=tiny)).symptom is not Symptom.STILL_IMPROVING


DIVERGING = {"optimizer": "sgd", "loss": "squared_error", "schedule": "constant", "learning_rate": 1.0, "epochs": 4}
OVERFITTING = {"hidden_size": 64, "learning_rate": 0.003, "schedule": "constant", "epochs": 12}
GOOD = {"hidden_size": 64, "epochs": 5}

PROVOKED: list[tuple[Symptom, int, dict[str, object]]] = [
    (Symptom.DIVERGED, 600, DIVERGING),
    (Symptom.ONE_CLASS, 600, {"initialisation": "zeros", "epochs": 2}),
    (Symptom.GUESSING, 600, {"learning_rate": 1e-5, "epochs": 2}),
    (Symptom.RATE_TOO_HIGH, 2_000, {"learning_rate": 0.03, "epochs": 3}),
    (Symptom.RATE_TOO_LOW, 2_000, {"learning_rate": 1e-4, "epochs": 3}),
    (Symptom.TOO_FEW_IMAGES, 500, OVERFITTING),
    (Symptom.PAST_BEST, 600, OVERFITTING | {"learning_rate": 0.01, "epochs": 16}),
    (Symptom.STILL_IMPROVING, 1_000, {"epochs": 3, "schedule": "constant"}),
    (Symptom.UNDERFITS, 4_000, {"architecture": "linear", "epochs": 6}),
    (Symptom.FINE, 5_000, GOOD),
]
INNOCENT: list[tuple[Symptom, int, dict[str, object]]] = [
    (Symptom.DIVERGED, 600, DIVERGING | {"learning_rate": 0.01}),
    (Symptom.ONE_CLASS, 600, {"epochs": 2}),
    (Symptom.GUESSING, 600, {"learning_rate": 1e-3, "epochs": 2}),
    (Symptom.RATE_TOO_HIGH, 2_000, {"learning_rate": 0.005, "epochs": 3}),
    (Symptom.RATE_TOO_LOW, 2_000, {"learning_rate": 1e-3, "epochs": 3}),
    (Symptom.TOO_FEW_IMAGES, 5_000, GOOD),
    (Symptom.PAST_BEST, 500, OVERFITTING),
    (Symptom.STILL_IMPROVING, 5_000, GOOD),
    (Symptom.UNDERFITS, 5_000, GOOD),
    (Symptom.OVERFITS, 5_000, GOOD),
]


@pytest.mark.parametrize(("symptom", "images", "changes"), PROVOKED, ids=str)
def test_a_rule_speaks_where_it_should(train: Train, symptom: Symptom, images: int, changes: dict) -> None:
    assert said(train(images, **changes)).symptom is symptom


@pytest.mark.parametrize(("symptom", "images", "changes"), INNOCENT, ids=str)
def test_a_rule_is_silent_where_it_should_be(train: Train, symptom: Symptom, images: int, changes: dict) -> None:
    assert said(train(images, **changes)).symptom is not symptom


@pytest.mark.parametrize("rate", [10.0, 1.0])
def test_a_rate_of_10_has_learned_nothing_and_is_told_the_usual_one(train: Train, rate: float) -> None:
    seen = train(1_000, learning_rate=rate, epochs=2)
    advice = said(seen)
    assert advice.symptom.learned_nothing
    assert advice.sentence.startswith("It learned nothing: ")
    assert f"A learning rate of {rate:g} is too high." in advice.sentence
    assert (advice.action, advice.button) == (Action.TRAIN, "Train at 0.001")
    assert advice.config == seen.config.replace(learning_rate=0.001)


def test_what_the_coach_advises_helps(train: Train) -> None:
    """Against the runs themselves: the settings of the button train better on the same images."""
    for images, changes in (
        (1_000, {"learning_rate": 10.0, "epochs": 2}),
        (2_000, {"learning_rate": 0.1, "epochs": 3}),
    ):
        seen = train(images, **changes)
        better = train(images, **said(seen).config.model_dump())
        before = max((epoch.val_accuracy for epoch in seen.epochs), default=0.0)
        assert better.epochs[-1].val_accuracy > before + 0.1


def test_few_images_that_are_all_there_are_get_another_word(train: Train) -> None:
    seen = replace(train(500, **OVERFITTING), images=500)
    advice = said(seen)
    assert (advice.symptom, advice.button) == (Symptom.OVERFITS, "Train with augmentation")
    assert advice.config.augments
    by_numpy = replace(seen, config=seen.config.replace(backend="numpy"))
    assert said(by_numpy).config.dropout == 0.2


def test_settings_that_were_trained_before_are_said_to_be_so(train: Train) -> None:
    seen = train(5_000, **GOOD)
    assert said(seen).symptom is not Symptom.SAME_RUN
    twin = said(replace(seen, twin="brave-otter"))
    assert twin.symptom is Symptom.SAME_RUN
    assert "as brave-otter" in twin.sentence
    assert twin.config == seen.config.replace(seed=1)
    queued = Seen(seen.config, RunStatus.QUEUED, twin="brave-otter")
    assert said(queued).symptom is Symptom.SAME_RUN
    assert advise(replace(queued, twin="")) is None


def test_while_it_runs_it_hears_what_can_be_told_by_then(train: Train) -> None:
    good = train(5_000, **GOOD)
    running = replace(good, status=RunStatus.RUNNING, epochs=good.epochs[:2])
    assert (said(running).symptom, said(running).action) == (Symptom.LEARNING, Action.DRAW)
    high = train(1_000, learning_rate=10.0, epochs=2)
    advice = said(replace(high, status=RunStatus.RUNNING, epochs=high.epochs[:1]))
    assert advice.sentence.startswith("It has learned nothing: ")
    slow = train(600, learning_rate=1e-5, epochs=2)
    assert not said(replace(slow, status=RunStatus.RUNNING, epochs=slow.epochs[:1])).symptom.learned_nothing


def test_a_run_that_was_stopped_at_once_can_go_on(train: Train) -> None:
    first = train(600, learning_rate=1e-5, epochs=2).epochs[0]
    cut = replace(first, step=1)
    stopped = Seen(TrainConfig(), RunStatus.STOPPED, (cut,))
    for seen in (stopped, replace(stopped, epochs=())):
        assert (said(seen).symptom, said(seen).action) == (Symptom.BARELY_BEGUN, Action.CONTINUE)


def test_a_run_that_was_stopped_while_it_improved_is_to_be_continued(train: Train) -> None:
    seen = train(1_000, epochs=3, schedule="constant")
    for status in (RunStatus.STOPPED, RunStatus.INTERRUPTED):
        advice = said(replace(seen, status=status, config=seen.config.replace(epochs=50)))
        assert (advice.symptom, advice.action) == (Symptom.STILL_IMPROVING, Action.CONTINUE)
    learned = replace(train(5_000, **GOOD), status=RunStatus.STOPPED)
    assert said(learned).symptom is not Symptom.STILL_IMPROVING


def test_a_run_that_failed_for_another_reason_hears_nothing(train: Train) -> None:
    seen = train(5_000, **GOOD)
    assert advise(replace(seen, status=RunStatus.FAILED, error="The worker process that trained it was lost.")) is None
    assert advise(Seen(TrainConfig(), RunStatus.COMPLETED)) is None
