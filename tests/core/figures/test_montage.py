import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from core.figures.montage import digit_montage, montage_png, montage_shape
from core.figures.theme import RIGHT_COLOUR, WRONG_COLOUR

CELL = 60


@pytest.fixture
def images() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (23, 28, 28), dtype=np.uint8)


def picture_of(figure) -> np.ndarray:
    head, content = figure.layout.images[0].source.split(",")
    assert head == "data:image/png;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(content))).convert("RGBA"))


@pytest.mark.parametrize("captions", [None, [str(n) for n in range(23)]])
@pytest.mark.parametrize("columns", [1, 5, 10, 40])
def test_every_digit_lies_under_its_marker(images, columns, captions):
    figure = digit_montage(images, [str(n) for n in range(23)], columns=columns, captions=captions)
    picture = picture_of(figure)
    markers = figure.data[0]
    for position, (x, y) in enumerate(zip(markers.x, markers.y, strict=True)):
        left, top = round((x - 0.5) * CELL), round((y - 0.5) * CELL)
        cell = picture[top + 2 : top + 58 : 2, left + 2 : left + 58 : 2]
        np.testing.assert_allclose(cell[..., 0], images[position].astype(int), atol=1)
        assert (cell[..., 3] == 255).all()
        assert markers.text[position] == str(position)


@pytest.mark.parametrize("columns", [1, 7, 40])
def test_the_axes_are_those_of_the_picture(images, columns):
    figure = digit_montage(images, [""] * 23, columns=columns)
    width, height = montage_shape(23, columns)
    picture = picture_of(figure)
    assert picture.shape[:2] == (height * CELL, width * CELL)
    assert list(figure.layout.xaxis.range) == [0, width]
    assert list(figure.layout.yaxis.range) == [height, 0]
    assert figure.layout.dragmode is False


def test_marks_leave_the_digits_as_they_are(images):
    plain, marked = (
        np.asarray(Image.open(io.BytesIO(montage_png(images, columns=10, marks=marks))).convert("RGBA")).astype(int)
        for marks in (None, [""] * 23)
    )
    assert np.array_equal(plain[..., 3], marked[..., 3])
    assert np.abs((plain - marked)[marked[..., 3] > 0]).max() <= 1


def test_places_without_a_digit_are_transparent(images):
    picture = picture_of(digit_montage(images, [""] * 23, columns=10))
    assert (picture[2 * CELL :, 3 * CELL :, 3] == 0).all()


def test_a_line_around_every_digit_parts_it_from_a_dark_page(images):
    picture = picture_of(digit_montage(images, [""] * 23, columns=10))
    assert (picture[1, 1 : CELL - 1] == [96, 96, 96, 255]).all()
    assert (picture[1 : CELL - 1, CELL + 1] == [96, 96, 96, 255]).all()


def test_room_for_rows_that_are_not_there(images):
    figure = digit_montage(images[:3], [""] * 3, columns=8, rows=5)
    assert list(figure.layout.yaxis.range) == [5, 0]
    assert picture_of(figure).shape[:2] == (CELL, 8 * CELL)
    assert figure.layout.images[0].sizey == 1
    empty = digit_montage(images[:0], [], columns=8, rows=5)
    assert list(empty.layout.yaxis.range) == [5, 0]
    assert not empty.layout.images


def test_captions_are_cut_for_a_phone_and_kept_in_full_for_more_room(images):
    names = ["triangle", "no"] * 10
    text = digit_montage(images[:20], [""] * 20, columns=10, captions=names).data[1]
    assert list(text.text[:2]) == ["trian…", "no"]
    assert list(text.customdata) == names


def test_marks_differ_in_colour_and_in_thickness(images):
    png = montage_png(images[:3], columns=3, marks=["right", "wrong", ""])
    picture = np.asarray(Image.open(io.BytesIO(png)))

    def thickness(position: int, colour: str) -> int:
        rgb = tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))
        row = picture[30, position * CELL : (position + 1) * CELL, :3]
        return int((row[:30] == rgb).all(axis=1).sum())

    assert 0 < thickness(0, RIGHT_COLOUR) < thickness(1, WRONG_COLOUR)
    assert thickness(2, RIGHT_COLOUR) == thickness(2, WRONG_COLOUR) == 0


def test_the_chosen_digit_has_a_frame(images):
    (shape,) = digit_montage(images, [""] * 23, columns=10, selected=12).layout.shapes
    assert (int(shape.x0), int(shape.y0)) == (2, 1)
    assert not digit_montage(images, [""] * 23, columns=10, selected=23).layout.shapes


def test_no_digits_give_a_titled_empty_figure():
    figure = digit_montage(np.empty((0, 28, 28), dtype=np.uint8), [], columns=10)
    assert figure.layout.title.text
    assert not figure.data


def test_a_page_of_a_hundred_digits_is_small():
    rng = np.random.default_rng(0)
    images = (rng.integers(0, 256, (100, 28, 28)) * (rng.random((100, 28, 28)) < 0.2)).astype(np.uint8)
    figure = digit_montage(images, [""] * 100, columns=10)
    assert len(json.dumps(figure.to_plotly_json(), default=str)) < 300_000
