"""Images as numbers in JSON: ``{"images": [[784 numbers from 0 to 255], …]}``."""

import re
from typing import Annotated, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from core.api.errors import ApiError
from core.data.dataset import IMAGE_SIDE

MOST_IMAGES: Final = 1_000
PIXELS: Final = IMAGE_SIDE**2
BRIGHTEST: Final = 255
_FORM: Final = f'{{"images": [[{PIXELS} numbers from 0 to {BRIGHTEST}], …]}}'
_COUNTED: Final = f"There must be 1 to {MOST_IMAGES:,} images: send {_FORM}."
_MOST_NUMBERS: Final = MOST_IMAGES * PIXELS
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_PLACE = re.compile(r"\$\.images(?:\[(\d+)\](?:\[(\d+)\])?)?`?$")

_IMAGE_SIZE = msgspec.Meta(min_length=PIXELS, max_length=PIXELS)
_COUNT = msgspec.Meta(min_length=1, max_length=MOST_IMAGES)
_RANGE = msgspec.Meta(ge=0, le=BRIGHTEST)


class _Bytes(msgspec.Struct, forbid_unknown_fields=True):
    """What nearly everybody sends: whole numbers, which are read in a quarter of the time.

    Their range is not asked for here: making bytes of them does that sooner.
    """

    images: Annotated[list[Annotated[list[int], _IMAGE_SIZE]], _COUNT]


class _Fractions(msgspec.Struct, forbid_unknown_fields=True):
    """Any numbers, such as those of arrays that once were float."""

    images: Annotated[list[Annotated[list[Annotated[float, _RANGE]], _IMAGE_SIZE]], _COUNT]


_BYTES, _FRACTIONS = msgspec.json.Decoder(_Bytes), msgspec.json.Decoder(_Fractions)


def images_of_json(body: bytes) -> NDArray[np.uint8]:
    """The images, shape ``(N, 28, 28)``, fractions rounded; reading ends at the first thing that cannot be one.

    Raises
    ------
    ApiError
        400 if it is not JSON, 422 if it is other JSON, or numbers that end at 1 and not at 255.
    """
    body = body.removeprefix(_BYTE_ORDER_MARK)
    # A list is counted when all of it is read: one of empty lists would take forty times the bytes of the body.
    if len(body) >= _MOST_NUMBERS and body.count(b",") >= _MOST_NUMBERS:
        raise ApiError(422, _COUNTED)
    try:
        pixels = _whole(body)
        return _rounded(_FRACTIONS.decode(body).images) if pixels is None else pixels
    except msgspec.ValidationError as error:
        raise ApiError(422, _sentence(str(error))) from None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        # The last: msgspec meets letters that are none in a name.
        raise ApiError(400, f"The body is not JSON ({error}): send {_FORM}.") from None


def _whole(body: bytes) -> NDArray[np.uint8] | None:
    """Images of whole numbers in their range; None of anything else, of which the strict reader says what it is."""
    try:
        # A bytearray takes a list in half of the time that bytes take.
        pixels = b"".join(map(bytearray, _BYTES.decode(body).images))
    except (msgspec.ValidationError, ValueError):
        return None
    return np.frombuffer(pixels, np.uint8).reshape(-1, IMAGE_SIDE, IMAGE_SIDE)


def _rounded(rows: list[list[float]]) -> NDArray[np.uint8]:
    numbers = np.array(rows, dtype=np.float64)
    if numbers.max() <= 1 and (numbers % 1).any():
        raise ApiError(422, f"The pixels are fractions from 0 to 1: multiply them by {BRIGHTEST}.")
    return np.rint(numbers).astype(np.uint8).reshape(-1, IMAGE_SIDE, IMAGE_SIDE)


def _sentence(message: str) -> str:
    """What is wrong, by the place that msgspec names: a pixel, an image, or the whole."""
    place = _PLACE.search(message)
    image, pixel = place.groups() if place else (None, None)
    if pixel is not None and "got `array`" in message:
        return (
            f"Pixel {pixel} of image {image} (counted from 0) is a list: send each image as one list of {PIXELS} "
            f"numbers, row by row; of a NumPy array, images.reshape(-1, {PIXELS}).tolist()."
        )
    if pixel is not None:
        return f"Pixel {pixel} of image {image} (counted from 0) must be a number from 0 to {BRIGHTEST}."
    if image is not None:
        return f"Image {image} (counted from 0) must be a list of {PIXELS} numbers, row by row."
    if place:
        return _COUNTED
    return f"The body must be an object with “images” and nothing else: send {_FORM}."
