from dataclasses import replace

import numpy as np
import pytest

from core.config import TrainConfig
from core.data.dataset import DatasetEntry, ImageDataset
from core.data.split_sizes import split_sizes
from core.data.splits import make_splits


@pytest.mark.parametrize("has_test", [True, False])
@pytest.mark.parametrize("split", ["stratified", "random", "in_order"])
@pytest.mark.parametrize("size", [30, 200, 1_000_000])
@pytest.mark.parametrize("imbalance", [0.0, 0.9])
def test_sizes_are_those_of_the_split(
    mnist_train: ImageDataset, mnist_test: ImageDataset, has_test: bool, split: str, size: int, imbalance: float
) -> None:
    train, test = mnist_train.subset(np.arange(600)), mnist_test.subset(np.arange(50))
    config = TrainConfig(split=split, training_size=size, validation_size=100, test_size=150, imbalance=imbalance)
    entry = DatasetEntry("x", "X", "", len(train), len(test) if has_test else 0, class_names=train.class_names)
    real = make_splits(train, test if has_test else None, config)
    sizes = split_sizes(config, entry)
    assert (sizes.validation, sizes.test) == (len(real.validation), len(real.test))
    # Classes of MNIST are about equally common, and of each what is left is rounded up.
    assert sizes.train == pytest.approx(len(real.train), rel=0.1 if imbalance else 0, abs=10 if imbalance else 0)


def test_nothing_is_left_of_nothing() -> None:
    entry = replace(DatasetEntry("x", "X", "", 1, 0), images=0)
    assert split_sizes(TrainConfig(), entry).train == 0
