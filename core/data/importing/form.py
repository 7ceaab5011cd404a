"""Pictures of digits as people bring them → MNIST’s form: ink found, cropped, scaled and centred, as a drawing is."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from core.data.class_names import as_digits
from core.data.dataset import IMAGE_SIDE
from core.data.importing.sides import fit_to_side
from core.data.importing.signatures import HEAD, is_avif, is_heif
from core.drawings.background import Grey
from core.drawings.ink import ink_of
from core.drawings.pictures import as_bytes, grey_of
from core.drawings.preprocessing import drawing_to_digit
from core.errors import UploadError

LOOKED_AT = 20
"""Pictures that are enough to tell whether all need it."""
BROUGHT_WORDS = "been converted to MNIST’s form: the ink found, cropped, scaled and centred"

_SHARE_NEEDED = 0.25
_LIGHT = 127


class Form(StrEnum):
    """What is done to pictures as they are imported."""

    MNIST = "mnist"
    """The ink is found, its box scaled to 20 pixels and centred by mass in 28×28, light on dark."""

    AS_IS = "as-is"
    """They are scaled to 28×28, and inverted if nearly all are dark on light."""


@dataclass(frozen=True, eq=False)
class Formed:
    """A picture that was read.

    Parameters
    ----------
    image
        uint8, shape ``(28, 28)``.
    before
        uint8, shape ``(H, W)``: its grey values as they were.
    """

    image: NDArray[np.uint8]
    before: NDArray[np.uint8]


def usual_form(needing: Sequence[bool], class_names: Sequence[str]) -> Form:
    """What people mean who say nothing: digits and letters get MNIST’s form unless they have its size and colours.

    Parameters
    ----------
    needing
        Whether a picture needs it, of some of those that are imported.
    class_names
        Clothing and the like fill their pictures: they stay as they are.
    """
    if not needing or not are_written(class_names):
        return Form.AS_IS
    return Form.MNIST if sum(needing) >= _SHARE_NEEDED * len(needing) else Form.AS_IS


def are_written(class_names: Sequence[str]) -> bool:
    """Whether classes are digits or letters."""
    return as_digits(class_names) is not None or all(len(name) == 1 for name in class_names)


def needs_form(image: NDArray[np.uint8]) -> bool:
    """Whether a picture, ``(H, W)``, has another size than MNIST’s or is dark on light."""
    return image.shape != (IMAGE_SIDE, IMAGE_SIDE) or _is_light(image)


def picture_of_mnist(content: bytes) -> NDArray[np.uint8] | None:
    """A whole picture file that has MNIST’s size and colours, uint8 ``(28, 28)``; None if it needs MNIST’s form.

    Photographs of phones need it, whatever is on them.

    Raises
    ------
    UploadError
        If it cannot be read.
    """
    if is_heif(content[:HEAD]) or is_avif(content[:HEAD]):
        return None
    image = as_bytes(grey_of(content))
    return None if needs_form(image) else image


def picture_in_form(content: bytes, form: Form) -> Formed:
    """A whole picture file as 28×28; in MNIST’s form as ``predict`` and Draw read it.

    Raises
    ------
    UploadError
        If it cannot be read, or no ink is found in it that is needed.
    """
    return grey_in_form(grey_of(content), form)


def grey_in_form(grey: Grey, form: Form) -> Formed:
    """The same of grey values, float32 ``(H, W)``."""
    before = as_bytes(grey)
    return Formed(fit_to_side(before) if form is Form.AS_IS else in_mnist_form(grey), before)


def in_mnist_form(grey: Grey) -> NDArray[np.uint8]:
    """Grey values, float32 ``(H, W)``, as a digit of MNIST’s form: uint8 ``(28, 28)``, light on dark.

    Raises
    ------
    UploadError
        If no ink is found in it.
    """
    steps = drawing_to_digit(ink_of(grey))
    if not steps.has_ink:
        raise UploadError("No ink was found in it.")
    return steps.digit


def _is_light(image: NDArray[np.uint8]) -> bool:
    border = np.concatenate([image[0], image[-1], image[1:-1, 0], image[1:-1, -1]])
    return float((border > _LIGHT).mean()) > 0.5
