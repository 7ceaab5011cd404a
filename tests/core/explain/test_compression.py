"""What is left of weights that were made by hand."""

import numpy as np
import pytest

from core.config import TrainConfig
from core.data.dataset import ImageDataset, Normalisation
from core.explain.compression import (
    BITS,
    PRUNED_SHARES,
    Change,
    accuracy_after,
    changes,
    connections,
    gathered,
    pruned_model,
    quantised,
    quantised_model,
    read_compression,
)
from core.explain.kept_results import write_result
from core.models.numpy_model import NumpyModel
from tests.core.builders import make_weights

LINEAR = TrainConfig(hidden_layers=0)
NAMES = ("left", "right")


def two_pixels(left: float, right: float) -> NumpyModel:
    """Says left where the first pixel has ink, right where the last has; a hundred small weights say nothing."""
    weights = np.zeros((2, 784), dtype=np.float32)
    weights[0, 0], weights[1, 783] = left, right
    weights[0, 100:200] = 0.001
    bias = np.array([0, 0.01], dtype=np.float32)
    return NumpyModel("hand", LINEAR, {"layers.0.weight": weights, "layers.0.bias": bias}, Normalisation(0, 1), NAMES)


def images() -> ImageDataset:
    pixels = np.zeros((4, 784), dtype=np.uint8)
    pixels[:2, 0] = pixels[2:, 783] = 255
    return ImageDataset("dots", pixels.reshape(4, 28, 28), np.array([0, 0, 1, 1]), NAMES)


def test_the_smallest_weights_go_first_whatever_their_sign():
    model = two_pixels(-2, 3)
    # 1,568 weights: all but 102 are 0 already.
    share = (1568 - 2) / 1568
    pruned = pruned_model(model, share).weights["layers.0.weight"]
    assert np.argwhere(pruned).tolist() == [[0, 0], [1, 783]]
    pruned = pruned_model(model, (1568 - 1) / 1568).weights["layers.0.weight"]
    assert np.argwhere(pruned).tolist() == [[1, 783]]
    assert not pruned_model(model, 1).weights["layers.0.weight"].any()
    np.testing.assert_array_equal(pruned_model(model, 0).weights["layers.0.weight"], model.weights["layers.0.weight"])
    np.testing.assert_array_equal(pruned_model(model, 1).weights["layers.0.bias"], model.weights["layers.0.bias"])


def test_layers_are_pruned_together():
    config = TrainConfig(architecture="cnn", hidden_size=4)
    model = NumpyModel("made-up", config, make_weights(config), Normalisation(0.1, 0.3))
    names = connections(model)
    assert names == ["convolutions.0.weight", "convolutions.1.weight", "layers.0.weight", "layers.1.weight"]
    before, after = (
        np.concatenate([one.weights[n].ravel() for n in names]) for one in (model, pruned_model(model, 0.3))
    )
    assert (after == 0).sum() == round(0.3 * len(before))
    assert np.abs(before[after == 0]).max() <= np.abs(after[after != 0]).min()


@pytest.mark.parametrize(
    ("bits", "expected"),
    [
        (1, [-0.6, -0.6, 0.6, 0.6]),
        (2, [-1, 0, 0, 1]),
        (3, [-1, -1 / 3, 1 / 3, 1]),
        (8, [-1, -38 / 127, 25 / 127, 114 / 127]),
    ],
)
def test_levels_are_even_around_zero(bits, expected):
    np.testing.assert_allclose(quantised(np.array([-1, -0.3, 0.2, 0.9], dtype=np.float32), bits), expected, atol=1e-6)


def test_weights_that_are_all_0_stay():
    assert not quantised(np.zeros((2, 3), dtype=np.float32), 4).any()
    assert not quantised(np.zeros((2, 3), dtype=np.float32), 1).any()


def test_each_layer_has_its_own_levels_and_biases_stay():
    model = two_pixels(2, 1)
    found = quantised_model(model, 2).weights
    assert np.argwhere(found["layers.0.weight"]).tolist() == [[0, 0]]
    assert found["layers.0.bias"] is model.weights["layers.0.bias"]


def test_accuracy_falls_where_what_it_needs_is_gone():
    model = two_pixels(2, 3)
    assert [accuracy_after(model, images(), Change("prune", share)) for share in (0, 1566 / 1568)] == [1, 1]
    # Without the first pixel it goes by its bias: right.
    assert accuracy_after(model, images(), Change("prune", 1567 / 1568)) == 0.5
    assert accuracy_after(two_pixels(2, 0.9), images(), Change("quantise", 2)) == 1
    assert accuracy_after(two_pixels(2, -0.9), images(), Change("quantise", 3)) == 0.5


def test_what_is_bearable_ends_at_the_first_that_is_not(tmp_path):
    pruned = [0.95, 0.95, 0.945, 0.94, 0.93, 0.95, *[0.5] * (len(PRUNED_SHARES) - 6)]
    found = gathered(two_pixels(1, 1), [*pruned, 0.96, 0.94, *[0.2] * (len(BITS) - 2)], 40)
    assert (found.accuracy, found.most_pruned, found.fewest_bits, found.weights) == (0.95, 0.3, 7, 1568)
    assert len(changes()) == len(pruned) + len(BITS)
    poor = gathered(two_pixels(1, 1), [*pruned, *[0.2] * len(BITS)], 40)
    assert poor.fewest_bits is None
    path = tmp_path / "x.safetensors"
    assert read_compression(path) is None
    write_result(path, found)
    kept = read_compression(path)
    for name, value in vars(found).items():
        np.testing.assert_array_equal(getattr(kept, name), value)
    path.write_bytes(path.read_bytes()[:-3])
    assert read_compression(path) is None
