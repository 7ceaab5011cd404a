"""Augmentation against what geometry and SciPy say."""

import math

import numpy as np
import pytest
import torch
from scipy import ndimage

from core.config import AUGMENTATIONS, TrainConfig
from core.data.augmentation import augment
from core.data.dataset import ImageDataset, Normalisation
from core.drawings.preprocessing import normalise

NORM = Normalisation(0.1307, 0.3081)
BACKGROUND = -NORM.mean / NORM.std


def augmented(images: np.ndarray, seed: int = 0, **settings: float) -> np.ndarray:
    """Images ``(B, 28, 28)`` on the 0–1 scale after augmentation."""
    pixels = torch.from_numpy(normalise(images, NORM))
    changed = augment(pixels, TrainConfig(**settings), torch.Generator().manual_seed(seed), NORM)
    assert changed.shape == pixels.shape
    assert changed.dtype == torch.float32
    return (changed.numpy() * NORM.std + NORM.mean).reshape(-1, 28, 28)


def blob(row: float, column: float, width: float = 2.0) -> np.ndarray:
    rows, columns = np.mgrid[:28, :28]
    shape = np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / (2 * width**2))
    return (255 * shape).astype(np.uint8)


def centres(images: np.ndarray) -> np.ndarray:
    return np.array([ndimage.center_of_mass(image) for image in images])


@pytest.fixture(scope="module")
def blobs() -> np.ndarray:
    """400 times one blob, 8 px above the middle."""
    return np.repeat(blob(5.5, 13.5)[None], 400, axis=0)


def test_a_shift_stays_within_its_limit_and_fills_it(blobs: np.ndarray) -> None:
    moved = centres(augmented(blobs, shift=3.0)) - (5.5, 13.5)
    assert np.abs(moved).max() < 3.1
    assert np.abs(moved).max(axis=0) == pytest.approx([3, 3], abs=0.1)
    assert moved.std(axis=0) == pytest.approx([3 / 3**0.5] * 2, rel=0.1)


def test_a_rotation_turns_about_the_middle(blobs: np.ndarray) -> None:
    offsets = centres(augmented(blobs, rotation=30.0)) - 13.5
    assert np.hypot(*offsets.T) == pytest.approx(np.full(400, 8.0), abs=0.15)
    angles = np.degrees(np.arctan2(offsets[:, 1], -offsets[:, 0]))
    assert np.abs(angles).max() == pytest.approx(30, abs=1)
    assert angles.std() == pytest.approx(30 / 3**0.5, rel=0.1)


def test_a_scale_changes_the_distance_from_the_middle() -> None:
    near = np.repeat(blob(8.5, 13.5)[None], 400, axis=0)
    distances = 13.5 - centres(augmented(near, zoom=0.2))[:, 0]
    assert distances.min() == pytest.approx(5 * 0.8, abs=0.1)
    assert distances.max() == pytest.approx(5 * 1.2, abs=0.1)


def test_a_shear_moves_rows_sideways_only(blobs: np.ndarray) -> None:
    offsets = centres(augmented(blobs, shear=20.0)) - 13.5
    assert offsets[:, 0] == pytest.approx(np.full(400, -8.0), abs=0.1)
    assert np.abs(offsets[:, 1]).max() == pytest.approx(8 * math.tan(math.radians(20)), abs=0.15)


@pytest.mark.parametrize("strength", [0.5, 1.0, 2.0])
def test_elastic_displacements_have_the_strength_that_was_asked_for(strength: float) -> None:
    places = np.stack([blob(row, column, 1.5) for row in (8, 14, 20) for column in (8, 14, 20)] * 100)
    moved = centres(augmented(places, elastic=strength)) - centres(places)
    assert moved.std() == pytest.approx(strength, rel=0.15)
    assert abs(moved.mean()) < 0.1 * strength


def test_elastic_displacements_are_smooth() -> None:
    """Two blobs that are close move alike, two that are far apart do not."""
    pairs = [(6, 6), (6, 8), (20, 20)]
    moved = [
        centres(augmented(np.repeat(blob(*place, 1.0)[None], 300, axis=0), elastic=1.0))[:, 0] - place[0]
        for place in pairs
    ]
    assert np.corrcoef(moved[0], moved[1])[0, 1] > 0.8
    assert abs(np.corrcoef(moved[0], moved[2])[0, 1]) < 0.25


@pytest.mark.parametrize("share", [0.3, 1.0])
def test_erasing_takes_one_rectangle_of_that_share_of_the_images(share: float) -> None:
    white = np.full((500, 28, 28), 255, dtype=np.uint8)
    erased = augmented(white, erasing=share) < 0.5
    touched = erased.any(axis=(1, 2))
    assert touched.mean() == pytest.approx(share, abs=0.07)
    for image in erased[touched][:50]:
        rows, columns = image.any(1).sum(), image.any(0).sum()
        assert image.sum() == rows * columns
        assert 4 <= rows <= 15
        assert 4 <= columns <= 15


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_each_alone_leaves_digits_digits(name: str, mnist_test: ImageDataset) -> None:
    images = mnist_test.images[:200]
    strengths = {"rotation": 10.0, "shift": 2.0, "zoom": 0.1, "shear": 10.0, "elastic": 0.5, "erasing": 0.2}
    changed = augmented(images, **{name: strengths[name]})
    assert -0.01 <= changed.min() <= changed.max() <= 1.01
    correlation = np.corrcoef(changed.ravel(), images.ravel())[0, 1]
    assert 0.4 < correlation < 0.999


def test_what_comes_from_outside_is_background(blobs: np.ndarray) -> None:
    pixels = torch.from_numpy(normalise(blobs, NORM))
    changed = augment(pixels, TrainConfig(shift=8.0), torch.Generator().manual_seed(0), NORM)
    corners = changed.view(-1, 28, 28)[:, [0, 0, -1, -1], [0, -1, 0, -1]]
    assert corners.max() < BACKGROUND + 0.2
    assert corners.min() == pytest.approx(BACKGROUND, abs=1e-5)


def test_a_seed_decides(blobs: np.ndarray) -> None:
    settings = {"rotation": 5.0, "elastic": 1.0, "erasing": 0.5}
    first, again, other = (augmented(blobs[:5], seed, **settings) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_every_image_is_changed_in_its_own_way(blobs: np.ndarray) -> None:
    changed = augmented(blobs[:20], rotation=20.0)
    assert len(np.unique(changed.reshape(20, -1), axis=0)) == 20


def test_nothing_asked_for_nothing_changed(blobs: np.ndarray) -> None:
    np.testing.assert_allclose(augmented(blobs[:3]), blobs[:3] / 255, atol=1e-6)
