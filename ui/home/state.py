"""What a session keeps of Home."""

from dataclasses import dataclass


@dataclass
class HomeState:
    """How far the browser is.

    Parameters
    ----------
    has_drawn
        Whether it has drawn the page before, and has the scripts that draw it.
    """

    has_drawn: bool = False
