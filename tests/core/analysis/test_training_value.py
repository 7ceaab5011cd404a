"""What a trained network makes of its training images, against scikit-learn."""

import pytest
from sklearn.metrics import accuracy_score, log_loss

from core.analysis import training_value as measured
from core.analysis.training_value import training_conditions, training_value
from core.config import TrainConfig
from core.data.dataset import Splits
from core.models.numpy_model import NumpyModel
from tests.core.builders import SMALL, make_weights


def untrained(splits: Splits) -> NumpyModel:
    return NumpyModel("", SMALL, make_weights(SMALL), splits.normalisation, splits.train.class_names)


def test_it_is_the_value_of_the_whole_network_on_images_as_they_are(small_splits: Splits) -> None:
    model, train = untrained(small_splits), small_splits.train
    value, probabilities = training_value(model, train), model.probabilities(train.images)
    assert value.images == len(train)
    assert value.accuracy == pytest.approx(accuracy_score(train.labels, probabilities.argmax(1)))
    assert value.loss == pytest.approx(log_loss(train.labels, probabilities, labels=range(10)), rel=1e-5)


def test_of_a_large_network_fewer_images_are_read(small_splits: Splits, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measured, "MOST_PRODUCTS", 1.0)
    assert training_value(untrained(small_splits), small_splits.train).images == measured.FEWEST_IMAGES


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ""),
        ({"dropout": 0.2}, "dropout on"),
        ({"rotation": 10.0}, "augmentation on"),
        ({"dropout": 0.2, "shift": 1.0}, "dropout and augmentation on"),
        ({"dropout": 0.2, "shift": 1.0, "mixup": 0.1}, "dropout, augmentation and mixup on"),
    ],
)
def test_what_made_training_harder_has_its_words(changes: dict[str, float], words: str) -> None:
    assert training_conditions(TrainConfig(**changes)) == words
