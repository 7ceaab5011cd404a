"""What somebody makes of a run afterwards: three answers, kept as one text that reads well as it is."""

from dataclasses import astuple, dataclass
from typing import Final, Self

HEADINGS: Final = ("What I expected", "What happened", "What I would change")
"""The questions, in the order of the fields of :class:`Reflection`."""


@dataclass(frozen=True)
class Reflection:
    """The three answers; any of them may be empty.

    Parameters
    ----------
    expected, happened, change
        What was expected before, what happened, and what would be done differently: lines of plain text.
    """

    expected: str = ""
    happened: str = ""
    change: str = ""

    @classmethod
    def of(cls, text: str) -> Self:
        """The answers in a kept text; what has no heading before it is taken for what happened."""
        answers: dict[str, list[str]] = {heading: [] for heading in HEADINGS}
        heading = HEADINGS[1]
        for line in text.splitlines():
            if line in answers:
                heading = line
            else:
                answers[heading].append(line)
        return cls(*("\n".join(lines).strip("\n") for lines in answers.values()))

    @property
    def text(self) -> str:
        """How it is kept: each answer below its heading, empty ones left out."""
        return "\n\n".join(f"{heading}\n{_body(answer)}" for heading, answer in self.answers)

    @property
    def answers(self) -> tuple[tuple[str, str], ...]:
        """Heading and answer of those that have one."""
        return tuple((heading, said) for heading, said in zip(HEADINGS, astuple(self), strict=True) if said.strip())


def _body(answer: str) -> str:
    """An answer whose lines are none of the headings: a space before such a line keeps it where it was typed."""
    lines = answer.strip().splitlines()
    return "\n".join(f" {line}" if line in HEADINGS else line for line in lines)
