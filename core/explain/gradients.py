"""The gradient of what a network says by the ink of its image, without PyTorch."""

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import Normalisation
from core.models.convolution import convolution_gradient
from core.models.functional import multiply_by_slope
from core.models.numpy_model import NORM_EPSILON, NumpyModel
from core.models.shapes import CHANNELS

Ink = NDArray[np.float32]
"""Images as ink from 0 to 1, float32 ``(N, 784)``: ``pixel / 255``, whether a byte has that value or not."""


def ink_of(images: NDArray[np.uint8]) -> Ink:
    """The ink of uint8 images ``(N, 28, 28)``."""
    return images.reshape(len(images), -1).astype(np.float32) / np.float32(255)


def logits(model: NumpyModel, ink: Ink) -> NDArray[np.float32]:
    """Logits ``(N, K)``, float32, of ink ``(N, 784)``."""
    return model.layers_of(normalised(ink, model.normalisation))[-1]


def gradient(model: NumpyModel, ink: Ink, upstream: NDArray[np.float32], layer: int = -1) -> Ink:
    """``d Σ upstream · layer / d ink``, float32 ``(N, 784)``: by back-propagation, as the network is when it answers.

    Parameters
    ----------
    upstream
        float32 ``(N, units of the layer)``; one-hot at a class for the gradient of its logit.
    layer
        Counted as :meth:`NumpyModel.layers` does: 0 is what goes into the first dense layer, -1 the logits.
    """
    pixels = normalised(ink, model.normalisation)
    said = model.layers_of(pixels)
    last = layer % len(said)
    delta = upstream.astype(np.float32)
    for index in reversed(range(last)):
        if index < len(said) - 2:
            delta = _through_unit(model, index, said[index + 1], delta)
        delta = delta @ model.weights[f"layers.{index}.weight"]
    return _through_convolutions(model, pixels, delta) / np.float32(model.normalisation.std)


def normalised(ink: Ink, normalisation: Normalisation) -> NDArray[np.float32]:
    """``(ink − mean) / std``, float32 ``(N, 784)``."""
    return ((ink - normalisation.mean) / normalisation.std).astype(np.float32)


def _through_unit(model: NumpyModel, index: int, h: NDArray[np.float32], delta: NDArray[np.float32]) -> Ink:
    """From what a hidden layer says back to its sums: through the activation and the batch normalisation."""
    delta = delta.copy()
    multiply_by_slope(model.config.activation, h, delta)
    if model.config.batch_norm:
        scale, variance = (model.weights[f"norms.{index}.{name}"] for name in ("weight", "running_var"))
        delta *= scale / np.sqrt(variance + np.float32(NORM_EPSILON))
    return delta


def _through_convolutions(model: NumpyModel, pixels: Ink, delta: NDArray[np.float32]) -> Ink:
    convolutions = model.convolutions(pixels)
    for index in reversed(range(len(convolutions))):
        maps = convolutions[index]
        kernel = model.weights[f"convolutions.{index}.weight"]
        delta = convolution_gradient(maps, kernel, delta.reshape(len(pixels), CHANNELS[index], *maps.pooled.shape[2:]))
    return delta.reshape(len(pixels), -1)
