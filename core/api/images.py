"""What a body holds: one picture that somebody drew or photographed, or images as numbers."""

from enum import StrEnum
from typing import Final

from core.api.bodies import MOST_BYTES
from core.api.errors import ApiError
from core.api.numbers import PIXELS, images_of_json
from core.data.framing import Framing
from core.errors import UploadError
from core.reading.sources import Found, found_in_picture

PICTURES: Final = ("image/png", "image/jpeg")
# What many take for the name of JPEG.
_MISNAMED: Final = ("image/jpg",)
_BLANK: Final = bytes(PIXELS)
_SIGNATURES: Final = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")


class BodyKind(StrEnum):
    """What the Content-Type says that a body is."""

    PICTURE = "picture"
    JSON = "json"


def body_kind(content_type: str) -> BodyKind:
    """Tell by the Content-Type, parameters such as a charset aside.

    Raises
    ------
    ApiError
        415, if it is neither.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/json":
        return BodyKind.JSON
    if kind in (*PICTURES, *_MISNAMED):
        return BodyKind.PICTURE
    said = f"it is “{kind[:60]}”" if kind and kind.isprintable() else "there is none"
    raise ApiError(415, f"The Content-Type must be image/png, image/jpeg or application/json; {said}.")


def images_in(body: bytes, kind: BodyKind, framing: Framing) -> list[Found]:
    """The images in a body, as a network gets them.

    A picture is what a person drew: ink is found in it, and it is brought to 28×28 as ``framing`` says. Numbers are
    pixels in MNIST’s own form, and stay as they are.

    Raises
    ------
    ApiError
        400 or 422, if there are no images in it.
    UploadError
        If the picture is damaged or too large.
    """
    if kind is BodyKind.PICTURE:
        return [_picture(body, framing)]
    return [Found("", row, image, image.tobytes() != _BLANK) for row, image in enumerate(images_of_json(body))]


def _picture(body: bytes, framing: Framing) -> Found:
    if not body:
        raise UploadError("The body is empty (0 bytes): send a picture of a digit.")
    if not body.startswith(_SIGNATURES):
        raise UploadError("The body is not a PNG or JPEG picture: convert it to one of them.")
    return found_in_picture("", body, framing, max_bytes=MOST_BYTES)
