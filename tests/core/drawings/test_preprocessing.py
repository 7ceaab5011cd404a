"""MNIST's own test digits are the oracle: built again from themselves, however moved or scaled, they must come back."""

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from core.data.dataset import Normalisation
from core.data.mnist import load_mnist
from core.drawings.preprocessing import drawing_to_digit, framed, normalise

Images = NDArray[np.uint8]
COUNT = 250


@pytest.fixture(scope="module")
def digits() -> Images:
    return load_mnist("test").images[:COUNT]


def construct(drawings: list[Images] | Images) -> Images:
    return np.stack([drawing_to_digit(drawing).digit for drawing in drawings])


def resized(image: Images, side: int) -> Images:
    return np.asarray(Image.fromarray(image).resize((side, side), Image.Resampling.BICUBIC))


def placed(image: Images, canvas: int, top: int, left: int) -> Images:
    result = np.zeros((canvas, canvas), np.uint8)
    result[top : top + image.shape[0], left : left + image.shape[1]] = image
    return result


def mean_error(found: Images, expected: Images) -> float:
    return float(np.abs(found.astype(int) - expected).mean())


def mean_correlation(found: Images, expected: Images) -> float:
    return float(np.mean([np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in zip(found, expected, strict=True)]))


def test_a_test_digit_comes_back_as_itself() -> None:
    digits = load_mnist("test").images[: 2 * COUNT]
    # Grey levels may be stretched from a peak of 254 to 255; nothing else may change.
    found = construct(digits)
    assert np.abs(found.astype(int) - digits).max(axis=(1, 2)).mean() < 6
    assert mean_error(found, digits) < 0.2


def test_framing_alone_gives_the_same_digit(digits: Images) -> None:
    for image in (*digits[:50], placed(resized(digits[0], 90), 280, 150, 20), np.zeros((9, 5), np.uint8)):
        assert np.array_equal(framed(image), drawing_to_digit(image).digit)


@pytest.mark.slow
def test_where_it_was_drawn_does_not_matter(digits: Images) -> None:
    as_it_is = construct(digits)
    for top, left in [(0, 0), (30, 100), (172, 172)]:
        moved = [placed(digit, 200, top, left) for digit in digits]
        assert np.array_equal(construct(moved), as_it_is)


@pytest.mark.slow
@pytest.mark.parametrize(("side", "error", "correlation"), [(17, 16, 0.86), (56, 11, 0.9), (280, 9, 0.94)])
def test_how_large_it_was_drawn_hardly_matters(digits: Images, side: int, error: float, correlation: float) -> None:
    found = construct([placed(resized(digit, side), 300, 5, 9) for digit in digits])
    assert mean_error(found, digits) < error
    assert mean_correlation(found, digits) > correlation


@pytest.mark.slow
def test_hard_edges_of_a_brush_come_out_soft(digits: Images) -> None:
    brush = [np.where(resized(digit, 280) > 127, 255, 0).astype(np.uint8) for digit in digits]
    found = construct(brush)
    assert mean_correlation(found, digits) > 0.93
    assert ((found > 20) & (found < 235)).mean() > 0.03


def test_a_hair_line_stays_visible() -> None:
    line = np.zeros((280, 280), np.uint8)
    line[20:260, 140] = 255
    digit = drawing_to_digit(line).digit
    assert digit.max() == 255
    assert (digit > 127).any(axis=1).sum() >= 18


