"""What a session keeps of Search."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class SearchState:
    """What is to be varied, beside the widgets that say it.

    Parameters
    ----------
    written
        What the page has last written into the URL: another address is a link that somebody has followed.
    scales
        Settings whose scale a link has said: whether it is logarithmic.
    spans
        Where the ranges of a link lie; others begin as wide as they can be.
    links
        How many links have been followed: each brings sliders of its own.
    lists
        Numbers of which a link lists values instead of a range.
    adopted
        Id of the run that was adopted last.
    """

    written: tuple[str, ...] = ()
    scales: dict[str, bool] = field(default_factory=dict)
    lists: set[str] = field(default_factory=set)
    spans: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    links: int = 0
    adopted: str = ""
