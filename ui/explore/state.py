"""What a session keeps of Explore."""

from dataclasses import dataclass


@dataclass
class ExploreState:
    """The lasso on the map.

    Parameters
    ----------
    mapped
        Which images the map shows: dataset and split.
    lassoed
        Positions in the map's sample, in order; they outlive a change of layout.
    """

    mapped: str = ""
    lassoed: tuple[int, ...] = ()
