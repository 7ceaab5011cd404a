import numpy as np
import pytest
from sklearn.metrics.pairwise import cosine_similarity

from core.analysis.familiarity import (
    MOST_REFERENCES,
    describe,
    description_width,
    fit_familiarity,
    reference_positions,
)


def images(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, 28, 28), dtype=np.uint8)


def thumbnails(pictures: np.ndarray, block: int) -> np.ndarray:
    """Block by block."""
    places = range(0, 28, block)
    return np.array(
        [[one[y : y + block, x : x + block].sum() for y in places for x in places] for one in pictures], float
    )


def test_an_image_is_two_thirds_hidden_layer_and_one_third_picture() -> None:
    pictures, hidden = images(6), np.random.default_rng(1).random((6, 5), dtype=np.float32)
    hidden[2] = 0
    described = describe(pictures, hidden)
    assert described.shape == (6, description_width(5))
    wanted = (2 * cosine_similarity(hidden) + cosine_similarity(thumbnails(pictures, 4))) / 3
    np.testing.assert_allclose(described @ described.T, wanted, atol=1e-5)


def test_without_a_hidden_layer_the_picture_counts_alone() -> None:
    pictures = images(4)
    described = describe(pictures, None)
    assert described.shape == (4, description_width(0))
    np.testing.assert_allclose(described @ described.T, cosine_similarity(thumbnails(pictures, 2)), atol=1e-5)


def test_strangeness_is_the_angle_to_the_nearest_times_the_doubt() -> None:
    training, asked = describe(images(40), None), describe(images(700, seed=1), None)
    confidence = np.linspace(0, 1, 700, dtype=np.float32)
    familiarity = fit_familiarity(training, asked, confidence)
    assert familiarity is not None
    # Forty images lie along forty axes: nothing is lost but the precision of a half.
    wanted = (1 - cosine_similarity(asked, training).max(axis=1)) * (1 + np.sqrt(1 - confidence))
    scores = familiarity.strangeness(asked, confidence)
    np.testing.assert_allclose(scores, wanted, atol=2e-3)
    np.testing.assert_array_equal(familiarity.are_strange(asked, confidence), scores > familiarity.threshold)
    assert (scores > familiarity.threshold).mean() == pytest.approx(0.05, abs=0.002)
    np.testing.assert_allclose(familiarity.strangeness(training, np.ones(40, np.float32)), 0, atol=2e-3)
    assert familiarity.strangeness(asked[:0], confidence[:0]).shape == (0,)
    assert familiarity.are_strange(asked[:0], confidence[:0]).shape == (0,)


def test_without_images_or_numbers_nothing_is_strange() -> None:
    some, sure = describe(images(3), None), np.ones(3, np.float32)
    assert fit_familiarity(some[:0], some, sure) is None
    assert fit_familiarity(some, some[:0], sure[:0]) is None
    assert fit_familiarity(some * np.float32(np.nan), some, sure) is None


def test_references_are_few_enough_to_be_asked_at_every_answer() -> None:
    assert reference_positions(3).tolist() == [0, 1, 2]
    positions = reference_positions(55_000)
    assert len(positions) == MOST_REFERENCES
    assert (np.diff(positions) > 0).all()


def test_what_lies_beside_the_axes_is_strange_too() -> None:
    flat = np.zeros((60, 100), np.float32)
    flat[np.arange(60), np.arange(60) % 3] = 1
    familiarity = fit_familiarity(flat, flat, np.ones(60, np.float32))
    assert familiarity is not None
    assert familiarity.axes.shape == (100, 48)
    beside = np.zeros((1, 100), np.float32)
    beside[0, 99] = 1
    assert familiarity.strangeness(beside, np.ones(1, np.float32))[0] == pytest.approx(1, abs=1e-3)
