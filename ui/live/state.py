"""What a session knows of its live figures and keys."""

from dataclasses import dataclass, field


@dataclass
class LiveState:
    """What the browser has said.

    Parameters
    ----------
    failed
        Whether it could not run the script; figures are then plain charts.
    heard
        Presses of the arrow keys, by the key of who listens: since when they are counted, and their sum.
    """

    failed: bool = False
    heard: dict[str, tuple[str, int]] = field(default_factory=dict)
