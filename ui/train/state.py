"""What a session keeps of Train."""

from dataclasses import dataclass

from core.engine.job import JobSnapshot


@dataclass
class TrainState:
    """How Train is looked at.

    Parameters
    ----------
    frozen_curves
        What the curves show while they are frozen.
    augmentation_draw
        How often the augmentation preview was drawn anew.
    """

    frozen_curves: JobSnapshot | None = None
    augmentation_draw: int = 0
