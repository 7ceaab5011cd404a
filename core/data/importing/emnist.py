"""What is particular about EMNIST: its images lie on their side, its letters start at 1, its classes have names.

References
----------
G. Cohen, S. Afshar, J. Tapson, A. van Schaik: EMNIST: an extension of MNIST to handwritten letters, 2017.
"""

import re
import string
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_MERGED = frozenset("cijklmopsuvwxyz")
"""Letters whose two cases look the same: they are one class in EMNIST balanced."""
ON_THEIR_SIDE = "EMNIST’s images lie on their side: they have been turned upright."
"""What is said of images that :func:`upright` has turned."""

_NAME = re.compile(r"emnist[-_ ]?(balanced|bymerge|byclass|letters|digits|mnist)(?![a-z])", re.IGNORECASE)


@dataclass(frozen=True)
class EmnistSplit:
    """One of EMNIST's splits.

    Parameters
    ----------
    first_label
        The label of the first class in the files.
    """

    class_names: tuple[str, ...]
    first_label: int = 0

    def labels(self, stored: NDArray[np.int64]) -> NDArray[np.int64]:
        """Labels from 0 on, of those in the files."""
        return stored - self.first_label


_ALL_NAMES = tuple(string.digits + string.ascii_uppercase + string.ascii_lowercase)
_DIGITS = EmnistSplit(tuple(string.digits))
_BALANCED = EmnistSplit(tuple(name for name in _ALL_NAMES if name not in _MERGED))


def emnist_split(name: str) -> EmnistSplit | None:
    """The split by the name that EMNIST gives it, such as ``letters``."""
    match name:
        case "digits" | "mnist":
            return _DIGITS
        case "letters":
            return EmnistSplit(tuple(string.ascii_uppercase), first_label=1)
        case "balanced" | "bymerge":
            return _BALANCED
        case "byclass":
            return EmnistSplit(_ALL_NAMES)
        case _:
            return None


def emnist_split_of_file(name: str) -> EmnistSplit | None:
    """The split that a file belongs to, such as ``emnist-letters-train.csv``; None if to none."""
    match = _NAME.search(name)
    return emnist_split(match[1].lower()) if match else None


def upright(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """EMNIST's images put upright: rows and columns exchanged; shape ``(N, 28, 28)``."""
    return np.ascontiguousarray(images.transpose(0, 2, 1))
