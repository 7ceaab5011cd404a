"""NumpyModel: a trained network that answers without PyTorch, for the server."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.config import Loss, TrainConfig
from core.data.dataset import DIGIT_NAMES, IMAGE_SIDE, Normalisation
from core.drawings.preprocessing import normalise
from core.errors import RunError
from core.models.convolution import ConvolutionMaps, convolve
from core.models.functional import activate, softmax
from core.models.shapes import architecture_name, filter_counts, weight_shapes
from core.stopping import ShouldStop, look, never

NORM_EPSILON = 1e-5
_CHUNK = 1_000
Weights = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True, eq=False)
class NumpyModel:
    """Weights of one run at one moment, with what is needed to use them.

    Parameters
    ----------
    run_id
        The run that trained them.
    weights
        float32 by name: ``layers.0.weight`` of shape ``(outputs, inputs)``, ``layers.0.bias`` of ``(outputs,)``, …;
        see :mod:`core.models.shapes`.

    Raises
    ------
    RunError
        If names or shapes are not those of the config's network.
    """

    run_id: str
    config: TrainConfig
    weights: Weights
    normalisation: Normalisation
    class_names: tuple[str, ...] = DIGIT_NAMES

    def __post_init__(self) -> None:
        check_weights(self.config, self.weights, classes=len(self.class_names))

    def logits(self, images: NDArray[np.uint8], should_stop: ShouldStop = never) -> NDArray[np.float32]:
        """Logits ``(N, K)``, float32, of uint8 images ``(N, 28, 28)``.

        Raises
        ------
        StoppedError
            If ``should_stop``, which is asked every 1,000 images, says so.
        """
        parts = []
        for start in range(0, len(images), _CHUNK):
            look(should_stop)
            parts.append(self._forward(images[start : start + _CHUNK]))
        return np.concatenate(parts) if parts else np.empty((0, len(self.class_names)), dtype=np.float32)

    def probabilities(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """What the network makes of each image, float32 ``(N, K)``; rows sum to 1."""
        return probabilities_of(self.logits(images), self.config.loss)

    def probabilities_and_hidden(
        self, images: NDArray[np.uint8]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
        """The same, and what goes into the last layer, float32 ``(N, units)``; None where that is the pixels."""
        if len(images) <= _CHUNK:
            hidden, logits = self.layers(images)[-2:]
        else:
            parts = [self.layers(images[start : start + _CHUNK])[-2:] for start in range(0, len(images), _CHUNK)]
            hidden, logits = map(np.concatenate, zip(*parts, strict=True))
        return probabilities_of(logits, self.config.loss), hidden if self.hidden_units else None

    @property
    def hidden_units(self) -> int:
        """How many numbers go into the last layer; 0 where they are the pixels."""
        is_linear = self.config.architecture != "cnn" and not self.config.hidden_widths
        return 0 if is_linear else int(self.dense_weights[-1].shape[1])

    def first_layer_images(self) -> NDArray[np.float32]:
        """Incoming weights of each unit of the first layer, float32 ``(units, side, side)``: 28 px, a CNN's 5 px."""
        if self.config.architecture == "cnn":
            return self.weights["convolutions.0.weight"][:, 0]
        return self.weights["layers.0.weight"].reshape(-1, IMAGE_SIDE, IMAGE_SIDE)

    @property
    def dense_weights(self) -> tuple[NDArray[np.float32], ...]:
        """The weights of each dense layer, float32 ``(outputs, inputs)``, from the first to the logits."""
        return tuple(self.weights[f"layers.{index}.weight"] for index in range(len(self.config.hidden_widths) + 1))

    def layers(self, images: NDArray[np.uint8]) -> tuple[NDArray[np.float32], ...]:
        """What goes into the first dense layer, what each hidden layer says, and the logits; float32 ``(N, units)``."""
        return self.layers_of(normalise(images, self.normalisation))

    def layers_of(self, pixels: NDArray[np.float32]) -> tuple[NDArray[np.float32], ...]:
        """The same of pixels that need not be bytes: float32 ``(N, 784)``, normalised."""
        said = [self._features(pixels) if self.config.architecture == "cnn" else pixels]
        for index in range(len(self.config.hidden_widths) + 1):
            said.append(self.dense(index, said[-1]))
        return tuple(said)

    def dense(self, index: int, a: NDArray[np.float32]) -> NDArray[np.float32]:
        """What dense layer ``index``, counted from 0, makes of what goes into it; the last one gives the logits."""
        z = self.sums(index, a)
        is_last = index == len(self.config.hidden_widths)
        return z if is_last else activate(self.config.activation, self.normed(index, z))

    def _forward(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        return self.layers(images)[-1]

    def sums(self, index: int, a: NDArray[np.float32]) -> NDArray[np.float32]:
        """Weights times what goes into dense layer ``index``, and its bias."""
        z: NDArray[np.float32] = a @ self.weights[f"layers.{index}.weight"].T
        return z + self.weights[f"layers.{index}.bias"] if self.config.bias else z

    def normed(self, index: int, z: NDArray[np.float32]) -> NDArray[np.float32]:
        """Sums after batch normalisation with the statistics that training has gathered; themselves without it."""
        if not self.config.batch_norm:
            return z
        names = ("weight", "bias", "running_mean", "running_var")
        scale, shift, mean, variance = (self.weights[f"norms.{index}.{name}"] for name in names)
        normed: NDArray[np.float32] = (z - mean) / np.sqrt(variance + np.float32(NORM_EPSILON)) * scale + shift
        return normed

    def convolutions(self, pixels: NDArray[np.float32]) -> tuple[ConvolutionMaps, ...]:
        """What each convolution makes of normalised pixels ``(N, 784)``; none of an MLP."""
        maps, said = pixels.reshape(-1, 1, IMAGE_SIDE, IMAGE_SIDE), []
        for index in range(len(filter_counts(self.config))):
            kernel, bias = self.weights[f"convolutions.{index}.weight"], self.weights[f"convolutions.{index}.bias"]
            said.append(convolve(maps, kernel, bias))
            maps = said[-1].pooled
        return tuple(said)

    def _features(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        """Pixels ``(N, 784)`` → features ``(N, F)``."""
        return np.ascontiguousarray(self.convolutions(pixels)[-1].pooled).reshape(len(pixels), -1)


def check_weights(config: TrainConfig, weights: Weights, *, classes: int = 10) -> None:
    """Raise RunError unless names and shapes are those of the config's network."""
    if {name: array.shape for name, array in weights.items()} != weight_shapes(config, classes):
        raise RunError(f"The weights do not fit a {architecture_name(config, classes)} network.")


def probabilities_of(logits: NDArray[np.float32], loss: Loss) -> NDArray[np.float32]:
    """Logits ``(N, K)`` → probabilities ``(N, K)``.

    Of cross entropy, the softmax. Logits that were trained by squared error towards 0 and 1 are estimates of
    probabilities already: they are cut at 0 and scaled to a sum of 1 (all equal where none is above 0).
    """
    if loss == "squared_error":
        shares = np.maximum(logits, 0)
        shares = np.where(shares.sum(axis=1, keepdims=True) > 0, shares, np.float32(1))
    else:
        return softmax(logits)
    probabilities: NDArray[np.float32] = shares / shares.sum(axis=1, keepdims=True)
    return probabilities
