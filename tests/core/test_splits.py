import numpy as np
import pytest
from sklearn.model_selection import StratifiedShuffleSplit

from core.data.dataset import ImageDataset
from core.data.splits import make_splits, normalisation_of, stratified_split
from core.errors import DataError


def labels_of(counts: list[int], seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)), counts)).astype(np.int64)


def dataset_of(counts: list[int], seed: int = 0) -> ImageDataset:
    labels = labels_of(counts, seed)
    images = np.random.default_rng(seed + 1).integers(0, 256, (len(labels), 28, 28), dtype=np.uint8)
    return ImageDataset("random", images, labels)


@pytest.mark.parametrize("counts", [[100] * 10, [50, 500, 7, 3], [1, 1, 1], [1000]])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.33, 1.0])
def test_split_is_a_stratified_partition(counts, share):
    labels = labels_of(counts)
    held_out = round(share * len(labels))
    kept, out = stratified_split(labels, held_out, seed=5)
    assert len(out) == held_out
    assert np.array_equal(np.sort(np.concatenate([kept, out])), np.arange(len(labels)))
    assert np.all(np.diff(kept) > 0)
    assert np.all(np.diff(out) > 0)
    exact = held_out * np.array(counts) / len(labels)
    assert np.all(np.abs(np.bincount(labels[out], minlength=len(counts)) - exact) < 1)


def test_class_counts_are_those_of_scikit_learn():
    labels = labels_of([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949])
    _, out = stratified_split(labels, 5000, seed=0)
    splitter = StratifiedShuffleSplit(1, test_size=5000, random_state=0)
    _, expected = next(splitter.split(labels, labels))
    difference = np.bincount(labels[out]) - np.bincount(labels[expected])
    assert np.abs(difference).max() <= 1


def test_seed_decides_and_nothing_else():
    labels = labels_of([200] * 10)
    first, again, other = (stratified_split(labels, 300, seed)[1] for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("held_out", [-1, 31])
def test_more_than_there_is_gives_a_sentence(held_out):
    with pytest.raises(DataError, match="cannot be set aside"):
        stratified_split(labels_of([10, 20]), held_out, 0)


def test_validation_does_not_depend_on_the_training_size():
    train, test = dataset_of([300] * 10), dataset_of([10] * 10, 7)
    whole = make_splits(train, test, training_size=2500, validation_size=500, split_seed=4)
    small = make_splits(train, test, training_size=250, validation_size=500, split_seed=4)
    assert np.array_equal(whole.validation.file_indices, small.validation.file_indices)
    assert np.isin(small.train.file_indices, whole.train.file_indices).all()
    assert not np.isin(whole.train.file_indices, whole.validation.file_indices).any()
    assert np.bincount(small.train.labels).tolist() == [25] * 10
    assert small.test is test


def test_parts_keep_images_labels_and_places_together():
    train, test = dataset_of([40, 60]), dataset_of([5, 5], 7)
    splits = make_splits(train, test, training_size=80, validation_size=20)
    for part in (splits.train, splits.validation):
        assert np.array_equal(part.images, train.images[part.file_indices])
        assert np.array_equal(part.labels, train.labels[part.file_indices])
        assert not part.images.flags.writeable


@pytest.mark.parametrize("size", [0, 81])
def test_a_training_size_that_cannot_be_had_gives_a_sentence(size):
    with pytest.raises(DataError, match="1 to 80 images"):
        make_splits(dataset_of([40, 60]), dataset_of([5, 5]), training_size=size, validation_size=20)


def test_normalisation_is_mean_and_std_of_the_training_part():
    splits = make_splits(dataset_of([400, 600]), dataset_of([5, 5]), training_size=900, validation_size=100)
    scaled = splits.train.images.astype(np.float64) / 255
    assert splits.normalisation.mean == pytest.approx(scaled.mean(), rel=1e-12)
    assert splits.normalisation.std == pytest.approx(scaled.std(), rel=1e-12)


@pytest.mark.parametrize("value", [0, 7, 255])
def test_normalisation_never_divides_by_zero(value):
    same = normalisation_of(np.full((3, 28, 28), value, dtype=np.uint8))
    assert same.mean == pytest.approx(value / 255)
    assert same.std == 1.0
    assert normalisation_of(np.empty((0, 28, 28), dtype=np.uint8)).std == 1.0
