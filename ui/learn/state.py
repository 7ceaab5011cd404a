"""What a session keeps of Learn."""

from dataclasses import dataclass, field


@dataclass
class LearnState:
    """Puzzles that are open, by name: True if the bug was spotted, False if it was shown."""

    puzzles: dict[str, bool] = field(default_factory=dict)
