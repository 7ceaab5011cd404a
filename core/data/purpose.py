"""What a dataset is kept for."""

from enum import StrEnum


class Purpose(StrEnum):
    """What its images are for."""

    TRAINING = "training"
    """To train, validate and test on."""

    TESTING = "testing"
    """To test on, whole: they are few, lack classes, or are to be seen by no network that learns."""
