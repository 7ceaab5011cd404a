"""Images light on dark, those to train on and those to test on each by themselves: they may be of different makes."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.data.importing.array_form import FEWEST_INVERTED, INVERTED_SHARE, MIXED_SHARE, light_share
from core.data.importing.form import are_written

_PARTS = ("training", "test")


def light_on_dark(
    parts: Sequence[NDArray[np.uint8]], class_names: Sequence[str], notes: list[str]
) -> tuple[list[NDArray[np.uint8]], bool]:
    """Each part inverted where nearly all of it is dark on light, and whether any was; notes get a sentence.

    Parameters
    ----------
    parts
        uint8, shape ``(N, 28, 28)``: images to train on and, if there are any, to test on.
    """
    light = _light_shares(parts, class_names)
    inverted = [share >= INVERTED_SHARE for share in light]
    mixed = [MIXED_SHARE <= share < INVERTED_SHARE for share in light]
    if any(inverted):
        notes.append(f"The {images_meant(inverted, parts)} were dark ink on light paper and have been inverted.")
    if any(mixed):
        counts = [len(part) * is_mixed for part, is_mixed in zip(parts, mixed, strict=True)]
        share = float(np.average(light, weights=counts))
        notes.append(
            f"{share:.0%} of the {images_meant(mixed, parts)} have a light background: they were left as they are. To "
            "have all light on dark, convert them to MNIST’s form (on the command line --form mnist)."
        )
    return [255 - part if is_dark else part for part, is_dark in zip(parts, inverted, strict=True)], any(inverted)


def images_meant(are_meant: Sequence[bool], parts: Sequence[NDArray[np.uint8]]) -> str:
    """``images`` where that is all that there are, else ``training images`` or ``test images``."""
    there = [(name, is_meant) for name, is_meant, part in zip(_PARTS, are_meant, parts, strict=False) if len(part)]
    meant = [name for name, is_meant in there if is_meant]
    return f"{meant[0]} images" if len(meant) == 1 < len(there) else "images"


def _light_shares(parts: Sequence[NDArray[np.uint8]], class_names: Sequence[str]) -> list[float]:
    """Share of light borders in each; of a few pictures of things they say little, so that the larger part decides."""
    largest = max(parts, key=len)
    tells = are_written(class_names)
    return [light_share(part if tells or len(part) >= FEWEST_INVERTED else largest) for part in parts]
