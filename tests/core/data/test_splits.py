import numpy as np
import pytest
from sklearn.model_selection import StratifiedShuffleSplit

from core.config import TrainConfig
from core.data.dataset import SPLIT_NAMES, ImageDataset
from core.data.splits import (
    before_preparing,
    imbalanced_positions,
    make_splits,
    normalisation_of,
    prepared_from,
    scaling_of,
    stratified_split,
    with_label_noise,
)
from core.drawings.preprocessing import normalise
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
    whole = make_splits(train, test, TrainConfig(training_size=2500, validation_size=500, split_seed=4))
    small = make_splits(train, test, TrainConfig(training_size=250, validation_size=500, split_seed=4))
    assert np.array_equal(whole.validation.file_indices, small.validation.file_indices)
    assert np.isin(small.train.file_indices, whole.train.file_indices).all()
    assert not np.isin(whole.train.file_indices, whole.validation.file_indices).any()
    assert np.bincount(small.train.labels).tolist() == [25] * 10
    assert small.test is test


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"training_size": 250},
        {"training_size": 250, "split": "random"},
        {"label_noise": 0.2, "normalisation": "zero_one"},
        {"imbalance": 0.9, "label_noise": 0.1, "training_size": 300},
        {"imbalance": 0.5, "test_size": 300, "normalisation": "none"},
    ],
)
@pytest.mark.parametrize("has_own_test", [True, False])
def test_splits_that_share_what_is_held_out_are_those_that_are_made(settings, has_own_test):
    train, test = dataset_of([300] * 10), dataset_of([10] * 10, 7) if has_own_test else None
    config = TrainConfig(validation_size=500, split_seed=4, **settings)
    whole = before_preparing(config)
    assert whole is not None
    shared, made = make_splits(train, test, whole), make_splits(train, test, config)
    found = prepared_from(shared, config)
    for name in SPLIT_NAMES:
        for field in ("images", "labels", "file_indices"):
            ours, theirs = (getattr(one.named(name), field) for one in (found, made))
            assert np.array_equal(ours, theirs), (name, field)
            assert not ours.flags.writeable or name == "Test"
    assert (found.normalisation, found.has_own_test) == (made.normalisation, made.has_own_test)
    assert found.validation is shared.validation
    assert found.test is shared.test
    if len(found.train) == len(shared.train):
        assert found.train.images is shared.train.images


def test_where_more_than_the_training_images_depends_on_it_nothing_is_shared():
    assert before_preparing(TrainConfig(split="in_order", training_size=100)) is None
    assert before_preparing(TrainConfig(corrections="7:3:8")) is None


def test_parts_keep_images_labels_and_places_together():
    train, test = dataset_of([40, 60]), dataset_of([5, 5], 7)
    splits = make_splits(train, test, TrainConfig(training_size=80, validation_size=20))
    for part in (splits.train, splits.validation):
        assert np.array_equal(part.images, train.images[part.file_indices])
        assert np.array_equal(part.labels, train.labels[part.file_indices])
        assert not part.images.flags.writeable


def test_sizes_are_upper_limits():
    splits = make_splits(dataset_of([40, 60]), dataset_of([5, 5]), TrainConfig())
    # A fifth of the images at most is held out, and all that is left is trained on.
    assert (len(splits.train), len(splits.validation), len(splits.test)) == (80, 20, 10)


def test_a_data_set_in_one_part_gets_a_test_set_of_its_own():
    whole = dataset_of([300] * 10)
    splits = make_splits(whole, None, TrainConfig(test_size=400, validation_size=300, split_seed=3))
    parts = [part.file_indices for part in (splits.train, splits.validation, splits.test)]
    assert [len(part) for part in parts] == [2300, 300, 400]
    assert np.array_equal(np.sort(np.concatenate(parts)), np.arange(3000))
    assert np.bincount(splits.test.labels).tolist() == [40] * 10
    again = make_splits(whole, None, TrainConfig(test_size=400, validation_size=100, split_seed=3))
    assert np.array_equal(splits.test.file_indices, again.test.file_indices)


@pytest.mark.parametrize("count", [30, 179, 1_797])
def test_a_small_data_set_in_order_keeps_most_of_it_for_training(count):
    splits = make_splits(dataset_of([count]), None, TrainConfig(split="in_order"))
    parts = [part.file_indices for part in (splits.train, splits.validation, splits.test)]
    assert np.array_equal(np.concatenate(parts), np.arange(count))
    assert len(splits.train) >= count * 4 // 9
    assert min(map(len, parts)) >= count // 5


