"""What a session keeps of Draw."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.reading.answers import Answer


@dataclass
class ManyState:
    """The pictures that were read last.

    Parameters
    ----------
    key
        Which files, read by which weights.
    answers
        In the order of the files.
    unreadable
        A sentence about each file that cannot be read.
    is_table
        Whether they are the rows of one table, all of them.
    remarks
        A sentence about each file that was changed before it was read.
    """

    key: str = ""
    answers: list[Answer] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    is_table: bool = False
    remarks: list[str] = field(default_factory=list)


@dataclass
class CardState:
    """A report card.

    Parameters
    ----------
    images
        uint8 ``(28, 28)`` each, as the network got them: one for each class in turn, round after round.
    is_on
        Whether the next is being asked for.
    meant_for
        The classes, and how pictures are framed.
    """

    images: list[NDArray[np.uint8]] = field(default_factory=list)
    is_on: bool = False
    meant_for: tuple[str, ...] = ()

    def belong_to(self, meant_for: tuple[str, ...]) -> None:
        """Begin again if this was drawn for anything else."""
        if self.meant_for != meant_for:
            self.meant_for = meant_for
            self.discard()

    def begin(self) -> None:
        """Ask for a round, or continue with one."""
        self.is_on = True

    def end(self) -> None:
        """Ask for nothing more."""
        self.is_on = False

    def discard(self) -> None:
        """Forget all drawings."""
        self.images, self.is_on = [], False
