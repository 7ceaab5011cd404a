import numpy as np
import pytest

from core.analysis.browsing import SampleFilter, choose_samples, file_size, find_sample, splits_of_file
from core.analysis.ink_measures import InkMeasures
from core.config import TrainConfig
from core.data.dataset import SPLIT_NAMES, Normalisation, Splits
from core.data.splits import make_splits
from core.errors import DataError
from tests.core.analysis.builders import dataset_of


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


def test_a_test_set_that_was_cut_off_shares_the_file() -> None:
    cut = make_splits(dataset_of(100), None, TrainConfig(test_size=20))
    assert splits_of_file(cut, "Training") == splits_of_file(cut, "Test") == SPLIT_NAMES
    assert file_size(cut, "Test") == 100
    index = int(cut.test.file_indices[0])
    assert find_sample(cut, "Training", index).split_name == "Test"


def test_a_test_set_that_was_published_apart_has_a_file_of_its_own() -> None:
    """Also where so few training images are left that no place in one file is taken in the other."""
    drawn = (
        make_splits(dataset_of(100), dataset_of(20, 1), TrainConfig(training_size=10, split="random", split_seed=seed))
        for seed in range(200)
    )
    apart = next(splits for splits in drawn if not np.isin(splits.test.file_indices, splits.train.file_indices).any())
    assert splits_of_file(apart, "Test") == ("Test",)
    assert splits_of_file(apart, "Validation") == ("Training", "Validation")
    assert file_size(apart, "Test") == 20
