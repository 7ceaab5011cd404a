"""Familiarity: how near an image is to what a network has learned from, so that it can refuse what is not a digit.

References
----------
.. [1] Y. Sun et al., "Out-of-distribution detection with deep nearest neighbors", ICML 2022,
   https://arxiv.org/abs/2204.06507
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

MOST_REFERENCES: Final = 2_000
"""Training images that are kept for each run; more refuse hardly more, and each costs time at every answer."""
REFUSED: Final = 0.05
"""Share of validation images that are strange enough to be refused."""
_MOST_NUMBERS: Final = 4_000_000
_THUMBNAIL_SHARE: Final = 1 / 3
_THUMBNAIL, _WITHOUT_HIDDEN = 4, 2
_LEAST: Final = np.float32(1e-12)


@dataclass(frozen=True, eq=False)
class Familiarity:
    """Training images as a network sees them, and from where on an image is strange.

    An image is described by what the last hidden layer says and by a small picture of it, which counts half as much:
    what a network has never needed to tell apart, it does not see. Strange is what is far, by the angle, from the
    nearest of the training images [1]_, the more so the less the network is sure.

    Parameters
    ----------
    references
        float32, shape ``(M, D)``: descriptions of training images, each of length 1.
    threshold
        Strangeness above which an image is refused.
    """

    references: NDArray[np.float32]
    threshold: float

    def strangeness(self, described: NDArray[np.float32], confidence: NDArray[np.float32]) -> NDArray[np.float32]:
        """1 − cosine of the angle to the nearest training image, times 1 + √(1 − confidence); float32 ``(N,)``.

        Parameters
        ----------
        described
            What :func:`describe` makes of the images, shape ``(N, D)``.
        confidence
            float32, shape ``(N,)``, 0–1.
        """
        return _strangeness(described, confidence, self.references)


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
        None without images on either side, or where descriptions are not numbers.
    """
    if not len(training) or not len(validation):
        return None
    scores = _strangeness(validation, confidence, training)
    threshold = float(np.quantile(scores, 1 - REFUSED))
    return Familiarity(training, threshold) if np.isfinite(threshold) and np.isfinite(training).all() else None


def reference_positions(count: int, width: int, seed: int = 0) -> NDArray[np.int64]:
    """Which of ``count`` training images become references of ``width`` numbers each: drawn evenly, sorted."""
    most = min(count, MOST_REFERENCES, max(1, _MOST_NUMBERS // width))
    return np.sort(np.random.default_rng(seed).permutation(count)[:most])


def description_width(hidden_units: int) -> int:
    """Numbers that describe an image, of a network with this many units in its last hidden layer; 0: it has none."""
    side = 28 // (_THUMBNAIL if hidden_units else _WITHOUT_HIDDEN)
    return side * side + hidden_units


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
    described: NDArray[np.float32], confidence: NDArray[np.float32], references: NDArray[np.float32]
) -> NDArray[np.float32]:
    parts = [described[start : start + 500] @ references.T for start in range(0, len(described), 500)]
    nearest = np.concatenate([part.max(axis=1) for part in parts]) if parts else np.empty(0, np.float32)
    strangeness: NDArray[np.float32] = np.maximum(1 - nearest, 0) * (1 + np.sqrt(np.maximum(1 - confidence, 0)))
    return strangeness


def _thumbnails(images: NDArray[np.uint8], block: int) -> NDArray[np.float32]:
    """Sums of blocks of pixels, shape ``(N, (28 / block)²)``."""
    side = images.shape[1] // block
    rows = images.reshape(len(images), side, block, -1).sum(axis=2, dtype=np.uint16)
    blocks = rows.reshape(len(images), side, side, block).sum(axis=3, dtype=np.uint16)
    thumbnails: NDArray[np.float32] = blocks.reshape(len(images), -1).astype(np.float32)
    return thumbnails


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
    unit: NDArray[np.float32] = rows / np.maximum(lengths, _LEAST)
    return unit
