"""Experiments: rules against outcomes made up for them, measurements against other ways to compute them."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import ndimage
from torch.nn import functional

from core.config import TrainConfig
from core.data.dataset import ImageDataset
from core.drawings.preprocessing import normalise
from core.errors import DivergedError
from core.learn.experiments import checks as judges
from core.learn.experiments.catalogue import EXPERIMENTS, experiment_named
from core.learn.experiments.measures import (
    ClassCounts,
    GradientNoise,
    LoaderTiming,
    SortedTraining,
    batch_gradient,
    count_classes,
    measure_gradient_noise,
    measure_loaders,
    measure_sorted_training,
)
from core.learn.experiments.profiles import (
    Centring,
    LayerPortraits,
    centring_of,
    explained,
    has_loop,
    locality,
    portray_layers,
)
from core.learn.experiments.records import (
    Check,
    Measurement,
    Ruling,
    accuracy_of,
    clearly_above,
    find_runs,
    recalls,
    results_table,
    ruling_of,
    updates,
    verdict_sentence,
)
from core.learn.walk import fresh_weights
from core.models.numpy_model import NumpyModel
from core.runs.records import Run, RunStatus
from tests.core.builders import ENVIRONMENT, make_metrics, make_run, make_weights

YES, NO = Check(True, "yes"), Check(False, "no")
DIVERGED = {"status": RunStatus.FAILED, "error": str(DivergedError(1, 20, 0.1)), "epochs": (), "val_accuracy": None}


def run_with(accuracy: float, *, loss: float = 0.5, train: float = 0.9, **changes: object) -> Run:
    """A run whose two epochs end with this accuracy on 5,000 validation images."""
    epochs = tuple(
        replace(make_metrics(epoch), val_accuracy=accuracy, val_loss=loss, train_accuracy=train, train_loss=loss)
        for epoch in (1, 2)
    )
    environment = replace(ENVIRONMENT, validation_images=5_000)
    return replace(make_run(), **({"epochs": epochs, "val_accuracy": accuracy, "environment": environment} | changes))


def outcome(name: str, runs: list[Run], measured: Measurement | None = None) -> list[bool]:
    return [check.holds for check in experiment_named(name).judge(runs, measured)]


def test_a_ruling_follows_from_how_many_parts_hold() -> None:
    assert ruling_of([YES, YES]) is Ruling.CONFIRMED
    assert ruling_of([YES, NO]) is Ruling.MIXED
    assert ruling_of([NO, NO]) is Ruling.NOT_CONFIRMED
    assert verdict_sentence([YES, NO]) == "The claim is **mixed**: 1 of its 2 parts holds here."
    assert verdict_sentence([NO]) == "The claim is **not confirmed**."


def test_only_differences_beyond_chance_count() -> None:
    # At 90 % of 5,000 the standard error of a difference is 0.6 points.
    assert clearly_above(run_with(0.92), run_with(0.90))
    assert not clearly_above(run_with(0.91), run_with(0.90))
    assert not clearly_above(run_with(0.90), run_with(0.92))


def test_a_run_that_diverged_knows_no_more_than_chance() -> None:
    assert accuracy_of(run_with(0.9, **DIVERGED)) == 0.1


def test_experiments_are_small_distinct_and_quote_their_documents() -> None:
    assert len({experiment.name for experiment in EXPERIMENTS}) == len(EXPERIMENTS) >= 12
    for experiment in EXPERIMENTS:
        configs = [variant.config for variant in experiment.variants]
        assert len(set(configs)) == len(configs)
        assert all(config.training_size * config.epochs <= 100_000 for config in configs)
        assert experiment.variants or experiment.measure
        assert experiment.claims
        assert all(len(experiment.run_name(variant)) <= 40 for variant in experiment.variants)


def test_runs_are_found_by_their_config_the_newest_with_a_result_first() -> None:
    experiment = experiment_named("scaling")
    config = experiment.variants[1].config
    newest = replace(make_run("newest-1"), config=config, status=RunStatus.RUNNING)
    stopped = replace(make_run("stopped-1"), config=config, status=RunStatus.STOPPED)
    ended = replace(make_run("ended-1"), config=config)
    older = replace(make_run("older-1"), config=config)
    assert find_runs(experiment, [stopped, newest, ended, older]) == (None, ended, None, None)
    assert find_runs(experiment, [stopped, newest]) == (None, newest, None, None)
    assert find_runs(experiment, [stopped]) == (None,) * 4
    failed = replace(ended, **DIVERGED)
    assert find_runs(experiment, [failed])[1] is failed
    assert find_runs(experiment, [replace(failed, error="The data are missing.")])[1] is None


def test_the_table_tells_a_run_that_diverged() -> None:
    experiment = experiment_named("relu")
    table = results_table(experiment.variants, [run_with(0.9), run_with(0.9, **DIVERGED), run_with(0.8)])
    assert [row[1] for row in table.rows] == ["90.00%", "diverged", "80.00%"]
    assert {len(row) for row in table.rows} == {len(table.columns)}
    assert updates(run_with(0.9)) == 20


def test_rules_of_runs() -> None:
    good, fair, bad = run_with(0.95, loss=0.1), run_with(0.9, loss=0.3), run_with(0.5, loss=1.5)
    assert outcome("relu", [good, fair, fair]) == [True, True]
    assert outcome("relu", [fair, good, fair]) == [False, False]
    assert outcome("learning_rate", [bad, fair, good]) == [True, True]
    assert outcome("learning_rate", [fair, fair]) == [False, False]
    assert outcome("learning_rate", [fair, run_with(0.9, **DIVERGED)]) == [True, True]
    assert outcome("size", [bad, fair, good, good, good, fair]) == [True, True, False, False, False]
    assert outcome("start", [good, bad, bad]) == [False, True]
    assert outcome("scaling", [bad, good, bad, good]) == [True, False]
    overfitted = run_with(0.9, loss=0.5, train=1.0)
    treated = [run_with(0.9, loss=loss) for loss in (0.4, 0.46, 0.44)]
    assert outcome("overfitting", [overfitted, *treated]) == [True, True, False, True]
    assert outcome("overfitting", [run_with(0.9, train=0.94), *treated])[0] is False


def test_rules_of_measurements() -> None:
    good, fair = run_with(0.95, seconds=9.0), run_with(0.9, seconds=1.0)
    few = replace(fair, epochs=fair.epochs[:1])
    sizes = (16, 128, 1024)
    noise = GradientNoise(sizes, np.array([1.6, 0.6, 0.2]), np.array([1, 2, 3]))
    assert outcome("batch_size", [good, fair, few], noise) == [True] * 5
    assert outcome("batch_size", [few, fair, good], replace(noise, noise=noise.noise[::-1])) == [
        False,
        True,
        False,
        False,
        False,
    ]
    assert outcome("shuffle", [good, good], SortedTraining(0.4, 5_000, 8, 0.4)) == [False, True]
    assert outcome("shuffle", [good, fair], SortedTraining(0.95, 5_000, 8, 0.1)) == [True, False]
    ways = (("slices", 1.0), ("plain", 4.0), ("transforming", 9.0))
    assert outcome("loader", [], LoaderTiming(10, ways, complete=True, reordered=True)) == [True, False]
    near, far = np.full(10, 0.5), np.full(10, 2.0)
    sides = np.array([20] * 9 + [19])
    assert outcome("centred", [], Centring(near, far, sides)) == [True, False, False]


def test_rules_of_layers_and_balance() -> None:
    portraits = LayerPortraits(
        np.zeros((4, 28, 28), np.float32),
        np.array([0.6, 0.5, 0.1, 0.2]),
        np.zeros((2, 5, 28, 28), np.uint8),
        by_loops=np.array([0.3, 0.3]),
        by_digit=np.array([0.4, 0.2]),
    )
    assert (portraits.local_units, portraits.loop_units) == (2, 1)
    assert outcome("layers", [], portraits) == [True, True]
    assert outcome("layers", [], replace(portraits, by_digit=np.ones(2), locality=np.zeros(4))) == [False, False]
    even, uneven = run_with(0.95), run_with(0.85)
    confusion = np.diag(np.full(10, 475)) + np.eye(10, k=1, dtype=np.int64) * 25
    confusion[9, 0] = 25
    rare = confusion.copy()
    rare[9] = [300, *[0] * 8, 200]
    runs = [
        replace(run, epochs=(replace(run.epochs[0], confusion=matrix),))
        for run, matrix in ((even, confusion), (uneven, rare))
    ]
    np.testing.assert_allclose(recalls(runs[1]), [0.95] * 9 + [0.4])
    counts = ClassCounts(np.array([100] * 9 + [130]))
    assert outcome("balance", runs, counts) == [True, True, True]
    assert outcome("balance", runs[::-1], ClassCounts(np.array([100, 200]))) == [False, False, False]


def test_the_gradient_of_a_batch_is_that_of_autograd(mnist_train: ImageDataset) -> None:
    inputs = mnist_train.images[:20].reshape(20, 784).astype(np.float32) / 255
    weights = fresh_weights(3, units=8)
    ours, memory = batch_gradient(weights, inputs, mnist_train.labels[:20])
    parameters = [torch.tensor(part, dtype=torch.float32, requires_grad=True) for part in weights.parts]
    hidden, hidden_bias, output, output_bias = parameters
    activations = torch.relu(functional.linear(torch.from_numpy(inputs), hidden, hidden_bias))
    logits = functional.linear(activations, output, output_bias)
    functional.cross_entropy(logits, torch.tensor(mnist_train.labels[:20])).backward()
    theirs = np.concatenate([parameter.grad.numpy().ravel() for parameter in parameters])
    np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-6)
    assert memory == 4 * 20 * (784 + 3 * 8 + 10)


def test_gradient_noise_falls_as_one_over_the_root_of_the_batch() -> None:
    measured = measure_gradient_noise()
    ratios = measured.noise[:-1] / measured.noise[1:]
    np.testing.assert_allclose(ratios, np.sqrt(8), rtol=0.25)
    assert len(measured.table().rows) == 3


def test_loops_are_those_that_scipy_fills(mnist_train: ImageDataset) -> None:
    images = mnist_train.images[:300]
    # Ink counts as connected at its corners, so background must not slip through there: SciPy's default.
    filled = [ndimage.binary_fill_holes(image >= 64) for image in images]
    expected = [bool((fill & (image < 64)).any()) for fill, image in zip(filled, images, strict=True)]
    np.testing.assert_array_equal(has_loop(images), expected)
    labels = mnist_train.labels[:300]
    assert has_loop(images[labels == 0]).mean() > 0.8
    assert has_loop(images[labels == 1]).mean() < 0.05


def test_centring_agrees_with_scipy(mnist_train: ImageDataset) -> None:
    measured = centring_of(mnist_train.images[:50])
    for position, image in enumerate(mnist_train.images[:50]):
        row, column = ndimage.center_of_mass(image)
        assert measured.mass_offsets[position] == pytest.approx(np.hypot(row - 14, column - 14))
        rows, columns = ndimage.find_objects((image > 0).astype(int))[0]
        height, width = rows.stop - rows.start, columns.stop - columns.start
        middle = (rows.start + rows.stop - 1) / 2, (columns.start + columns.stop - 1) / 2
        assert measured.box_offsets[position] == pytest.approx(np.hypot(middle[0] - 13.5, middle[1] - 13.5))
        assert measured.longest_sides[position] == max(height, width)
    assert len(measured.table().rows) == 2


def test_explained_variance_is_the_squared_correlation() -> None:
    random = np.random.default_rng(0)
    group = random.random(400) < 0.3
    values = random.normal(size=(400, 3)).astype(np.float32) + group[:, None] * np.array([0, 1, 5], np.float32)
    expected = [np.corrcoef(values[:, unit], group)[0, 1] ** 2 for unit in range(3)]
    np.testing.assert_allclose(explained(values, group), expected, rtol=1e-4)
    np.testing.assert_array_equal(explained(values, np.ones(400, bool)), 0)


def test_locality_of_a_point_and_of_noise() -> None:
    point = np.zeros((1, 28, 28), np.float32)
    point[0, 3, 25] = -2
    assert locality(point)[0] == 1
    assert locality(np.ones((1, 28, 28), np.float32))[0] == pytest.approx(81 / 784)


def test_portraits_show_what_excites_each_unit_most(mnist_train: ImageDataset) -> None:
    config = TrainConfig(widths="6,5")
    from core.data.catalogue import load_splits

    splits = load_splits(TrainConfig())
    model = NumpyModel("some", config, make_weights(config), splits.normalisation)
    portraits = portray_layers(model)
    x = torch.from_numpy(normalise(splits.validation.images[:2_000], splits.normalisation))
    for layer in range(2):
        parts = (torch.from_numpy(model.weights[f"layers.{layer}.{name}"]) for name in ("weight", "bias"))
        x = torch.relu(functional.linear(x, *parts))
    best = int(x[:, 0].argmax())
    np.testing.assert_array_equal(portraits.examples[0, 0], splits.validation.images[best])
    assert len(portraits.table().rows) == 2


def test_counts_of_all_seventy_thousand(mnist_train: ImageDataset, mnist_test: ImageDataset) -> None:
    counts = count_classes()
    assert counts.counts.sum() == 70_000
    assert counts.counts[7] == (mnist_train.labels == 7).sum() + (mnist_test.labels == 7).sum()
    assert len(counts.table().columns) == 11


def test_sorted_images_teach_little(mnist_train: ImageDataset) -> None:
    measured = measure_sorted_training(TrainConfig(hidden_size=16, training_size=2_000, epochs=1))
    assert measured.images == 5_000
    assert measured.accuracy < 0.5
    assert measured.favourite_share > 0.2


def test_a_dataloader_gives_every_image_once_and_takes_longer() -> None:
    measured = measure_loaders()
    assert measured.complete
    assert measured.reordered
    assert len(measured.table().rows) == 3
    assert judges.judge_loader([], measured)[0].holds
