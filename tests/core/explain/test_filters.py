"""A CNN’s maps and one filter at one place, against PyTorch’s convolution."""

import numpy as np
import pytest
import torch

from core.config import TrainConfig
from core.data.dataset import Normalisation
from core.drawings.preprocessing import normalise
from core.explain.filters import convolutions_of, filter_at, pooled_at
from core.models.numpy_model import NumpyModel
from core.models.shapes import weight_shapes


def test_maps_and_places_are_those_of_pytorch() -> None:
    random = np.random.default_rng(4)
    config = TrainConfig(architecture="cnn", hidden_size=8)
    weights = {name: random.normal(0, 0.2, shape).astype("f4") for name, shape in weight_shapes(config).items()}
    model = NumpyModel("a-run", config, weights, Normalisation(0.13, 0.31))
    image = random.integers(0, 256, (28, 28), dtype=np.uint8)
    maps = torch.from_numpy(normalise(image[None], model.normalisation)).reshape(1, 1, 28, 28)
    for index, found in enumerate(convolutions_of(model, image)):
        kernel, bias = (torch.from_numpy(weights[f"convolutions.{index}.{name}"]) for name in ("weight", "bias"))
        sums = torch.nn.functional.conv2d(maps, kernel, bias)
        np.testing.assert_allclose(found.maps, sums.relu()[0], atol=1e-4)
        maps = torch.nn.functional.max_pool2d(sums.relu(), 2)
        np.testing.assert_allclose(found.pooled, maps[0], atol=1e-4)
        if index == 0:
            for number, row, column in ((0, 0, 0), (3, 23, 7), (7, 23, 23)):
                place = filter_at(model, image, number, row, column)
                np.testing.assert_allclose(place.total, sums[0, number, row, column], atol=1e-4)
                block = pooled_at(model, image, number, row, column)
                np.testing.assert_allclose(block.max(), maps[0, number, row // 2, column // 2], atol=1e-4)
                assert max(place.total, 0) == pytest.approx(block[row % 2, column % 2], abs=1e-4)
    assert convolutions_of(NumpyModel("b", TrainConfig(hidden_size=4), mlp_weights(), model.normalisation), image) == ()


def mlp_weights() -> dict[str, np.ndarray]:
    return {name: np.zeros(shape, "f4") for name, shape in weight_shapes(TrainConfig(hidden_size=4)).items()}
