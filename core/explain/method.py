"""The ways in which pixels are asked."""

from enum import StrEnum


class Method(StrEnum):
    """What a pixel is asked for: its gradient, its part of the gain, or the loss when it is covered."""

    SALIENCY = "saliency"
    INTEGRATED = "integrated"
    OCCLUSION = "occlusion"
