import numpy as np
import pytest

from core.config import TrainConfig
from core.data.augmentation_preview import augmentation_preview


@pytest.fixture
def digits(mnist_test) -> np.ndarray:
    return mnist_test.images[:10]


def test_a_config_that_changes_nothing_leaves_images_as_they_are(digits) -> None:
    changed, speed = augmentation_preview(TrainConfig().to_json(), digits)
    assert changed.dtype == np.uint8
    np.testing.assert_array_equal(changed, digits)
    assert speed > 0


def test_the_seed_draws_the_changes(digits) -> None:
    config = TrainConfig(rotation=20, shift=3).to_json()
    first, again, other = (augmentation_preview(config, digits, seed)[0] for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    assert (first != digits).any(axis=(1, 2)).all()


def test_what_is_erased_turns_black_and_nothing_else_changes(digits) -> None:
    changed, _ = augmentation_preview(TrainConfig(erasing=1).to_json(), digits)
    different = changed != digits
    assert different.any(axis=(1, 2)).mean() > 0.5
    assert not changed[different].any()
