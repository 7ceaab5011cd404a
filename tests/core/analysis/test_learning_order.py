"""When each image was learned, against the definitions of the patterns spelt out image by image."""

from pathlib import Path

import numpy as np
import pytest

from core.analysis.learning_order import LearningOrder, Pattern, labels_read, read_order, write_order
from core.data.dataset import ImageDataset
from core.runs.archive import DEMO_DIRECTORY
from core.runs.model_tensors import read_model


def pattern_of(history: list[bool]) -> Pattern:
    """By hand: one image, epoch after epoch."""
    if True not in history:
        return Pattern.NEVER
    if not history[-1]:
        return Pattern.FORGOTTEN
    if False not in history:
        return Pattern.EARLY
    since = history.index(True)
    return Pattern.UNSTEADY if False in history[since:] else Pattern.LATE


@pytest.fixture
def order() -> LearningOrder:
    """Every history of four epochs there can be, each twice."""
    histories = [[bool(number >> epoch & 1) for epoch in range(4)] for number in range(16)] * 2
    correct = np.array(histories).T
    labels = np.arange(32) % 10
    return LearningOrder((1, 3, 5, 8), np.where(correct, labels, (labels + 3) % 10).astype(np.uint16), labels)


def test_each_image_has_one_pattern(order: LearningOrder) -> None:
    expected = [pattern_of(history) for history in order.correct.T.tolist()]
    for pattern in Pattern:
        assert sorted(order.positions(pattern).tolist()) == [i for i, own in enumerate(expected) if own is pattern]
        assert order.count(pattern) == expected.count(pattern)
    assert sum(order.count(pattern) for pattern in Pattern) == order.correct.shape[1] == 32


def test_those_come_first_that_fewest_epochs_read_correctly(order: LearningOrder) -> None:
    for pattern in Pattern:
        keys = [(int(order.correct[:, i].sum()), i) for i in order.positions(pattern).tolist()]
        assert keys == sorted(keys)


def test_the_epochs_that_read_an_image_correctly(order: LearningOrder) -> None:
    assert order.epochs_of(0) == ()
    assert order.epochs_of(0b1010) == (3, 8)
    assert order.epochs_of(15) == (1, 3, 5, 8)


def test_one_epoch_and_none() -> None:
    one = LearningOrder((1,), np.array([[4, 4]], np.uint16), np.array([4, 5]))
    assert [one.count(pattern) for pattern in Pattern] == [1, 0, 0, 0, 1]
    assert LearningOrder((), np.zeros((0, 3), np.uint16), np.zeros(3, np.int64)).count(Pattern.NEVER) == 3


def test_a_network_reads_what_its_predictions_say(mnist_test: ImageDataset) -> None:
    model, test = read_model(DEMO_DIRECTORY / "checkpoint.safetensors"), mnist_test.subset(np.arange(300))
    read = labels_read(test.images, model)
    assert read.tolist() == model.probabilities(test.images).argmax(1).tolist()
    assert 280 < (read == test.labels).sum() < 300


def test_it_is_kept_and_read_again(tmp_path: Path, order: LearningOrder) -> None:
    path = tmp_path / "cache" / "learned.safetensors"
    assert read_order(path, order.labels) is None
    write_order(path, order)
    kept = read_order(path, order.labels)
    assert kept is not None
    assert kept.epochs == order.epochs
    np.testing.assert_array_equal(kept.predicted, order.predicted)
    np.testing.assert_array_equal(kept.correct, order.correct)
    assert read_order(path, order.labels[1:]) is None
    path.write_bytes(path.read_bytes()[:-3])
    assert read_order(path, order.labels) is None
