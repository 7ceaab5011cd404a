"""What a session keeps of Errors."""

from dataclasses import dataclass

from core.analysis.duel import Duel


@dataclass
class ErrorsState:
    """What the page has yet to say or do.

    Parameters
    ----------
    turn_to
        The image that a link has just named: the list turns to its page.
    refused
        A number that was typed and is not an image's.
    """

    turn_to: int | None = None
    refused: int | None = None


@dataclass
class GameState:
    """The game that is being played, and which network and images it is of."""

    key: str = ""
    duel: Duel | None = None
