"""The canvas as protected browsers give it to the page."""

import io

import numpy as np
import pytest
from PIL import Image

from core.drawings.pictures import read_canvas
from core.drawings.preprocessing import drawing_to_digit
from core.errors import UploadError

SIDE = 560


def png(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def with_noise(pixels: np.ndarray) -> np.ndarray:
    """The lowest bit of some colours changed, as some browsers do."""
    generator = np.random.default_rng(0)
    noisy = np.repeat(pixels[..., None], 3, axis=2)
    places = generator.integers(0, (SIDE, SIDE, 3), (4_000, 3))
    noisy[tuple(places.T)] ^= 1
    return noisy


def stroke() -> np.ndarray:
    pixels = np.zeros((SIDE, SIDE), np.uint8)
    pixels[100:460, 260:300] = 255
    return pixels


def test_noise_is_no_ink() -> None:
    empty = read_canvas(png(with_noise(np.zeros((SIDE, SIDE), np.uint8))), largest_side=SIDE)
    assert not drawing_to_digit(empty).has_ink
    drawn = read_canvas(png(with_noise(stroke())), largest_side=SIDE)
    plain = read_canvas(png(stroke()), largest_side=SIDE)
    noisy, clean = (drawing_to_digit(ink).digit.astype(int) for ink in (drawn, plain))
    assert np.abs(noisy - clean).max() <= 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        png(np.full((SIDE, SIDE), 255, np.uint8)),
        png(np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), np.uint8)),
    ],
    ids=["nothing", "white", "noise all over"],
)
def test_a_canvas_that_the_browser_hides_is_said_to_be_its_doing(content: bytes) -> None:
    with pytest.raises(UploadError, match="The browser hides the drawing from this page"):
        read_canvas(content, largest_side=SIDE)


def test_thick_strokes_are_a_drawing() -> None:
    thick = np.zeros((SIDE, SIDE), np.uint8)
    thick[10:550, 10:550] = 255
    assert read_canvas(png(thick), largest_side=SIDE).any()
