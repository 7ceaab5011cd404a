"""Whose a run is, told without reading what it was trained with: also of one that cannot be read."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Whose:
    """What says who may change a run, and whether it has ended.

    Parameters
    ----------
    status
        As it is kept; a newer version may have others than this one.
    """

    run_id: str
    name: str
    status: str
    owner: str | None
    exercise: str | None
