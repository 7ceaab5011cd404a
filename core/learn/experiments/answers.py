"""Which images a network reads correctly."""

import numpy as np
from numpy.typing import NDArray


class Answers:
    """What a network read, and what it should have; a dataclass that inherits this declares both fields itself.

    Attributes
    ----------
    labels, predicted
        int64, shape ``(N,)``: of the validation images, in the same order.
    """

    labels: NDArray[np.int64]
    predicted: NDArray[np.int64]

    @property
    def right(self) -> NDArray[np.bool_]:
        """Which validation images are read correctly, bool, shape ``(N,)``."""
        right: NDArray[np.bool_] = self.predicted == self.labels
        return right

    @property
    def accuracy(self) -> float:
        """Validation accuracy, 0–1."""
        return float(self.right.mean())
