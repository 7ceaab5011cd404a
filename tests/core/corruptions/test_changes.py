import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter

from core.corruptions.changes import CHANGES
from core.data.mnist import load_mnist
from core.errors import DataError

Images = NDArray[np.uint8]


@pytest.fixture(scope="module")
def digits() -> Images:
    return load_mnist("test").images[:30]


def plain(value: int, count: int = 50) -> Images:
    return np.full((count, 28, 28), value, dtype=np.uint8)


@pytest.mark.parametrize("name", CHANGES)
def test_images_stay_images_and_no_strength_changes_nothing(name: str, digits: Images) -> None:
    change, before = CHANGES[name], digits.copy()
    assert list(change.strengths) == sorted(set(change.strengths))
    assert (change.apply(digits, change.neutral) == digits).all()
    for strength in {*change.strengths, sum(change.strengths[:2]) / 2} - {change.neutral}:
        changed = change.apply(digits, strength)
        assert (changed.dtype, changed.shape) == (np.uint8, digits.shape)
        assert (changed != digits).any() or strength not in change.strengths
        assert (change.apply(digits, strength) == changed).all()
    assert (digits == before).all()
    assert change.apply(digits[:0], change.strengths[0]).shape == (0, 28, 28)
    with pytest.raises(DataError, match=f"{change.title} is from"):
        change.apply(digits, change.strengths[-1] + 1)


def test_shift_moves_in_each_of_four_directions(digits: Images) -> None:
    framed = np.pad(digits, ((0, 0), (3, 3), (3, 3)))
    places = {(down, across): framed[:, down : down + 28, across : across + 28] for down, across in DIRECTIONS}
    moved = CHANGES["shift"].apply(digits, 3)
    used = [next(key for key, images in places.items() if (images[i] == moved[i]).all()) for i in range(len(digits))]
    assert set(used) == set(places)


DIRECTIONS = ((0, 3), (6, 3), (3, 0), (3, 6))


def test_a_right_angle_is_a_right_angle(digits: Images) -> None:
    turned = CHANGES["rotation"].apply(digits, 90)
    ways = [[(np.rot90(image, k) == ours).all() for k in (1, 3)] for image, ours in zip(digits, turned, strict=True)]
    assert [sum(way) for way in ways] == [1] * len(digits)
    assert {way.index(True) for way in ways} == {0, 1}


def test_half_the_size_has_a_quarter_of_the_area() -> None:
    square = plain(0, 1)
    square[:, 6:22, 6:22] = 255
    smaller = CHANGES["scale"].apply(square, 0.5)[0]
    assert smaller.sum() / square.sum() == pytest.approx(0.25, rel=0.02)
    rows = smaller.any(axis=1).nonzero()[0]
    assert rows[0] + rows[-1] == 27


def test_strokes_grow_by_a_disc_and_shrink_as_their_background_grows(digits: Images) -> None:
    plus = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], dtype=bool)[np.newaxis]
    thicken = CHANGES["thickness"].apply
    expected = maximum_filter(digits, footprint=plus, mode="constant")
    assert (thicken(digits, 1) == expected).all()
    # Framed, so that the edge of the image plays no part.
    inner = np.pad(digits[:, 4:24, 4:24], ((0, 0), (4, 4), (4, 4)))
    assert (thicken(inner, -1) == 255 - maximum_filter(255 - inner, footprint=plus, mode="nearest")).all()
    between = (digits.astype(float) + expected) / 2
    assert np.abs(thicken(digits, 0.5) - between).max() <= 0.5


def test_blur_spreads_ink_and_keeps_it() -> None:
    point = plain(0, 1)
    point[0, 13:15, 13:15] = 255
    blurred = CHANGES["blur"].apply(point, 1.5)[0].astype(float)
    assert blurred.sum() == pytest.approx(4 * 255, rel=0.02)
    rows = np.arange(28) - 13.5
    # The square itself has a variance of a quarter of a pixel.
    assert (blurred.sum(axis=1) * rows**2).sum() / blurred.sum() == pytest.approx(1.5**2 + 0.25, rel=0.05)


def test_noise_has_the_deviation_that_it_says() -> None:
    noisy = CHANGES["noise"].apply(plain(128), 0.1).astype(float)
    assert noisy.mean() == pytest.approx(128, abs=0.5)
    assert noisy.std() == pytest.approx(25.5, rel=0.02)


def test_contrast_keeps_the_mean_of_an_image(digits: Images) -> None:
    flat = CHANGES["contrast"].apply(digits, 0.2).astype(float)
    np.testing.assert_allclose(flat.mean(axis=(1, 2)), digits.mean(axis=(1, 2)), atol=0.5)
    np.testing.assert_allclose(flat.std(axis=(1, 2)), 0.2 * digits.std(axis=(1, 2)), atol=0.5)


def test_occlusion_wipes_out_one_square_of_this_side() -> None:
    hidden = CHANGES["occlusion"].apply(plain(255), 8) == 0
    assert (hidden.sum(axis=(1, 2)) == 64).all()
    assert (hidden.any(axis=1).sum(axis=1) == 8).all()
    assert len({image.tobytes() for image in hidden}) > 30


def test_inversion_ends_in_the_negative(digits: Images) -> None:
    invert = CHANGES["inversion"].apply
    assert (invert(digits, 1) == 255 - digits).all()
    assert np.ptp(invert(digits, 0.5).astype(int)) <= 1
