"""Puzzle and Finding: a mistake that was really made, and what it costs."""

from collections.abc import Callable
from dataclasses import dataclass

TORCHVISION = "The torchvision notebook"
QUESTIONS = "The notebook of 31 questions"
BREAKDOWN = "The project break-down"
SERIES = "The from-scratch series"
TUTORIAL = "The NumPy tutorial"


@dataclass(frozen=True)
class Reading:
    """One thing that was measured, with the mistake and without it.

    Parameters
    ----------
    form
        Format of the numbers, for instance ``.1%``; texts stay as they are.
    """

    name: str
    wrong: float | str
    right: float | str
    form: str = ",.0f"

    def words(self) -> tuple[str, str, str]:
        """Name and both values, as people read them."""
        wrong, right = (
            value if isinstance(value, str) else format(value, self.form) for value in (self.wrong, self.right)
        )
        return self.name, wrong, right


@dataclass(frozen=True)
class Finding:
    """What a mistake costs: readings under two columns, and one sentence that sums them up."""

    readings: tuple[Reading, ...]
    sentence: str
    columns: tuple[str, str] = ("As it is", "Corrected")

    def reading(self, name: str) -> Reading:
        """The reading of this name."""
        return next(reading for reading in self.readings if reading.name == name)


@dataclass(frozen=True)
class Puzzle:
    """A mistake to find.

    Parameters
    ----------
    slug
        Its name in the URL.
    document, quotation
        Where it was found and what is there, word for word.
    is_code
        Whether the quotation is code.
    choices, answer
        What could be wrong with it, and the position of what is.
    measure
        Trains, reads or counts; an importable function, for a worker runs it.
    doing
        What it does, for the button and while it runs.
    seconds
        About how long that takes, once a worker is free.
    code
        Where the product does it right, see :func:`core.learn.source.source_of`.
    """

    slug: str
    title: str
    document: str
    quotation: str
    question: str
    choices: tuple[str, ...]
    answer: int
    explanation: str
    measure: Callable[[], Finding]
    doing: str
    code: str
    is_code: bool = True
    seconds: float = 2.0
