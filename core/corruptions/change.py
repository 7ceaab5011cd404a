"""What a change of images is: a name, the strengths at which it is measured, and a function."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError

Apply = Callable[[NDArray[np.uint8], float, np.random.Generator], NDArray[np.uint8]]
"""Images ``(N, 28, 28)``, a strength and a source of chance → images of the same shape."""


@dataclass(frozen=True)
class Change:
    """A way to make images harder, as much as one likes.

    Parameters
    ----------
    name
        In the URL and in files.
    unit
        Of a strength, in words that follow the number.
    strengths
        At which networks are measured, ascending.
    neutral
        The strength that changes nothing; one of ``strengths``.
    step
        Between strengths that a slider offers where any of the range can be chosen.
    explanation
        What a strength means, in a sentence.
    """

    name: str
    title: str
    unit: str
    strengths: tuple[float, ...]
    neutral: float
    step: float
    explanation: str
    function: Apply

    def apply(self, images: NDArray[np.uint8], strength: float, seed: int = 0) -> NDArray[np.uint8]:
        """Changed images, uint8 ``(N, 28, 28)``; the same seed gives the same.

        Parameters
        ----------
        images
            uint8, shape ``(N, 28, 28)``; not written to.
        strength
            From the first to the last of ``strengths``.

        Raises
        ------
        DataError
            If the strength is out of that range.
        """
        self.check(strength)
        if strength == self.neutral or not len(images):
            return images.copy()
        return self.function(images, strength, np.random.default_rng(seed))

    def check(self, strength: float) -> None:
        """Raise DataError unless the strength is from the first to the last of ``strengths``."""
        if not self.strengths[0] <= strength <= self.strengths[-1]:
            raise DataError(
                f"{self.title} is from {self.strengths[0]:g} to {self.strengths[-1]:g}{self.unit}, not {strength:g}."
            )

    @property
    def usual(self) -> float:
        """A strength to begin with, one of ``strengths``: in the middle, or the last but one of making smaller."""
        if self.strengths[0] < self.neutral < self.strengths[-1]:
            return float(self.strengths[1])
        away = [strength for strength in self.strengths if strength != self.neutral]
        return float(away[len(away) // 2])

    def words(self, strength: float) -> str:
        """A strength with its unit."""
        return f"{strength:g}{self.unit}"
