import numpy as np
import pytest
from scipy import ndimage

from core.analysis.samples import (
    SPLIT_NAMES,
    InkMeasures,
    SampleFilter,
    choose_samples,
    class_balance,
    class_images,
    file_size,
    find_sample,
    ink_measures,
    intensity_histogram,
    page_count,
    page_slice,
    splits_of_file,
)
from core.data.dataset import ImageDataset, Normalisation, Splits
from core.errors import DataError


def dataset_of(count: int, seed: int = 0) -> ImageDataset:
    generator = np.random.default_rng(seed)
    images = generator.integers(0, 256, (count, 28, 28), dtype=np.uint8)
    return ImageDataset("random", images, generator.integers(0, 10, count))


def test_class_balance_counts_each_split():
    parts = [dataset_of(count, count) for count in (700, 200, 90)]
    balance = class_balance(Splits(*parts, Normalisation(0, 1)))
    for part, counts, shares in zip(parts, balance.counts, balance.shares, strict=True):
        assert counts.tolist() == [int((part.labels == label).sum()) for label in range(10)]
        assert shares.sum() == pytest.approx(1)


def test_class_balance_of_nothing_is_nothing():
    empty = dataset_of(0)
    balance = class_balance(Splits(empty, empty, empty, Normalisation(0, 1)))
    assert balance.shares.tolist() == np.zeros((3, 10)).tolist()


@pytest.mark.parametrize("count", [12, 1234])
def test_class_images_are_mean_and_std_of_the_members(count):
    dataset = dataset_of(count)
    images = class_images(dataset)
    for label in range(10):
        members = dataset.images[dataset.labels == label].astype(np.float64)
        expected = (members.mean(axis=0), members.std(axis=0)) if len(members) else np.zeros((2, 28, 28))
        np.testing.assert_allclose(images.mean[label], expected[0], atol=1e-3)
        np.testing.assert_allclose(images.std[label], expected[1], atol=1e-2)


def test_histogram_counts_every_pixel_once():
    dataset = dataset_of(1100)
    histogram = intensity_histogram(dataset, Normalisation(0.5, 0.25))
    values, counts = np.unique(dataset.images, return_counts=True)
    assert histogram.counts[values].tolist() == counts.tolist()
    assert histogram.counts.sum() == dataset.images.size
    assert histogram.normalised[[0, 255]].tolist() == [-2.0, 2.0]


def test_histogram_after_normalisation_has_mean_0_and_std_1():
    images = np.random.default_rng(0).integers(0, 200, (40, 28, 28), dtype=np.uint8)
    dataset = ImageDataset("random", images, np.zeros(40, dtype=np.int64))
    scaled = images / 255
    histogram = intensity_histogram(dataset, Normalisation(float(scaled.mean()), float(scaled.std())))
    mean = (histogram.shares * histogram.normalised).sum()
    assert mean == pytest.approx(0, abs=1e-9)
    assert (histogram.shares * (histogram.normalised - mean) ** 2).sum() == pytest.approx(1)


def test_ink_is_the_mean_pixel():
    dataset = dataset_of(600)
    np.testing.assert_allclose(ink_measures(dataset.images).ink, dataset.images.mean(axis=(1, 2)) / 255, rtol=1e-5)


def sheared_bar(degrees: float) -> np.ndarray:
    """A vertical bar through the middle, leaning to the right by so many degrees, by scipy's interpolation."""
    bar = np.zeros((28, 28))
    bar[5:23, 12:16] = 255
    shear = np.array([[1, 0], [np.tan(np.radians(degrees)), 1]])
    middle = np.array([13.5, 13.5])
    return ndimage.affine_transform(bar, shear, middle - shear @ middle, order=1).round().astype(np.uint8)


@pytest.mark.parametrize("degrees", [-30, -10, 0, 5, 20, 35])
def test_slant_is_the_shear_of_a_bar(degrees):
    measured = ink_measures(sheared_bar(degrees)[np.newaxis]).slant[0]
    assert measured == pytest.approx(degrees, abs=0.6)


def test_slant_does_not_depend_on_place_or_weight():
    bar = sheared_bar(20)
    moved = np.roll(bar, (2, -3), axis=(0, 1))
    faint = (bar // 2).astype(np.uint8)
    slants = ink_measures(np.stack([bar, moved, faint])).slant
    np.testing.assert_allclose(slants, slants[0], atol=0.1)


def test_images_without_height_are_upright():
    row = np.zeros((28, 28), dtype=np.uint8)
    row[9, 3:20] = 255
    measures = ink_measures(np.stack([np.zeros_like(row), row]))
    assert measures.slant.tolist() == [0, 0]
    assert measures.ink[0] == 0
    assert ink_measures(np.empty((0, 28, 28), dtype=np.uint8)).ink.shape == (0,)


@pytest.fixture
def measures() -> InkMeasures:
    generator = np.random.default_rng(0)
    return InkMeasures(generator.random(1000, dtype=np.float32), generator.uniform(-60, 60, 1000).astype(np.float32))


@pytest.fixture
def labels() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 10, 1000)


