import numpy as np
import pytest

from core.data.dataset import Splits
from core.training.probes import probe_positions

pytestmark = pytest.mark.numerics


def test_two_of_every_class_in_order(small_splits: Splits) -> None:
    labels = small_splits.validation.labels
    positions = probe_positions(labels, 10)
    assert labels[positions].tolist() == [label for label in range(10) for _ in range(2)]
    assert len(set(positions.tolist())) == 20
    for label, pair in enumerate(positions.reshape(10, 2)):
        assert pair.tolist() == [place for place, found in enumerate(labels.tolist()) if found == label][:2]


def test_a_class_with_fewer_images_gives_what_it_has() -> None:
    labels = np.array([2, 0, 2, 2], dtype=np.int64)
    assert probe_positions(labels, 4).tolist() == [1, 0, 2]
    assert probe_positions(labels[:0], 4).tolist() == []
