"""What a session keeps of the runs that it has been shown."""

from dataclasses import dataclass, field


@dataclass
class ChoiceState:
    """Which runs somebody asked for.

    Parameters
    ----------
    chosen
        Ids of the runs that a link, a list or a training run of one’s own named: not those that a page opened with.
    opened_with
        The run that a page opened with last because nothing named another, or that a newer one replaces.
    """

    chosen: set[str] = field(default_factory=set)
    opened_with: str = ""
