"""What each pixel says for and against the answer: gradient, integrated gradients, occlusion."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import IMAGE_SIDE
from core.explain.gradients import gradient, ink_of, logits
from core.explain.method import Method
from core.models.numpy_model import NumpyModel

WINDOW, STRIDE = 4, 2
"""Pixels: the side of the square that occlusion covers, and how far it moves each time."""
_STEPS = (32, 64, 128)
_TOLERANCE = 0.01
"""What the pixels of integrated gradients may lack of the difference that they explain; else more steps are taken."""

_Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Attribution:
    """What the pixels of one image say for two classes.

    Parameters
    ----------
    classes
        The answer, and the class that it is compared with.
    values
        float32, shape ``(2, 28, 28)``, for each of the two. ``saliency``: by how much the logit rises per unit of ink
        (0–1) that is added to a pixel. ``integrated``: what a pixel's ink has added to the logit. ``occlusion``: by how
        much the logit falls when the pixel is covered, the mean over the squares that cover it.
    logits, blank
        float32, shape ``(2,)``: the logits of both classes for the image, and for one without ink.
    """

    method: Method
    classes: tuple[int, int]
    values: _Floats
    logits: _Floats
    blank: _Floats

    @property
    def difference(self) -> _Floats:
        """What each pixel says for the first class rather than the second, float32, shape ``(28, 28)``."""
        return np.asarray(self.values[0] - self.values[1], dtype=np.float32)


def top_two(model: NumpyModel, image: NDArray[np.uint8]) -> tuple[int, int]:
    """The most probable class of an image ``(28, 28)``, and of the others the one with the highest logit."""
    label = int(model.probabilities(image[None])[0].argmax())
    rest = model.logits(image[None])[0].astype(np.float64)
    if len(rest) > 1:
        rest[label] = -np.inf
    return label, int(rest.argmax())


def attribute(
    model: NumpyModel, image: NDArray[np.uint8], method: Method, classes: tuple[int, int] | None = None
) -> Attribution:
    """Ask each pixel of an image what it says for two classes.

    Parameters
    ----------
    image
        uint8, shape ``(28, 28)``.
    classes
        The two most probable ones if left out.

    References
    ----------
    Simonyan, Vedaldi, Zisserman 2014, https://arxiv.org/abs/1312.6034 (gradient); Sundararajan, Taly, Yan 2017,
    https://arxiv.org/abs/1703.01365 (integrated gradients); Zeiler, Fergus 2014, https://arxiv.org/abs/1311.2901
    (occlusion).
    """
    chosen = classes or top_two(model, image)
    ink = ink_of(image[None])
    both = list(chosen)
    ask = {Method.SALIENCY: _saliency, Method.INTEGRATED: _integrated, Method.OCCLUSION: _occlusion}[method]
    values = ask(model, ink, both).reshape(2, IMAGE_SIDE, IMAGE_SIDE)
    said = logits(model, np.concatenate([ink, np.zeros_like(ink)]))[:, both]
    return Attribution(method, chosen, values.astype(np.float32), said[0], said[1])


def _saliency(model: NumpyModel, ink: _Floats, classes: list[int]) -> _Floats:
    """``d logit / d ink``, shape ``(2, 784)``."""
    return gradient(model, ink.repeat(2, axis=0), _one_hot(model, classes))


def _integrated(model: NumpyModel, ink: _Floats, classes: list[int]) -> _Floats:
    """Ink times the mean gradient on the straight way from no ink to the image, shape ``(2, 784)``.

    In more and smaller steps, until the pixels add up to what the logits have gained on that way.
    """
    said = logits(model, np.concatenate([ink, np.zeros_like(ink)]))[:, classes].astype(np.float64)
    gained = said[0] - said[1]
    values = np.zeros((2, ink.shape[1]))
    for steps in _STEPS:
        way = ((np.arange(steps)[:, None] + 0.5) / steps * ink).astype(np.float32)
        slopes = [gradient(model, way, np.repeat(row[None], steps, axis=0)) for row in _one_hot(model, classes)]
        values = np.stack([slope.mean(axis=0, dtype=np.float64) for slope in slopes]) * ink
        if np.abs(values.sum(axis=1) - gained).max() <= _TOLERANCE * max(1.0, float(np.abs(gained).max())):
            break
    return values.astype(np.float32)


def _occlusion(model: NumpyModel, ink: _Floats, classes: list[int]) -> _Floats:
    """Mean fall of the logit over all squares that cover a pixel, shape ``(2, 784)``."""
    corners = range(0, IMAGE_SIDE - WINDOW + 1, STRIDE)
    squares = np.zeros((len(corners) ** 2, IMAGE_SIDE, IMAGE_SIDE), dtype=bool)
    for square, (top, left) in zip(squares, ((top, left) for top in corners for left in corners), strict=True):
        square[top : top + WINDOW, left : left + WINDOW] = True
    covers = squares.reshape(len(squares), -1)
    falls = np.zeros((len(covers), len(classes)), dtype=np.float32)
    changes = (covers & (ink > 0)).any(axis=1)
    if changes.any():
        said = logits(model, np.where(covers[changes], np.float32(0), ink))[:, classes]
        falls[changes] = logits(model, ink)[:, classes] - said
    return np.asarray(falls.T @ covers.astype(np.float32) / covers.sum(axis=0), dtype=np.float32)


def _one_hot(model: NumpyModel, classes: list[int]) -> _Floats:
    return np.eye(len(model.class_names), dtype=np.float32)[classes]
