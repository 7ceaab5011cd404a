from dataclasses import replace

import numpy as np
import pytest

from core.config import TrainConfig
from core.data.dataset import ImageDataset, Normalisation
from core.errors import RunError
from core.explain.activation_map import grouped, layer_rows, mapped_layers
from core.models.numpy_model import NumpyModel
from tests.core.builders import make_weights

NAMES = ("ring", "bar")
IMAGES = ImageDataset("dots", np.zeros((5, 28, 28), dtype=np.uint8), np.array([0, 0, 1, 1, 1]), NAMES)
SAID = np.array([[0.995, 0.005], [0.4, 0.6], [0.5, 0.5], [0.1, 0.9], [0.03, 0.97]], dtype=np.float32)


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (TrainConfig(widths="8,5"), {"Pixels": 784, "Hidden layer 1": 8, "Hidden layer 2": 5, "Output": 10}),
        (TrainConfig(hidden_layers=0), {"Pixels": 784, "Output": 10}),
        (
            TrainConfig(architecture="cnn", hidden_size=4),
            {"Features of the convolutions": 256, "Hidden layer 1": 4, "Output": 10},
        ),
    ],
)
def test_layers_are_named_in_the_order_in_which_the_network_counts_them(config, expected):
    model = NumpyModel("made-up", config, make_weights(config), Normalisation(0.1, 0.3))
    names = mapped_layers(config)
    widths = [layer_rows(model, IMAGES.images, layer).shape[1] for layer in range(len(names))]
    assert dict(zip(names, widths, strict=True)) == expected


def test_what_is_not_finite_is_not_laid_out():
    config = TrainConfig(hidden_layers=0)
    weights = make_weights(config)
    model = NumpyModel("made-up", config, weights, Normalisation(0.1, 0.3))
    broken = replace(model, weights={name: array * np.float32(np.inf) for name, array in weights.items()})
    with pytest.raises(RunError, match="not finite"):
        layer_rows(broken, IMAGES.images, 1)


@pytest.mark.parametrize(
    ("by", "numbers", "names"),
    [
        ("label", [0, 0, 1, 1, 1], NAMES),
        ("predicted", [0, 1, 0, 1, 1], NAMES),
        ("correct", [0, 1, 1, 0, 0], ("read correctly", "misread")),
        ("confidence", [4, 1, 1, 2, 3], ("under 50%", "50% to 80%", "80% to 95%", "95% to 99%", "over 99%")),
    ],
)
def test_groups_follow_labels_and_answers(by, numbers, names):
    groups = grouped(by, IMAGES, SAID)
    assert (groups.numbers.tolist(), groups.names) == (numbers, names)