def test_no_filter_keeps_all_in_the_order_of_the_file(labels, measures):
    assert choose_samples(labels, measures, SampleFilter()).tolist() == list(range(1000))


def test_filters_keep_what_fits(labels, measures):
    chosen = choose_samples(labels, measures, SampleFilter(labels=(3, 8), ink=(20, 60), slant=(-15, 30)))
    low, high = sorted(measures.ink)[199:201], sorted(measures.ink)[599:601]
    for position in range(1000):
        ink, slant = measures.ink[position], measures.slant[position]
        fits = labels[position] in (3, 8) and low[0] < ink < high[1] and -15 <= slant <= 30
        assert (position in chosen) == fits


def test_a_slant_limit_at_its_end_is_none(labels):
    steep = InkMeasures(np.ones(1000, np.float32), np.full(1000, 89.9, np.float32))
    assert len(choose_samples(labels, steep, SampleFilter(slant=(-40, 90)))) == 1000
    assert len(choose_samples(labels, steep, SampleFilter(slant=(-40, 60)))) == 0


def test_thin_and_thick_halves_cover_everything(labels, measures):
    thin = choose_samples(labels, measures, SampleFilter(ink=(0, 50)))
    thick = choose_samples(labels, measures, SampleFilter(ink=(50, 100)))
    assert sorted({*thin, *thick}) == list(range(1000))
    assert measures.ink[thin].max() <= measures.ink[thick].min()


def test_shuffle_is_a_permutation_that_the_seed_decides(labels, measures):
    first, again, other = (choose_samples(labels, measures, SampleFilter(shuffle_seed=s)) for s in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert sorted(first) == list(range(1000))


def test_filter_of_nothing_is_nothing():
    nothing = InkMeasures(np.empty(0, np.float32), np.empty(0, np.float32))
    assert len(choose_samples(np.empty(0, np.int64), nothing, SampleFilter((1,), (10, 20), (-5, 5), 3))) == 0


@pytest.mark.parametrize(("items", "pages"), [(0, 1), (1, 1), (100, 1), (101, 2), (55_000, 550)])
def test_page_count(items, pages):
    assert page_count(items, 100) == pages


def test_pages_together_are_everything():
    positions = np.arange(230)
    pages = [page_slice(positions, page, 100) for page in (1, 2, 3)]
    assert np.array_equal(np.concatenate(pages), positions)
    assert np.array_equal(page_slice(positions, 99, 100), pages[-1])
    assert np.array_equal(page_slice(positions, -1, 100), pages[0])


@pytest.fixture
def drawn_splits() -> Splits:
    published = dataset_of(100)
    parts = [published.subset(np.flatnonzero(np.arange(100) % 5 != 2)), published.subset(np.arange(2, 100, 5))]
    return Splits(*parts, dataset_of(30, 9), Normalisation(0, 1))


def test_every_index_of_a_file_is_found(drawn_splits):
    published = dataset_of(100)
    assert [file_size(drawn_splits, name) for name in SPLIT_NAMES] == [100, 100, 30]
    for index in range(100):
        sample = find_sample(drawn_splits, "Training", index)
        assert np.array_equal(sample.image, published.images[index])
        assert sample.label == published.labels[index]
        assert sample.split_name == ("Validation" if index % 5 == 2 else "Training")
    assert find_sample(drawn_splits, "Test", 7).split_name == "Test"


@pytest.mark.parametrize(("name", "index"), [("Training", 100), ("Training", -1), ("Test", 30)])
def test_an_index_that_is_not_there_gives_a_sentence(drawn_splits, name, index):
    with pytest.raises(DataError, match="No image has the index"):
        find_sample(drawn_splits, name, index)


def test_splits_know_which_file_they_come_from():
    whole = dataset_of(100)
    parts = [whole.subset(np.arange(start, 100, 3)) for start in range(3)]
    cut = Splits(*parts, Normalisation(0, 1))
    assert splits_of_file(cut, "Training") == splits_of_file(cut, "Test") == SPLIT_NAMES
    assert file_size(cut, "Test") == 100
    assert find_sample(cut, "Training", 5).split_name == "Test"
    apart = Splits(parts[0], parts[1], dataset_of(20, 1), Normalisation(0, 1))
    assert splits_of_file(apart, "Test") == ("Test",)
    assert splits_of_file(apart, "Validation") == ("Training", "Validation")
    assert file_size(apart, "Test") == 20
