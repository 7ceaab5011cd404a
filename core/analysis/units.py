"""How units answer, and what a batch of images would change: what the doctor and Inside both look at."""

import numpy as np
from numpy.typing import NDArray

from core.config import Activation
from core.drawings.preprocessing import normalise
from core.models.functional import multiply_by_slope
from core.models.numpy_mlp import NumpyMLP
from core.models.numpy_model import NumpyModel

_FLAT = 0.01
"""Part of the steepest slope of an activation: less passes no gradient worth mentioning."""


def flat_shares(activation: Activation, said: NDArray[np.float32]) -> NDArray[np.float64]:
    """Share of the images on which each unit's activation has next to no slope, 0–1, float64 ``(units,)``.

    A ReLU has none where it says 0, sigmoid and tanh have next to none at either end of what they can say.

    Parameters
    ----------
    said
        What the units said about N images, float32 ``(N, units)``.
    """
    slopes = np.ones_like(said)
    multiply_by_slope(activation, said, slopes)
    steepest = 0.25 if activation == "sigmoid" else 1.0
    shares: NDArray[np.float64] = (slopes < _FLAT * steepest).mean(axis=0)
    return shares


def weight_gradients(
    model: NumpyModel, images: NDArray[np.uint8], labels: NDArray[np.int64]
) -> tuple[NDArray[np.float32], ...]:
    """Gradient of the mean loss over images by the weights of each layer, float32 ``(outputs, inputs)`` each.

    Empty for what :class:`NumpyMLP` is not: a CNN, or a network with batch normalisation.
    """
    config, classes = model.config, len(model.class_names)
    if config.architecture == "cnn" or config.batch_norm:
        return ()
    network = NumpyMLP(config, classes)
    for name, array in model.weights.items():
        network.parameters[name][...] = array
    targets = np.eye(classes, dtype=np.float32)[labels]
    network.backward(network.forward(normalise(images, model.normalisation)), targets)
    return tuple(network.gradients[f"layers.{index}.weight"] for index in range(len(config.hidden_widths) + 1))
