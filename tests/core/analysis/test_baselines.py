from pathlib import Path

import numpy as np
import pytest

from core.analysis.baselines import (
    BASELINES,
    BaselineResult,
    network_sizes,
    read_results,
    run_baseline,
    run_network,
    write_results,
)
from core.config import TrainConfig
from core.data.dataset import ImageDataset, SourceDataset
from core.data.splits import make_splits
from core.errors import DataError

CONFIG = TrainConfig(validation_size=200)


@pytest.fixture(scope="module")
def published(mnist_train: ImageDataset, mnist_test: ImageDataset) -> SourceDataset:
    return SourceDataset(mnist_train.subset(np.arange(1_500)), mnist_test.subset(np.arange(50)))


@pytest.mark.slow
@pytest.mark.parametrize("name", BASELINES)
def test_a_method_reads_most_digits(name: str, published: SourceDataset) -> None:
    result = run_baseline(name, CONFIG, published)
    assert (result.name, result.images) == (name, 1_300)
    assert 0.75 < result.val_accuracy < 1
    assert result.fit_seconds > 0
    assert result.predict_seconds > 0


def test_nearest_neighbours_are_those_of_the_definition(published: SourceDataset) -> None:
    """All distances, in double precision, and the commonest of the three nearest labels."""
    splits = make_splits(published.train, published.test, CONFIG)
    train, held_out = (part.images.reshape(len(part), -1) / 255.0 for part in (splits.train, splits.validation))
    distances = np.array([((train - image) ** 2).sum(1) for image in held_out])
    nearest = splits.train.labels[np.argsort(distances, axis=1, kind="stable")[:, :3]]
    predicted = np.array([np.bincount(row, minlength=10).argmax() for row in nearest])
    expected = float((predicted == splits.validation.labels).mean())
    assert run_baseline("neighbours", CONFIG, published).val_accuracy == pytest.approx(expected, abs=0.006)


def test_a_method_gets_no_more_than_it_can_take(published: SourceDataset) -> None:
    # Of two classes: a method that compares every two of ten learns 45 times.
    repeated = np.resize(np.flatnonzero(published.train.labels < 2), 6_500)
    many = SourceDataset(published.train.subset(repeated), published.test)
    result = run_baseline("svm", CONFIG.replace(validation_size=10), many)
    assert result.images == BASELINES["svm"].most_images == 5_000


@pytest.mark.slow
def test_the_same_split_gives_the_same_result(published: SourceDataset) -> None:
    few = SourceDataset(published.train.subset(np.arange(400)), published.test)
    first, again = (run_baseline("forest", CONFIG, few).val_accuracy for _ in range(2))
    assert first == again


def test_a_network_learns_from_as_few_images_and_from_fresh_weights(published: SourceDataset) -> None:
    config = CONFIG.replace(hidden_size=32, learning_rate=0.01, epochs=4, start_from="demo")
    result = run_network(700, config, published)
    assert (result.name, result.images, result.validation_images) == ("network-700", 700, 200)
    assert 0.5 < result.val_accuracy < 1
    assert result.fit_seconds > 0
    again = run_network(700, config.replace(start_from=""), published)
    assert again.val_accuracy == result.val_accuracy


def test_a_network_is_compared_where_it_had_more_images_and_takes_no_minute() -> None:
    assert network_sizes(55_000, 30.0) == (5_000, 20_000)
    assert network_sizes(55_000, 300.0) == (5_000,)
    assert network_sizes(20_000, 10.0) == (5_000,)
    assert network_sizes(5_000, 10.0) == network_sizes(0, 0.0) == ()


def test_one_class_alone_gets_a_sentence(published: SourceDataset) -> None:
    ones = published.train.subset(np.flatnonzero(published.train.labels == 1))
    with pytest.raises(DataError, match="at least two classes"):
        run_baseline("logistic", CONFIG, SourceDataset(ones, published.test))


def test_results_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "cache" / "results.json"
    assert read_results(path) == {}
    results = {name: BaselineResult(name, 100, 50, 1.5, 0.25, 0.9) for name in ("svm", "forest")}
    write_results(path, results)
    assert read_results(path) == results


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"svm": 3}', '{"svm": {"name": "svm"}}', "7"])
def test_results_that_cannot_be_read_are_none(tmp_path: Path, content: str) -> None:
    path = tmp_path / "results.json"
    path.write_text(content)
    assert read_results(path) == {}
