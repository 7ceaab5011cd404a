"""What a session knows of its live figures and keys."""

from dataclasses import dataclass, field

from ui.shell.state import page_state


@dataclass
class LiveState:
    """How figures fare in this session.

    Parameters
    ----------
    failed
        Whether the browser could not load the script; figures are then plain charts.
    is_told
        Whether the whole page has run since, which is where the visitor reads of it.
    heard
        Presses of the arrow keys, by the key of who listens: since when they are counted, and their sum.
    places
        Where the control of a run rests, by the run: the name of a place, empty at the newest.
    """

    failed: bool = False
    is_told: bool = False
    heard: dict[str, tuple[str, int]] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)


def changes_in_place() -> bool:
    """Whether figures are live ones, changed where they stand; otherwise they are plain charts, drawn afresh."""
    return not page_state(LiveState).failed
