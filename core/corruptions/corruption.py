"""What one of the fifteen corruptions is: a name, its published parameters by severity, and a function."""

from collections.abc import Callable
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError

Images = NDArray[np.uint8]
Parameters = tuple[float, ...]
Corrupt = Callable[[Images, Parameters, np.random.Generator], Images]


@dataclass(frozen=True)
class Corruption:
    """A kind of corruption of MNIST-C.

    Parameters
    ----------
    name
        The one that MNIST-C has.
    published
        The severity at which MNIST-C was made, from 1.
    parameters
        Of each severity, as published.
    """

    name: str
    published: int
    parameters: tuple[Parameters, ...]
    function: Corrupt

    @property
    def title(self) -> str:
        """Its name for a page: ``Dotted line``."""
        return self.name.replace("_", " ").capitalize()

    def apply(self, images: Images, severity: int | None = None, seed: int = 0) -> Images:
        """Corrupted images, uint8 ``(N, 28, 28)``; the same seed gives the same.

        Parameters
        ----------
        images
            uint8, shape ``(N, 28, 28)``; not written to.
        severity
            The published one by default.

        Raises
        ------
        DataError
            If it has no such severity.
        """
        severity = self.published if severity is None else severity
        if not 1 <= severity <= len(self.parameters):
            known = "1" if len(self.parameters) == 1 else f"from 1 to {len(self.parameters)}"
            raise DataError(f"The severity of {self.name} is {known}, not {severity}.")
        if not len(images):
            return images.copy()
        chance = np.random.default_rng([seed, crc32(self.name.encode())])
        return self.function(images, self.parameters[severity - 1], chance)
