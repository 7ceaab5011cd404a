"""What is found on simulated photographs, on small digits in large pictures, and on paper that nobody wrote on."""

import io
import itertools

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage

from benchmarks.photographs import PHOTOGRAPHS, photograph
from benchmarks.scenes import encoded
from benchmarks.surfaces import BLANKS, SURFACES, blank, picture_of
from core.data.mnist import load_mnist
from core.drawings.background import highest, lowest
from core.drawings.ink import ink_of
from core.drawings.pictures import read_picture
from core.drawings.preprocessing import drawing_to_digit
from core.models.numpy_model import NumpyModel
from core.runs.archive import DEMO_DIRECTORY
from core.runs.files import CHECKPOINT
from core.runs.model_tensors import read_model


@pytest.fixture(scope="module")
def model() -> NumpyModel:
    return read_model(DEMO_DIRECTORY / CHECKPOINT)


def read_by(model: NumpyModel, data: bytes) -> int | None:
    steps = drawing_to_digit(read_picture(data))
    return int(model.probabilities(steps.digit[None])[0].argmax()) if steps.has_strokes else None


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "digit"), list(zip(PHOTOGRAPHS, itertools.cycle((2, 7)), strict=False)))
def test_pen_strokes_on_a_photograph(model: NumpyModel, kind: str, digit: int) -> None:
    assert read_by(model, photograph(kind, digit, 40 + digit)) == digit


@pytest.mark.slow
@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("surface", SURFACES)
def test_a_small_digit_in_a_large_picture(model: NumpyModel, surface: str, inverted: bool) -> None:
    test = load_mnist("test")
    found = [read_by(model, picture_of(test.images[seed], surface, 60, seed, inverted=inverted)) for seed in (0, 1)]
    assert found == test.labels[:2].tolist()


@pytest.mark.parametrize("kind", BLANKS)
def test_nothing_is_found_where_nothing_is_written(kind: str) -> None:
    assert not any(read_picture(blank(kind, seed)).any() for seed in range(2))


def test_lines_printed_on_paper_are_no_ink() -> None:
    paper = np.full((800, 1000), 230.0)
    paper[60::80] = paper[61::80] = 150.0
    assert not read_picture(encoded(paper, None)).any()
    paper[:, 30::80] = paper[:, 31::80] = 150.0
    assert not read_picture(encoded(paper, 85)).any()


def outlined_zero(inverted: bool) -> NDArray[np.float32]:
    image = Image.new("L", (1000, 800), 0 if inverted else 255)
    ImageDraw.Draw(image).ellipse((400, 250, 600, 550), outline=255 if inverted else 0, width=3)
    return np.asarray(image, dtype=np.float32)


@pytest.mark.parametrize("inverted", [False, True])
def test_the_ink_is_what_stands_out_however_little_there_is_of_it(inverted: bool) -> None:
    grey = outlined_zero(inverted)
    assert np.array_equal(ink_of(grey) > 128, grey > 128 if inverted else grey < 128)


def test_digits_as_large_as_their_picture_come_back_as_they_are() -> None:
    for image in load_mnist("test").images[:20]:
        for grey in (image, 255 - image):
            found = ink_of(grey.astype(np.float32)).astype(float)
            assert np.corrcoef(found.ravel(), image.ravel())[0, 1] > 0.97


@pytest.mark.parametrize("inverted", [False, True])
def test_a_picture_that_is_cropped_to_the_digit(model: NumpyModel, inverted: bool) -> None:
    test = load_mnist("test")
    right = 0
    for image, label in zip(test.images[:20], test.labels[:20].tolist(), strict=True):
        rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
        box = Image.fromarray(image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
        large = np.asarray(box.resize((10 * box.width, 10 * box.height), Image.Resampling.BICUBIC), dtype=np.float64)
        right += read_by(model, encoded(255 - large if inverted else large, 85)) == label
    assert right >= 17


@pytest.mark.parametrize("window", [3, 5, 9, 41, 99])
@pytest.mark.parametrize("shape", [(3, 70), (50, 33), (64, 64)])
def test_extremes_are_those_of_scipy(shape: tuple[int, int], window: int) -> None:
    values = np.random.default_rng(window).uniform(0, 255, shape).astype(np.float32)
    np.testing.assert_array_equal(highest(values, window), ndimage.maximum_filter(values, window))
    np.testing.assert_array_equal(lowest(values, window), ndimage.minimum_filter(values, window))


def test_a_phone_picture_at_full_size(model: NumpyModel) -> None:
    large = Image.new("L", (8160, 6120), 225)
    draw = ImageDraw.Draw(large)
    draw.ellipse((3000, 2000, 4200, 4000), outline=40, width=120)
    stream = io.BytesIO()
    large.save(stream, "JPEG", quality=80)
    ink = read_picture(stream.getvalue())
    assert max(ink.shape) <= 1600
    assert read_by(model, stream.getvalue()) == 0