def test_a_faint_stroke_becomes_a_full_one(digits: Images) -> None:
    faint = (digits[0].astype(int) * 40 // 255).astype(np.uint8)
    assert mean_error(drawing_to_digit(faint).digit[None], digits[:1]) < 4


def edge_cases() -> dict[str, Images]:
    cases = {
        "all ink": np.full((280, 280), 255, np.uint8),
        "one pixel image": np.full((1, 1), 255, np.uint8),
        "one row": np.full((1, 500), 255, np.uint8),
        "one column": np.full((500, 1), 200, np.uint8),
    }
    for name, shape, where in [
        ("single pixel", (280, 280), np.s_[3, 4]),
        ("corner", (280, 280), np.s_[0, 0]),
        ("border", (280, 280), np.s_[0, :]),
        ("wide", (10, 3000), np.s_[2, :]),
        ("huge", (4000, 4000), np.s_[100:3900, 2000]),
        ("heavy on one side", (280, 280), np.s_[:, 200:]),
    ]:
        cases[name] = np.zeros(shape, np.uint8)
        cases[name][where] = 255
    lopsided = cases["heavy on one side"]
    lopsided[139:141, :] = 255
    return cases


@pytest.mark.parametrize("name", edge_cases())
@pytest.mark.parametrize("switches", list(itertools.product([False, True], repeat=3)))
def test_no_step_cuts_ink_off(name: str, switches: tuple[bool, bool, bool]) -> None:
    crop, scale, centre = switches
    steps = drawing_to_digit(edge_cases()[name], crop=crop, scale=scale, centre=centre)
    assert steps.digit.shape == (28, 28)
    assert steps.digit.dtype == np.uint8
    assert steps.has_ink
    assert steps.digit.sum(dtype=int) == steps.scaled.sum(dtype=int) > 0


@pytest.mark.parametrize("shape", [(0, 0), (1, 1), (280, 280), (3, 900)])
def test_nothing_drawn_gives_nothing(shape: tuple[int, int]) -> None:
    steps = drawing_to_digit(np.zeros(shape, np.uint8))
    assert not steps.has_ink
    assert not steps.has_strokes
    assert not steps.digit.any()


@pytest.mark.slow
def test_the_centre_of_mass_is_where_mnist_has_it(digits: Images) -> None:
    found = construct([placed(resized(digit, 90), 280, 150, 20) for digit in digits]).astype(float)
    rows = found.sum(axis=2) @ np.arange(28) / found.sum(axis=(1, 2))
    columns = found.sum(axis=1) @ np.arange(28) / found.sum(axis=(1, 2))
    assert np.abs(rows - 14).max() <= 0.51
    assert np.abs(columns - 14).max() <= 0.51


def test_each_switch_leaves_its_own_step_out(digits: Images) -> None:
    drawing = placed(resized(digits[0], 90), 280, 10, 10)
    assert drawing_to_digit(drawing, crop=False).cropped.shape == (280, 280)
    assert max(drawing_to_digit(drawing).scaled.shape) == 20
    assert max(drawing_to_digit(drawing, scale=False).scaled.shape) < 10
    as_drawn = drawing_to_digit(drawing, centre=False).digit
    assert as_drawn[0].any()
    assert not as_drawn[21:].any()


def test_without_any_step_a_digit_is_left_alone(digits: Images) -> None:
    for digit in digits[:20]:
        assert np.array_equal(drawing_to_digit(digit, crop=False, scale=False, centre=False).digit, digit)


def disc(diameter: float, slip: tuple[int, int] = (0, 0), side: int = 280) -> Images:
    """What a round pen leaves that slips a little, soft at its edge as a browser draws it."""
    image = Image.new("L", (8 * side, 8 * side))
    for step in np.linspace(0, 1, 20):
        x, y = 8 * (side / 2 + step * slip[0]), 8 * (side / 2 + step * slip[1])
        ImageDraw.Draw(image).ellipse([x - 4 * diameter, y - 4 * diameter, x + 4 * diameter, y + 4 * diameter], 255)
    return np.asarray(image.reduce(8))


@pytest.mark.parametrize("diameter", [1, 8, 12, 20, 36, 200])
def test_a_dot_is_no_digit(diameter: int) -> None:
    assert drawing_to_digit(disc(diameter)).is_spot


@pytest.mark.parametrize("slip", [(1, 0), (0, 2), (2, 2), (3, 2)])
def test_a_click_with_a_hand_that_slips_is_a_dot_still(slip: tuple[int, int]) -> None:
    assert drawing_to_digit(disc(20, slip)).is_spot


def test_a_scribble_without_gaps_is_a_spot_and_a_stroke_is_none() -> None:
    assert drawing_to_digit(np.full((280, 280), 255, np.uint8)).is_spot
    for slip in [(0, 20), (20, 0), (15, 15), (0, 200)]:
        assert drawing_to_digit(disc(20, slip)).has_strokes


@pytest.mark.slow
def test_no_test_digit_is_a_spot() -> None:
    assert all(drawing_to_digit(digit).has_strokes for digit in load_mnist("test").images[::10])


@pytest.mark.slow
@pytest.mark.parametrize(("side", "brush"), [(280, 1), (280, 9), (280, 21), (200, 21)])
def test_digits_with_thin_and_thick_strokes_are_no_spots(digits: Images, side: int, brush: int) -> None:
    """The cores of test digits, drawn over with a square brush."""
    for digit in digits[:100]:
        core = Image.fromarray(np.where(resized(digit, side) > 200, 255, 0).astype(np.uint8))
        drawn = ImageOps.expand(core, brush).reduce(2)
        # A brush of one pixel draws what is there; Pillow 12.3.0 ends the process when it is asked for.
        if brush >= 4:
            drawn = drawn.filter(ImageFilter.MaxFilter(brush // 4 * 2 + 1))
        assert drawing_to_digit(np.asarray(drawn)).has_strokes


def test_normalise_is_the_textbook_formula() -> None:
    images = np.arange(150 * 784, dtype=np.uint32).astype(np.uint8).reshape(150, 28, 28)
    found = normalise(images, Normalisation(0.1307, 0.3081))
    expected = (images.reshape(150, 784).astype(np.float64) / 255 - 0.1307) / 0.3081
    assert found.dtype == np.float32
    assert np.allclose(found, expected, atol=1e-6)
    place = np.empty((150, 784), np.float32)
    assert normalise(images, Normalisation(0.1307, 0.3081), place) is place
    assert np.array_equal(place, found)


def test_normalise_takes_no_images() -> None:
    assert normalise(np.zeros((0, 28, 28), np.uint8), Normalisation(0.0, 1.0)).shape == (0, 784)
