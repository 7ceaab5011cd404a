"""A whole number, split into its digits: MNIST's own digits put side by side say what is right."""

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from core.data.mnist import load_mnist
from core.drawings.preprocessing import framed
from core.drawings.several import split_number

HEIGHT = 90


def tall(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A digit without its margin, enlarged to the height of the line."""
    rows, columns = (np.flatnonzero((image > 60).any(axis=axis)) for axis in (1, 0))
    ink = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    width = max(3, round(ink.shape[1] * HEIGHT / ink.shape[0]))
    return np.asarray(Image.fromarray(ink).resize((width, HEIGHT), Image.Resampling.BICUBIC))


def line(digits: list[NDArray[np.uint8]], gap: int) -> tuple[NDArray[np.uint8], list[int]]:
    """Digits side by side, and where each begins."""
    width = sum(digit.shape[1] for digit in digits) + gap * (len(digits) - 1)
    ink, starts, left = np.zeros((HEIGHT, width), np.uint8), [], 0
    for digit in digits:
        ink[:, left : left + digit.shape[1]] = digit
        starts.append(left)
        left += digit.shape[1] + gap
    return ink, starts


@pytest.mark.parametrize(("count", "gap"), [(2, 40), (3, 12), (6, 12)])
def test_every_digit_is_found_in_its_place_and_is_the_same_digit(count: int, gap: int) -> None:
    test, random = load_mnist("test"), np.random.default_rng(count)
    found = same = 0
    for _ in range(10):
        digits = [tall(test.images[position]) for position in random.integers(0, 10_000, count)]
        ink, starts = line(digits, gap)
        parts = split_number(ink)
        found += len(parts) == count
        for part, digit, start in zip(parts, digits, starts, strict=False):
            assert abs(part.box[0] - start) <= 4
            same += float(np.abs(framed(part.ink).astype(int) - framed(digit)).mean()) < 6
    assert found >= 9
    assert same >= 0.9 * 10 * count


def test_a_digit_that_hangs_over_the_next_takes_nothing_of_it() -> None:
    ink = np.zeros((100, 130), np.uint8)
    ink[0:10, 0:75] = 255
    ink[0:100, 0:10] = 255
    ink[30:100, 60:70] = 255
    ink[30:40, 60:130] = 255
    first, second = split_number(ink)
    assert (first.box, second.box) == ((0, 0, 75, 100), (60, 30, 130, 100))
    np.testing.assert_array_equal(first.ink[20:, 20:], 0)
    assert second.ink[20:, 20:].max() == 0


def test_a_stroke_beside_a_digit_is_its_own_and_dirt_is_nobody_s() -> None:
    ink = np.zeros((100, 200), np.uint8)
    ink[:, 0:10] = 255
    ink[40:50, 15:30] = 255
    ink[:, 190:200] = 255
    ink[95:100, 100:104] = 255
    first, second = split_number(ink)
    assert first.box == (0, 0, 30, 100)
    assert second.box == (190, 0, 200, 100)


def test_digits_that_touch_stay_one() -> None:
    ink, _ = line([np.full((HEIGHT, 30), 255, np.uint8)] * 2, gap=0)
    assert len(split_number(ink)) == 1


def test_nothing_tall_is_no_number() -> None:
    ink = np.zeros((200, 200), np.uint8)
    ink[0:20, 0:20] = ink[180:200, 180:200] = 255
    assert split_number(ink) == ()
