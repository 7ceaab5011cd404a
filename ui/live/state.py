"""What a session knows of its live figures."""

from dataclasses import dataclass


@dataclass
class LiveState:
    """Whether the browser could not run the script; figures are then plain charts."""

    failed: bool = False