def test_in_order_means_the_order_of_the_file():
    config = TrainConfig(split="in_order", training_size=30, validation_size=20, test_size=10)
    splits = make_splits(dataset_of([50, 50]), None, config)
    assert splits.train.file_indices.tolist() == list(range(30))
    assert splits.validation.file_indices.tolist() == list(range(30, 50))
    assert splits.test.file_indices.tolist() == list(range(90, 100))


def test_a_random_split_is_a_partition_that_ignores_classes():
    config = TrainConfig(split="random", validation_size=200, split_seed=1)
    splits = make_splits(dataset_of([500, 500]), dataset_of([5, 5]), config)
    both = np.concatenate([splits.train.file_indices, splits.validation.file_indices])
    assert np.array_equal(np.sort(both), np.arange(1000))
    counts = [
        np.bincount(
            make_splits(dataset_of([500, 500]), dataset_of([5, 5]), config.replace(split_seed=seed)).validation.labels
        )[0]
        for seed in range(20)
    ]
    # Hypergeometric: mean 100, deviation 6.3; a stratified split would give 100 every time.
    assert 1 < np.std(counts) < 15
    assert abs(np.mean(counts) - 100) < 6


@pytest.mark.parametrize("kind", ["stratified", "random", "in_order"])
@pytest.mark.parametrize(("count", "sentence"), [(0, "0 images are too few"), (1, "1 image is too few")])
def test_too_few_images_get_a_sentence(kind, count, sentence):
    with pytest.raises(DataError, match=f"^{sentence}"):
        make_splits(dataset_of([count]), dataset_of([5]), TrainConfig(split=kind))


@pytest.mark.parametrize("share", [0.1, 0.5, 1.0])
def test_label_noise_changes_that_share_to_other_labels(share):
    clean = dataset_of([100] * 10)
    noisy = with_label_noise(clean, share, seed=2)
    assert (noisy.labels != clean.labels).mean() == pytest.approx(share)
    assert np.array_equal(noisy.images, clean.images)
    changed = noisy.labels[noisy.labels != clean.labels]
    # Every other label is drawn: of 10 classes each gets its tenth.
    assert np.bincount(changed, minlength=10).min() > 0.4 * len(changed) / 10
    assert np.array_equal(with_label_noise(clean, share, seed=2).labels, noisy.labels)


def test_noise_and_imbalance_leave_validation_and_test_alone():
    train, test = dataset_of([400] * 5), dataset_of([20] * 5, 7)
    plain, hard = (make_splits(train, test, TrainConfig(**kw)) for kw in ({}, {"label_noise": 0.3, "imbalance": 0.9}))
    for name in ("validation", "test"):
        assert getattr(plain, name).digest == getattr(hard, name).digest
    assert len(hard.train) < len(plain.train)


def test_imbalance_thins_classes_out_geometrically():
    labels = labels_of([1000] * 5)
    kept = imbalanced_positions(labels, 5, 0.9, seed=0)
    expected = [1000 * 0.1 ** (label / 4) for label in range(5)]
    assert np.bincount(labels[kept]) == pytest.approx(np.ceil(expected))
    assert np.all(np.diff(kept) > 0)


@pytest.mark.parametrize(("kind", "low", "high"), [("zero_one", 0, 1), ("minus_one_one", -1, 1), ("none", 0, 255)])
def test_scalings_bring_pixels_to_their_range(kind, low, high):
    images = np.array([0, 255], dtype=np.uint8).repeat(392).reshape(1, 28, 28)
    pixels = normalise(images, scaling_of(images, kind))
    assert (pixels.min(), pixels.max()) == pytest.approx((low, high))


def test_standardising_gives_mean_0_and_deviation_1():
    images = dataset_of([50, 50]).images
    pixels = normalise(images, scaling_of(images, "standardise")).astype(np.float64)
    assert (pixels.mean(), pixels.std()) == pytest.approx((0, 1), abs=1e-5)


def test_normalisation_is_mean_and_std_of_the_training_part():
    splits = make_splits(
        dataset_of([400, 600]), dataset_of([5, 5]), TrainConfig(training_size=900, validation_size=100)
    )
    scaled = splits.train.images.astype(np.float64) / 255
    assert splits.normalisation.mean == pytest.approx(scaled.mean(), rel=1e-12)
    assert splits.normalisation.std == pytest.approx(scaled.std(), rel=1e-12)


@pytest.mark.parametrize("value", [0, 7, 255])
def test_normalisation_never_divides_by_zero(value):
    same = normalisation_of(np.full((3, 28, 28), value, dtype=np.uint8))
    assert same.mean == pytest.approx(value / 255)
    assert same.std == 1.0
    assert normalisation_of(np.empty((0, 28, 28), dtype=np.uint8)).std == 1.0
