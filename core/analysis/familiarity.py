"""Familiarity: how near an image is to what a network has learned from, so that it can refuse what is not a digit.

References
----------
.. [1] Y. Sun et al., "Out-of-distribution detection with deep nearest neighbors", ICML 2022,
   https://arxiv.org/abs/2204.06507
"""

from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

MOST_REFERENCES: Final = 3_000
"""Training images that are kept for each run; more refuse hardly more, and each costs time at every answer."""
REFUSED: Final = 0.05
"""Share of validation images that are strange enough to be refused."""
_AXES, _LOOKED_AT = 48, 500
_OF_REFERENCES: Final = 8
"""One of this many is compared with first: of digits, it is enough for seven of eight."""
_THUMBNAIL_SHARE: Final = 1 / 3
_THUMBNAIL, _WITHOUT_HIDDEN = 4, 2
_LEAST: Final = np.float32(1e-12)


@dataclass(frozen=True, eq=False)
class Familiarity:
    """Training images as a network sees them, and from where on an image is strange.

    An image is described by what the last hidden layer says and by a small picture of it, which counts half as much:
    what a network has never needed to tell apart, it does not see. Strange is what is far, by the angle, from the
    nearest of the training images [1]_, the more so the less the network is sure.

    Angles are measured along the few axes that hold nearly all of the training images; what an image has beside them
    makes it strange as well, for its description keeps the length 1.

    Parameters
    ----------
    axes
        float32, shape ``(D, Q)``: orthonormal, of descriptions.
    references
        float32, shape ``(M, Q)``: training images along them.
    threshold
        Strangeness above which an image is refused.
    """

    axes: NDArray[np.float32]
    references: NDArray[np.float32]
    threshold: float

    @property
    def size(self) -> int:
        """Bytes of its arrays."""
        return self.axes.nbytes + self.references.nbytes

    def strangeness(self, described: NDArray[np.float32], confidence: NDArray[np.float32]) -> NDArray[np.float32]:
        """1 − cosine of the angle to the nearest training image, times 1 + √(1 − confidence); float32 ``(N,)``.

        Parameters
        ----------
        described
            What :func:`describe` makes of the images, shape ``(N, D)``.
        confidence
            float32, shape ``(N,)``, 0–1.
        """
        return _strangeness(described @ self.axes, self.references, confidence)

    def are_strange(self, described: NDArray[np.float32], confidence: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Whether the :meth:`strangeness` of each image is above the threshold, bool ``(N,)``; with fewer products.

        An image that is near enough to one of a few training images need not be compared with the others.
        """
        along = described @ self.axes
        strange: NDArray[np.bool_] = _strangeness(along, self._few, confidence) > self.threshold
        left = np.flatnonzero(strange)
        if len(left):
            strange[left] = _strangeness(along[left], self.references, confidence[left]) > self.threshold
        return strange

    @cached_property
    def _few(self) -> NDArray[np.float32]:
        return np.ascontiguousarray(self.references[::_OF_REFERENCES])


def fit_familiarity(
    training: NDArray[np.float32], validation: NDArray[np.float32], confidence: NDArray[np.float32]
) -> Familiarity | None:
    """Take training images as references, and a threshold by which ``REFUSED`` of the validation images are refused.

    Parameters
    ----------
    training, validation
        What :func:`describe` makes of them, shapes ``(M, D)`` and ``(N, D)``.
    confidence
        Of the validation images, shape ``(N,)``, 0–1.

    Returns
    -------
    Familiarity or None
        None without images on either side, or where descriptions are not numbers. Arrays have the precision of a half,
        in which they are kept.
    """
    if not len(training) or not len(validation) or not np.isfinite(training).all():
        return None
    axes = _halved(_axes(training))
    familiarity = Familiarity(axes, _halved(training @ axes), 0.0)
    threshold = float(np.quantile(familiarity.strangeness(validation, confidence), 1 - REFUSED))
    return replace(familiarity, threshold=threshold) if np.isfinite(threshold) else None


def reference_positions(count: int, seed: int = 0) -> NDArray[np.int64]:
    """Which of ``count`` training images become references: drawn evenly, sorted."""
    return np.sort(np.random.default_rng(seed).permutation(count)[:MOST_REFERENCES])


def description_width(hidden_units: int) -> int:
    """Numbers that describe an image, of a network with this many units in its last hidden layer; 0: it has none."""
    side = 28 // picture_of_description(hidden_units)[0]
    return side * side + hidden_units


def picture_of_description(hidden_units: int) -> tuple[int, float]:
    """Pixels a side that become one of the small picture in a description, and how much of it the picture counts."""
    return (_THUMBNAIL, _THUMBNAIL_SHARE) if hidden_units else (_WITHOUT_HIDDEN, 1.0)


def describe(images: NDArray[np.uint8], hidden: NDArray[np.float32] | None) -> NDArray[np.float32]:
    """What images are compared by, float32 ``(N, D)``.

    Parameters
    ----------
    images
        uint8, shape ``(N, 28, 28)``.
    hidden
        What the last hidden layer says of them, shape ``(N, units)``; None of a network without one, of which a
        larger picture counts alone.
    """
    if hidden is None:
        return _unit(_thumbnails(images, _WITHOUT_HIDDEN))
    picture = _unit(_thumbnails(images, _THUMBNAIL)) * np.float32(_THUMBNAIL_SHARE**0.5)
    return np.concatenate([_unit(hidden) * np.float32((1 - _THUMBNAIL_SHARE) ** 0.5), picture], axis=1)


def _strangeness(
    along: NDArray[np.float32], references: NDArray[np.float32], confidence: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Of images by their place along the axes, ``(N, Q)``, among these references."""
    nearest = np.empty(len(along), np.float32)
    for start in range(0, len(along), _LOOKED_AT):
        part = slice(start, start + _LOOKED_AT)
        nearest[part] = (along[part] @ references.T).max(axis=1)
    strangeness: NDArray[np.float32] = np.maximum(1 - nearest, 0) * (1 + np.sqrt(np.maximum(1 - confidence, 0)))
    return strangeness


def _axes(training: NDArray[np.float32]) -> NDArray[np.float32]:
    """The first principal directions through the origin, shape ``(D, Q)``, by a few of the images: enough for these."""
    few = training[:: max(1, len(training) // _LOOKED_AT)]
    directions = np.linalg.svd(few, full_matrices=False)[2][:_AXES]
    return np.ascontiguousarray(directions.T)


def _halved(array: NDArray[np.float32]) -> NDArray[np.float32]:
    return array.astype(np.float16).astype(np.float32)


def _thumbnails(images: NDArray[np.uint8], block: int) -> NDArray[np.float32]:
    """Sums of blocks of pixels, shape ``(N, (28 / block)²)``."""
    thumbnails: NDArray[np.float32] = images.reshape(len(images), -1).astype(np.float32) @ _block_sums(block)
    return thumbnails


@cache
def _block_sums(block: int) -> NDArray[np.float32]:
    """0 and 1, shape ``(784, (28 / block)²)``: one product is faster than sums over parts of an array."""
    of_line = np.repeat(np.eye(28 // block, dtype=np.float32), block, axis=0)
    return np.kron(of_line, of_line)


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
    unit: NDArray[np.float32] = rows / np.maximum(lengths, _LEAST)
    return unit
