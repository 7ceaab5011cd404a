"""The fifteen corruptions against what is published of them."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import poisson
from skimage.transform import AffineTransform, warp

from core.corruptions.blurs import glass_blur, motion_blur
from core.corruptions.mnist_c import CORRUPTIONS
from core.corruptions.noises import fog_maps
from core.corruptions.strokes import zigzag
from core.data.mnist import load_mnist
from core.errors import DataError

PUBLISHED = {
    "shot_noise": 5,
    "impulse_noise": 4,
    "glass_blur": 1,
    "motion_blur": 1,
    "shear": 2,
    "scale": 3,
    "rotate": 2,
    "brightness": 5,
    "translate": 3,
    "stripe": 1,
    "fog": 5,
    "spatter": 4,
    "dotted_line": 1,
    "zigzag": 1,
    "canny_edges": 1,
}
ONLY_ONE = ("stripe", "dotted_line", "zigzag", "canny_edges")
NO_CHANCE = ("scale", "brightness", "stripe", "canny_edges")
Images = NDArray[np.uint8]


@pytest.fixture(scope="module")
def digits() -> Images:
    return load_mnist("test").images[:40]


def plain(value: int, count: int = 100) -> Images:
    return np.full((count, 28, 28), value, dtype=np.uint8)


def test_names_and_severities_are_those_of_mnist_c() -> None:
    assert {name: corruption.published for name, corruption in CORRUPTIONS.items()} == PUBLISHED
    assert [name for name, each in CORRUPTIONS.items() if len(each.parameters) != 5] == list(ONLY_ONE)


@pytest.mark.parametrize("name", PUBLISHED)
def test_images_stay_images_and_a_seed_says_which(name: str, digits: Images) -> None:
    corruption, before = CORRUPTIONS[name], digits.copy()
    first = corruption.apply(digits)
    assert (first.dtype, first.shape) == (np.uint8, digits.shape)
    assert (digits == before).all()
    assert (first != digits).any()
    assert (corruption.apply(digits) == first).all()
    assert (corruption.apply(digits, corruption.published) == first).all()
    assert (corruption.apply(digits, seed=1) == first).all() == (name in NO_CHANCE)
    assert corruption.apply(digits[:0]).shape == (0, 28, 28)
    for severity in (0, len(corruption.parameters) + 1):
        with pytest.raises(DataError, match=f"The severity of {name}"):
            corruption.apply(digits, severity)


@pytest.mark.parametrize(("severity", "photons"), [(1, 60), (5, 3)])
def test_shot_noise_counts_photons(severity: int, photons: int) -> None:
    noisy = CORRUPTIONS["shot_noise"].apply(plain(150), severity) / 255
    counts = np.arange(400)
    expected = (np.minimum(counts / photons, 1) * poisson.pmf(counts, 150 / 255 * photons)).sum()
    assert noisy.mean() == pytest.approx(expected, abs=0.01)
    np.testing.assert_allclose(noisy * photons, np.rint(noisy * photons), atol=photons / 255)


@pytest.mark.parametrize(("severity", "share"), [(1, 0.03), (4, 0.17), (5, 0.27)])
def test_impulse_noise_is_black_and_white_by_halves(severity: int, share: float) -> None:
    noisy = CORRUPTIONS["impulse_noise"].apply(plain(100), severity)
    assert set(np.unique(noisy)) == {0, 100, 255}
    assert (noisy == 0).mean() == pytest.approx(share / 2, abs=0.005)
    assert (noisy == 255).mean() == pytest.approx(share / 2, abs=0.005)


def published_matrix(name: str, amount: float) -> NDArray[np.float64]:
    """From a place of the result to its source, with the centre (13.5, 13.5) kept, as the published code makes it."""
    matrix = np.eye(3)
    if name == "shear":
        # AffineTransform of the scikit-image of that time.
        matrix[:2, :2] = [[1, -np.sin(amount)], [0, np.cos(amount)]]
    else:
        matrix[:2, :2] = AffineTransform(**{{"rotate": "rotation"}.get(name, name): amount}).params[:2, :2]
    matrix[:2, 2] = 13.5 - matrix[:2, :2] @ [13.5, 13.5]
    return matrix


@pytest.mark.parametrize(
    ("name", "amount", "severity"), [("shear", 0.4, 2), ("rotate", 0.4, 2), ("rotate", 1.0, 5), ("scale", 1 / 0.7, 3)]
)
def test_geometry_is_that_of_scikit_image(name: str, amount: float, severity: int, digits: Images) -> None:
    warped = CORRUPTIONS[name].apply(digits, severity)
    found = set()
    for image, ours in zip(digits, warped, strict=True):
        sides = [warp(image / 255, AffineTransform(published_matrix(name, sign * amount))) for sign in (1, -1)]
        off = [np.abs(np.rint(side * 255) - ours).max() for side in sides]
        assert min(off) <= 1
        found.add(int(np.argmin(off)))
    assert found == ({0} if name == "scale" else {0, 1})


def test_translation_is_by_whole_pixels_in_each_of_four_directions(digits: Images) -> None:
    framed = np.pad(digits, ((0, 0), (3, 3), (3, 3)))
    corners = {
        (down, across): framed[:, down : down + 28, across : across + 28] for down in (0, 6) for across in (0, 6)
    }
    moved = CORRUPTIONS["translate"].apply(digits)
    used = [next(key for key, images in corners.items() if (images[i] == moved[i]).all()) for i in range(len(digits))]
    assert set(used) == set(corners)


def test_brightness_is_added_and_cut_off(digits: Images) -> None:
    bright = CORRUPTIONS["brightness"].apply(digits).astype(np.float64)
    assert np.abs(bright - np.minimum(digits + 127.5, 255)).max() <= 0.5


def test_stripes_invert_the_outer_quarters(digits: Images) -> None:
    striped = CORRUPTIONS["stripe"].apply(digits)
    assert (striped[:, :, 7:21] == digits[:, :, 7:21]).all()
    assert (striped[:, :, [*range(7), *range(21, 28)]] == 255 - digits[:, :, [*range(7), *range(21, 28)]]).all()


def chance(**numbers: Any) -> Any:
    """A source of chance that gives these numbers whatever it is asked for."""
    return SimpleNamespace(**{name: lambda *_a, value=value, **_k: value for name, value in numbers.items()})


def test_motion_is_half_a_gaussian_to_one_side() -> None:
    point = plain(0, 1)
    point[0, 14, 25] = 255
    blurred = motion_blur(point, (10, 3), chance(uniform=np.zeros(1)))
    weights = np.exp(-(np.arange(21) ** 2) / 18)
    np.testing.assert_allclose(blurred[0, 14, 25:4:-1], 255 * weights / weights.sum(), atol=0.5)
    assert blurred.sum() == blurred[0, 14, 5:26].sum()


def test_glass_only_exchanges_pixels(digits: Images) -> None:
    """Without the blur, the ink is the same in another order, and the outermost pixels stay."""
    shuffled = glass_blur(digits, (1e-3, 1, 2), np.random.default_rng(0))
    assert (shuffled != digits).any()
    assert (np.sort(shuffled.reshape(40, -1)) == np.sort(digits.reshape(40, -1))).all()
    assert (shuffled[:, 0] == digits[:, 0]).all()


def test_fog_is_scaled_back_to_the_brightest_pixel() -> None:
    apply = CORRUPTIONS["fog"].apply
    assert not apply(plain(0, 3)).any()
    white = apply(plain(255, 400))
    assert white.min() >= 255 // 4
    assert white.mean() == pytest.approx(255 * (1 + 3 * 0.5) / 4, rel=0.1)
    assert len({image.tobytes() for image in white}) == len(white)


def test_clouds_are_rougher_the_less_they_decay() -> None:
    rough, smooth = (fog_maps(2, decay, np.random.default_rng(0)) for decay in (1.4, 2.5))
    for clouds in (rough, smooth):
        assert (clouds.min(axis=(1, 2)) == 0).all()
        assert (clouds.max(axis=(1, 2)) == 1).all()
    assert np.abs(np.diff(rough)).mean() > 1.5 * np.abs(np.diff(smooth)).mean() > 0


def test_mud_is_dark_grey_and_covers_ink() -> None:
    on_black, on_white = (CORRUPTIONS["spatter"].apply(plain(value)) for value in (0, 255))
    # The same drops: none, or those that cover by at least four fifths.
    assert set(np.unique(on_black)) <= {0, *range(50, 64)}
    assert 0.02 < (on_black > 0).mean() < 0.5
    np.testing.assert_allclose(on_white.astype(int), 255 - on_black.astype(int) * 255 / 63 + on_black, atol=3)


def test_dots_are_two_columns_wide() -> None:
    dotted = CORRUPTIONS["dotted_line"].apply(plain(0))
    highest = dotted.max(axis=1)
    empty = [column for column in range(28) if column // 2 % 2 == 0 or column == 27]
    assert not highest[:, empty].any()
    assert (
        highest[:, [column for column in range(27) if column // 2 % 2]] >= 255 * (1 + np.log(1 - 0.5 / 2.3)) - 1
    ).all()


def test_zigzag_has_teeth_of_two_pixels() -> None:
    """A line that is not tilted, from column 2 of row 14: its corners are at whole pixels."""
    drawn = zigzag(plain(0, 1), (), SimpleNamespace(integers=lambda first, *_a, size: np.full(size, 0 if _a else 14)))[
        0
    ]
    corners = [(14, 2), (16, 4), (12, 8), (16, 12), (12, 16), (16, 20), (12, 24)]
    assert [drawn[corner] for corner in corners] == [255] * 7
    assert not drawn[:, :2].any()
    assert not drawn[:, 25:].any()
    # Halfway between two corners the line is one row from the middle of its way, and fades within 2.3 rows.
    assert drawn[14, 6] == 255
    assert not drawn[:10].any()
    assert not drawn[19:].any()


def test_edges_of_a_square_are_its_outline() -> None:
    square = plain(0, 1)
    square[:, 8:20, 8:20] = 255
    edges = CORRUPTIONS["canny_edges"].apply(square)[0]
    assert set(np.unique(edges)) == {0, 255}
    assert not edges[10:18, 10:18].any()
    assert not np.delete(np.delete(edges, np.s_[7:21], axis=0), np.s_[7:21], axis=1).any()
    for line in (edges[14], edges[:, 14]):
        found = set(line.nonzero()[0].tolist())
        assert found <= {7, 8, 19, 20}
        assert min(found) < 9 < max(found)
