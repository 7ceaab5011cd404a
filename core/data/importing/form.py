"""Pictures of digits as people bring them → MNIST’s form: ink found, cropped, scaled and centred, as a drawing is."""

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from core.data.class_names import as_digits
from core.data.dataset import IMAGE_SIDE
from core.drawings.pictures import read_picture
from core.drawings.preprocessing import drawing_to_digit
from core.errors import UploadError

LOOKED_AT = 20
"""Pictures that are enough to tell whether all need it."""

_SHARE_NEEDED = 0.5
_LIGHT = 127


class Form(StrEnum):
    """What is done to pictures as they are imported."""

    MNIST = "mnist"
    """The ink is found, its box scaled to 20 pixels and centred by mass in 28×28, light on dark."""

    AS_IS = "as-is"
    """They are scaled to 28×28, and inverted if nearly all are dark on light."""


def usual_form(pictures: Sequence[NDArray[np.uint8]], class_names: Sequence[str]) -> Form:
    """What people mean who say nothing: digits and letters get MNIST’s form unless they have its size and colours.

    Parameters
    ----------
    pictures
        Grey values, uint8, each of any shape ``(H, W)``: some of those that are imported.
    class_names
        Clothing and the like fill their pictures: they stay as they are.
    """
    if not pictures or not (as_digits(class_names) or all(len(name) == 1 for name in class_names)):
        return Form.AS_IS
    others = sum(image.shape != (IMAGE_SIDE, IMAGE_SIDE) or _is_light(image) for image in pictures)
    return Form.MNIST if others >= _SHARE_NEEDED * len(pictures) else Form.AS_IS


def to_mnist_form(content: bytes) -> NDArray[np.uint8]:
    """A whole picture file as ``predict`` and Draw read it.

    Returns
    -------
    uint8, shape ``(28, 28)``, light on dark.

    Raises
    ------
    UploadError
        If it cannot be read, or no ink is found in it.
    """
    steps = drawing_to_digit(read_picture(content))
    if not steps.has_ink:
        raise UploadError("No ink was found in it.")
    return steps.digit


def _is_light(image: NDArray[np.uint8]) -> bool:
    border = np.concatenate([image[0], image[-1], image[1:-1, 0], image[1:-1, -1]])
    return float((border > _LIGHT).mean()) > 0.5
