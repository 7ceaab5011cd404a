"""Several changes of the same images, one after the other."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from core.config import is_number
from core.corruptions.changes import CHANGES
from core.errors import DataError

NONE = "none"
"""The text of no change at all."""
ORDER = ("thickness", "scale", "rotation", "shift", "occlusion", "inversion", "contrast", "blur", "noise")
"""As a picture comes about: the pen, how the digit lies, what covers it, paper and light, the lens, the sensor."""
_LONGEST = 40
_PLACES: Mapping[str, int] = MappingProxyType({name: place for place, name in enumerate(ORDER)})


@dataclass(frozen=True)
class Combination:
    """Changes that are made together, each at a strength.

    Parameters
    ----------
    steps
        Names of changes with their strengths, in the order of ``ORDER``; no name twice.
    """

    steps: tuple[tuple[str, float], ...] = ()

    @classmethod
    def of(cls, strengths: Mapping[str, float]) -> Self:
        """Put changes into their order.

        Raises
        ------
        DataError
            If there is no such change, or a strength is out of its range.
        """
        for name, strength in strengths.items():
            if name not in CHANGES:
                raise DataError(f"There is no change “{name[:_LONGEST]}”; there are {', '.join(CHANGES)}.")
            CHANGES[name].check(strength)
        # A strength is what its text says, so that a link opens with the same.
        rounded = {name: float(f"{strength:g}") for name, strength in strengths.items()}
        return cls(tuple(sorted(rounded.items(), key=lambda step: _PLACES[step[0]])))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``rotation:15,noise:0.2``, or ``none``; in any order.

        Raises
        ------
        DataError
            If it is something else, in a sentence.
        """
        strengths: dict[str, float] = {}
        for part in text.split(",") if text != NONE else ():
            name, colon, number = part.strip().partition(":")
            if not colon or not is_number(number):
                said = part.strip()[:_LONGEST]
                raise DataError(f"Changes are written as CHANGE:STRENGTH, such as rotation:15,noise:0.2, not “{said}”.")
            if name in strengths:
                raise DataError(f"“{name[:_LONGEST]}” is listed twice.")
            strengths[name] = float(number)
        return cls.of(strengths)

    @property
    def text(self) -> str:
        """The one form of it in the URL, in files and on the command line."""
        return ",".join(f"{name}:{strength:g}" for name, strength in self.steps) or NONE

    @property
    def words(self) -> str:
        """In a sentence: ``Rotation 15°, then Noise 0.2``."""
        said = (f"{CHANGES[name].title} {CHANGES[name].words(strength)}" for name, strength in self.steps)
        return ", then ".join(said) or "No change"

    @property
    def effective(self) -> "Combination":
        """The same without what changes nothing."""
        return Combination(tuple(step for step in self.steps if step[1] != CHANGES[step[0]].neutral))

    @property
    def alone(self) -> tuple["Combination", ...]:
        """Each of its changes by itself."""
        return tuple(Combination((step,)) for step in self.steps)

    @property
    def stages(self) -> tuple["Combination", ...]:
        """What has been done after each step: none of it first, all of it last."""
        return tuple(Combination(self.steps[:count]) for count in range(len(self.steps) + 1))

    def apply(self, images: NDArray[np.uint8], seed: int = 0) -> NDArray[np.uint8]:
        """Changed images, uint8 ``(N, 28, 28)``; the same seed gives the same.

        Every step draws from a seed of its own, the first from this one: alone, it is what :class:`Change` makes of it.

        Parameters
        ----------
        images
            uint8, shape ``(N, 28, 28)``; not written to.
        """
        for place, (name, strength) in enumerate(self.steps):
            images = CHANGES[name].apply(images, strength, seed + place)
        return images if self.steps else images.copy()
