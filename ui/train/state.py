"""What a session keeps of Train."""

from dataclasses import dataclass


@dataclass
class TrainState:
    """How Train is looked at.

    Parameters
    ----------
    augmentation_draw
        How often the augmentation preview was drawn again.
    """

    augmentation_draw: int = 0
