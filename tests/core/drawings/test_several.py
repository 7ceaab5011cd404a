"""Two digits beside each other are told from one, whoever wrote it."""

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from skimage.measure import label

from core.analysis.verdict import Verdict, judge, verdict_sentence
from core.data.dataset import DIGIT_NAMES
from core.data.framing import Framing
from core.data.mnist import load_mnist
from core.drawings.preprocessing import drawing_framed, drawing_to_digit
from core.drawings.several import _components

Images = NDArray[np.uint8]


def side_by_side(first: Images, second: Images, *, gap: int, height: int) -> Images:
    """Two test digits on a canvas of 280 × 280."""
    canvas, left = np.zeros((280, 280), np.uint8), 8
    for image in (first, second):
        rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
        box = Image.fromarray(image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
        width = min(120, max(8, round(height * box.width / box.height)))
        canvas[60 : 60 + height, left : left + width] = np.asarray(
            box.resize((width, height), Image.Resampling.BICUBIC)
        )
        left += width + gap
    return canvas


@pytest.mark.parametrize("gap", [12, 30])
def test_two_digits(gap: int) -> None:
    images = load_mnist("test").images
    pairs = [side_by_side(images[2 * index], images[2 * index + 1], gap=gap, height=90) for index in range(50)]
    assert sum(drawing_to_digit(pair).is_several for pair in pairs) >= 49


def test_two_digits_one_above_the_other() -> None:
    """Each as wide as it is written; a 1 above a 1 is as good as one that is broken."""
    images = load_mnist("test").images
    pairs = [
        np.rot90(side_by_side(*np.rot90(images[2 * i : 2 * i + 2], -1, (1, 2)), gap=24, height=90)) for i in range(50)
    ]
    found = [drawing_to_digit(np.ascontiguousarray(pair)).is_several for pair in pairs]
    assert sum(found) >= 30


@pytest.mark.parametrize("share", [0, 0.1, 0.3, 0.5, 0.9, 1])
def test_parts_are_those_of_scikit_image(share: float) -> None:
    generator = np.random.default_rng(int(100 * share))
    for height, width in generator.integers(1, 65, (20, 2)):
        mask = generator.random((height, width)) < share
        ours, theirs = _components(mask), label(mask, connectivity=2)
        pairs = set(zip(ours.ravel().tolist(), theirs.ravel().tolist(), strict=True))
        assert len(pairs) == len(np.unique(ours)) == len(np.unique(theirs))
        assert np.array_equal(ours > 0, mask)


@pytest.mark.slow
def test_single_digits_are_single() -> None:
    images = load_mnist("test").images[:1500]
    assert sum(drawing_to_digit(image).is_several for image in images) <= 2


def test_a_digit_in_strokes_that_lie_apart_is_one() -> None:
    five = np.zeros((280, 280), np.uint8)
    five[40:56, 80:200] = 255
    five[70:130, 80:96] = 255
    five[130:146, 80:200] = 255
    five[130:230, 190:206] = 255
    five[220:236, 80:206] = 255
    assert not drawing_to_digit(five).is_several


def test_the_verdict_comes_from_the_ink_however_confident_the_network_is() -> None:
    sure = np.zeros(10, np.float32)
    sure[3] = 1.0
    assert judge(1.0, has_strokes=True, is_several=True) is Verdict.SEVERAL_DIGITS
    assert judge(1.0, has_strokes=False, is_several=True) is Verdict.NO_INK
    assert "more than one digit" in verdict_sentence(Verdict.SEVERAL_DIGITS, sure, DIGIT_NAMES)


def test_pictures_that_were_only_resized_may_show_several_things() -> None:
    images = load_mnist("test").images
    pair = side_by_side(images[0], images[1], gap=20, height=90)
    assert not drawing_framed(pair, Framing.RESIZED).is_several
