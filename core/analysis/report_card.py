"""Report card: digits that a person drew on request, and how many of each a network reads as what was asked for."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class ReportCard:
    """What was asked for and what was read, drawing by drawing, as labels ``0 … K-1``."""

    asked: tuple[int, ...]
    read: tuple[int, ...]

    @property
    def correct(self) -> int:
        """Drawings that were read as what was asked for."""
        return sum(self.is_correct)

    @property
    def is_correct(self) -> tuple[bool, ...]:
        """Of each drawing."""
        return tuple(read == asked for asked, read in zip(self.asked, self.read, strict=True))

    def of_class(self, label: int) -> tuple[int, int]:
        """Drawings of a class that were read correctly, and how many there are."""
        hits = [hit for asked, hit in zip(self.asked, self.is_correct, strict=True) if asked == label]
        return sum(hits), len(hits)


def read_as(card: ReportCard, label: int, names: Sequence[str]) -> str:
    """What the drawings of a class were read as, in their order, separated by commas."""
    return ", ".join(names[read] for asked, read in zip(card.asked, card.read, strict=True) if asked == label)
