"""What a session keeps of Learn."""

from dataclasses import dataclass, field

from core.analysis.duel import Duel


@dataclass
class LearnState:
    """Progress.

    Attributes
    ----------
    puzzles
        Those that are open, by name: True if the bug was spotted, False if it was shown.
    done
        Names of cards that have been read, and of steps of the lesson that are done.
    duel
        The digits that the third card asks for, and the answers so far.
    is_told
        Whether the answer of the network to the last one is on the page.
    unit, example
        What the second and the seventh card show: which of the units that are offered, which picture of its kind.
    steps
        How many steps the network of the fifth card has learned for.
    """

    puzzles: dict[str, bool] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)
    duel: Duel | None = None
    is_told: bool = False
    unit: int = 0
    example: int = 0
    steps: int = 0
