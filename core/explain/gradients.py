"""Gradients without PyTorch: of what a network says by the ink of its image, and of its loss by its weights."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import IMAGE_SIDE, Normalisation
from core.drawings.preprocessing import normalise
from core.models.convolution import ConvolutionMaps, convolution_gradient, kernel_gradient
from core.models.functional import logit_gradient, multiply_by_slope
from core.models.numpy_model import NORM_EPSILON, NumpyModel

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
    delta = upstream.astype(np.float32)
    for _, _, by_inputs in _backwards(model, said, delta, layer % len(said)):
        delta = by_inputs
    return _through_convolutions(model, pixels, delta) / np.float32(model.normalisation.std)


def weight_gradients(
    model: NumpyModel, images: NDArray[np.uint8], labels: NDArray[np.int64]
) -> tuple[NDArray[np.float32], ...]:
    """Gradient of the mean loss over images by the weights of each layer, as the network is when it answers.

    Batch normalisation has the statistics that training has gathered, not those of these images.

    Returns
    -------
    tuple
        float32, each of the shape of its weights: convolutions ``(filters, inputs, 5, 5)``, then dense layers
        ``(outputs, inputs)``.
    """
    pixels = normalise(images, model.normalisation)
    found, delta = _by_dense_layers(model, model.layers_of(pixels), labels)
    return tuple(_by_filters(model, pixels, delta)[::-1] + found)


def dense_gradients(
    model: NumpyModel, said: tuple[NDArray[np.float32], ...], labels: NDArray[np.int64]
) -> tuple[NDArray[np.float32], ...]:
    """Those of :func:`weight_gradients` that are of dense layers, without going back through convolutions.

    Parameters
    ----------
    said
        What :meth:`NumpyModel.layers` gives for the images.
    """
    return tuple(_by_dense_layers(model, said, labels)[0])


def normalised(ink: Ink, normalisation: Normalisation) -> NDArray[np.float32]:
    """``(ink − mean) / std``, float32 ``(N, 784)``."""
    return ((ink - normalisation.mean) / normalisation.std).astype(np.float32)


def _backwards(
    model: NumpyModel, said: tuple[NDArray[np.float32], ...], upstream: NDArray[np.float32], last: int
) -> Iterator[tuple[int, NDArray[np.float32], NDArray[np.float32]]]:
    """Number of each dense layer from the one that makes ``said[last]``, and the gradients by its sums and inputs."""
    delta = upstream
    for index in reversed(range(last)):
        if index < len(said) - 2:
            delta = _through_unit(model, index, said[index + 1], delta)
        by_inputs = delta @ model.weights[f"layers.{index}.weight"]
        yield index, delta, by_inputs
        delta = by_inputs


def _through_unit(model: NumpyModel, index: int, h: NDArray[np.float32], delta: NDArray[np.float32]) -> Ink:
    """From what a hidden layer says back to its sums: through the activation and the batch normalisation."""
    delta = delta.copy()
    multiply_by_slope(model.config.activation, h, delta)
    if model.config.batch_norm:
        scale, variance = (model.weights[f"norms.{index}.{name}"] for name in ("weight", "running_var"))
        delta *= scale / np.sqrt(variance + np.float32(NORM_EPSILON))
    return delta


def _through_convolutions(model: NumpyModel, pixels: Ink, delta: NDArray[np.float32]) -> Ink:
    for index, maps, by_pooled in _convolutions_backwards(model, model.convolutions(pixels), delta):
        if not index:
            delta = convolution_gradient(maps, model.weights["convolutions.0.weight"], by_pooled)
    return delta.reshape(len(pixels), -1)


def _by_dense_layers(
    model: NumpyModel, said: tuple[NDArray[np.float32], ...], labels: NDArray[np.int64]
) -> tuple[list[NDArray[np.float32]], NDArray[np.float32]]:
    """Gradients of the mean loss by the weights of the dense layers, the first one first, and by what goes into it."""
    targets: NDArray[np.float32] = np.eye(said[-1].shape[1], dtype=np.float32)[labels]
    delta = logit_gradient(model.config.loss, said[-1], targets).astype(np.float32)
    found: list[NDArray[np.float32]] = []
    for index, by_sums, by_inputs in _backwards(model, said, delta, len(said) - 1):
        found.insert(0, by_sums.T @ said[index])
        delta = by_inputs
    return found, delta


def _by_filters(model: NumpyModel, pixels: Ink, delta: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Gradients by the filters, the last convolution first; none of an MLP."""
    convolutions = model.convolutions(pixels)
    below = [pixels.reshape(-1, 1, IMAGE_SIDE, IMAGE_SIDE), *(maps.pooled for maps in convolutions)]
    return [
        kernel_gradient(below[index], maps, by_pooled)
        for index, maps, by_pooled in _convolutions_backwards(model, convolutions, delta)
    ]


def _convolutions_backwards(
    model: NumpyModel, convolutions: tuple[ConvolutionMaps, ...], delta: NDArray[np.float32]
) -> Iterator[tuple[int, ConvolutionMaps, NDArray[np.float32]]]:
    """Number of each convolution, what it made and the gradient by that after pooling, the last one first."""
    for index in reversed(range(len(convolutions))):
        maps = convolutions[index]
        by_pooled = delta.reshape(maps.pooled.shape)
        yield index, maps, by_pooled
        if index:
            delta = convolution_gradient(maps, model.weights[f"convolutions.{index}.weight"], by_pooled)
