"""Experiments: rules against outcomes made up for them, measurements against other ways to compute them."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import ndimage
from torch.nn import functional

from core.analysis.by_seed import Comparison
from core.config import TrainConfig
from core.data.dataset import ImageDataset, Splits
from core.drawings.preprocessing import normalise
from core.errors import DivergedError
from core.learn.experiments import records
from core.learn.experiments.agreement import (
    ENOUGH,
    PLACE,
    SETS,
    Agreement,
    agreement_on,
    check_words,
    repeated_words,
    tempered,
    verdict_of,
    verdict_sentence,
)
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
    LayerProfiles,
    centring_of,
    explained,
    has_loop,
    locality,
    loop_share,
    profile_layers,
)
from core.learn.experiments.records import (
    MOST_SETS,
    SEEDS,
    Check,
    Measurement,
    Outcome,
    Read,
    Said,
    Variant,
    find_runs,
    outcome_of,
    seeds_of,
)
from core.learn.experiments.repeat import repeat, train
from core.learn.experiments.samples import Result, Sample, diverged_result, result_of_run, samples_table, with_reading
from core.learn.lessons.images import shifted
from core.models.numpy_mlp import NumpyMLP
from core.models.numpy_model import NumpyModel
from core.runs.records import Run
from core.runs.status import RunStatus
from tests.core.builders import ENVIRONMENT, make_metrics, make_run, make_weights

YES, NO, OPEN = Check(True, "Yes."), Check(False, "No."), Check(None, "Perhaps.", "p", Comparison(np.array([1.0, -1])))
DIVERGED = {"status": RunStatus.FAILED, "error": str(DivergedError(1, 20, 0.1)), "epochs": (), "val_accuracy": None}
SCATTER = np.array([-0.003, -0.001, 0.0, 0.002, 0.002])
"""Of five seeds, with a mean of 0."""


def run_with(**changes: object) -> Run:
    """A run of two epochs of ten updates each."""
    epochs = tuple(replace(make_metrics(epoch)) for epoch in (1, 2))
    return replace(make_run(), **({"epochs": epochs, "environment": ENVIRONMENT} | changes))


def sample(accuracy: float = 0.9, *, scatter: np.ndarray = SCATTER, label: str = "", **values: float) -> Sample:
    """Five results around these numbers; what else is given lies within a hundredth of its value."""
    recalls = np.full(10, accuracy)
    results = []
    for place, away in enumerate(scatter):
        several = {name: value * (1 + 0.005 * (place - 2)) for name, value in values.items()}
        plain = {"val_loss": 0.5, "passing_loss": 0.3, "updates": 20, "seconds": 1.0}
        results.append(Result(accuracy=accuracy + away, recalls=recalls, **(plain | several)))
    return Sample(Variant(label, TrainConfig()), tuple(results))


def found(name: str, samples: list[Sample], measured: Measurement | None = None) -> list[bool | None]:
    experiment = experiment_named(name)
    named = [Sample(variant, one.results) for variant, one in zip(experiment.variants, samples, strict=True)]
    return [check.holds for check in experiment.check(named, measured)]


def test_an_outcome_follows_from_how_many_parts_hold() -> None:
    assert outcome_of([True, True]) is Outcome.CONFIRMED
    assert outcome_of([True, False]) is outcome_of([True, False, None]) is Outcome.MIXED
    assert outcome_of([False, False]) is Outcome.NOT_CONFIRMED
    assert outcome_of([None]) is outcome_of([True, None]) is outcome_of([False, None]) is Outcome.NOT_DECIDED
    claimed, stated = experiment_named("size"), experiment_named("learning_rate")
    assert verdict_sentence(claimed, [YES, NO], Outcome.MIXED) == (
        "The claim is **mixed**: 1 of its 2 parts holds here."
    )
    assert verdict_sentence(stated, [NO], Outcome.NOT_CONFIRMED) == "The statement is **not confirmed**."
    assert verdict_sentence(claimed, [YES, OPEN], Outcome.NOT_DECIDED) == (
        "The claim is **not decided**: 1 of its 2 parts holds here, 1 is not decided."
    )
    assert verdict_sentence(experiment_named("batch_size"), [YES, NO, YES], Outcome.MIXED) == (
        "The claims are **mixed**: 2 of their 3 parts hold here."
    )


def test_sets_of_seeds_share_none() -> None:
    assert seeds_of(1) == (0, 1, 2, 3, 4)
    assert len({seed for number in range(1, SETS + 1) for seed in seeds_of(number)}) == SETS * SEEDS
    assert 5 <= SEEDS <= 8
    assert seeds_of(MOST_SETS)[-1] < 900_000


def test_a_part_on_which_sets_of_seeds_differ_is_not_decided_whatever_one_of_them_says() -> None:
    agreement = Agreement(tuple((True, number < 8, number == 0) for number in range(SETS)))
    assert [agreement.agreed(part) for part in range(3)] == [10, 8, 9]
    checks = tempered([YES, YES, NO], agreement)
    assert [check.holds for check in checks] == [True, None, False]
    assert verdict_of(checks, agreement) is Outcome.MIXED
    assert agreement.outcome is Outcome.MIXED
    assert agreement.sets_saying(Outcome.MIXED) == 9
    assert repeated_words(Outcome.MIXED, agreement) == "This verdict agreed in 9 of 10 sets of 5 seeds."
    assert tempered([YES], None) == (YES,)


def test_a_verdict_that_fewer_than_nine_sets_agree_on_says_not_decided() -> None:
    torn = Agreement(tuple((number < 8,) for number in range(SETS)))
    (check,) = tempered([replace(OPEN, holds=True)], torn)
    assert check.holds is None
    assert torn.outcome is verdict_of([check], torn) is Outcome.NOT_DECIDED
    assert check_words(check, 0, torn) == "Perhaps; not decided: only 8 of 10 sets of seeds agree."
    assert check_words(OPEN, 0, None) == "Perhaps; not decided."
    assert check_words(YES, 0, torn) == "Yes."
    assert "Repeated with 10 sets of 5 seeds" in repeated_words(Outcome.NOT_DECIDED, torn)
    # Each part is steady, but sets that differ are different ones.
    uneven = Agreement(tuple(tuple(number != part for part in range(3)) for number in range(SETS)))
    assert {uneven.agreed(part) for part in range(3)} == {ENOUGH}
    assert uneven.outcome is Outcome.NOT_DECIDED


def test_the_table_is_of_the_experiments_as_they_are(tmp_path: Path) -> None:
    experiment = experiment_named("relu")
    place = tmp_path / "agreement.json"
    assert agreement_on(experiment, place) is None
    row = {"fingerprint": experiment.fingerprint, "sets": [[True, None]] * SETS}
    place.write_text(json.dumps({"experiments": {"relu": row}}))
    assert agreement_on(experiment, place) == Agreement(((True, None),) * SETS)
    changed = replace(experiment, variants=experiment.variants[:2])
    assert agreement_on(changed, place) is agreement_on(replace(experiment, rule="Another."), place) is None
    assert repeated_words(Outcome.MIXED, None).startswith("Not yet repeated")


def test_the_committed_table_has_ten_sets_of_what_is_asked_today() -> None:
    rows = json.loads(PLACE.read_text(encoding="utf-8"))["experiments"] if PLACE.exists() else {}
    for name in rows:
        agreement = agreement_on(experiment_named(name))
        assert agreement is not None, f"python -m benchmarks.experiments {name}"
        assert len(agreement.sets) == SETS


@pytest.mark.slow
@pytest.mark.parametrize(("name", "clear"), [("relu", 0), ("balance", 1)])
def test_two_experiments_say_again_what_the_table_says(name: str, clear: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With three seeds that are in none of its sets: the clear part is decided again, and none is contradicted."""
    experiment = experiment_named(name)
    agreement = agreement_on(experiment)
    assert agreement is not None, f"python -m benchmarks.experiments {name}"
    monkeypatch.setattr(records, "SEEDS", 3)
    again = repeat(experiment, 100)
    assert again[clear].holds is True
    for part, check in enumerate(again):
        said = {one[part] for one in agreement.sets}
        assert check.holds is None or {check.holds, None} & said, check.sentence


@pytest.mark.slow
def test_an_experiment_repeated_by_hand_gives_its_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    tiny = TrainConfig(hidden_size=4, training_size=200, validation_size=200, epochs=1)
    experiment = replace(
        experiment_named("augmentation"),
        variants=(Variant("plain", tiny), Variant("shifted", tiny.replace(shift=2))),
    )
    monkeypatch.setattr(records, "SEEDS", 2)
    (check,) = repeat(experiment, 3)
    assert check.comparison is not None
    assert check.comparison.values.shape == (2,)
    assert len(set(check.comparison.values)) > 1


@pytest.mark.slow
def test_what_is_trained_directly_is_what_its_network_answers() -> None:
    config = TrainConfig(hidden_size=8, training_size=300, validation_size=200, epochs=1, seed=4)
    result, model = train(config, Read.SHIFTED)
    assert model is not None
    from core.data.catalogue import load_splits

    validation = load_splits(config).validation
    moved = shifted(validation.images, 3, 3)
    assert result.accuracy == (model.logits(validation.images).argmax(1) == validation.labels).mean()
    assert result.shifted == (model.logits(moved).argmax(1) == validation.labels).mean()
    assert result.updates == 5


def test_a_run_that_diverged_knows_no_more_than_chance() -> None:
    broken = result_of_run(run_with(**DIVERGED))
    assert broken.accuracy == 0.1
    assert np.isinf([broken.passing_loss, broken.val_loss]).all()
    config = TrainConfig(
        hidden_size=8, training_size=200, validation_size=200, epochs=3, learning_rate=10, optimizer="sgd",
        normalisation="none", activation="none", hidden_layers=3, schedule="constant",
    )  # fmt: skip
    result, model = train(config)
    assert model is None
    assert result.accuracy == 0.1


def test_a_result_is_what_the_run_and_its_network_say(small_splits: Splits) -> None:
    run = run_with()
    plain = result_of_run(run)
    assert (plain.accuracy, plain.val_loss) == (run.epochs[-1].val_accuracy, run.epochs[-1].val_loss)
    assert plain.updates == 20
    counts = run.epochs[-1].confusion
    np.testing.assert_allclose(plain.recalls, [counts[k, k] / max(1, counts[k].sum()) for k in range(10)])
    without_nines = counts.copy()
    without_nines[9], without_nines[:, 9] = 0, 0
    few = replace(run, epochs=(replace(run.epochs[-1], confusion=without_nines),))
    assert np.isnan(result_of_run(few).recalls).tolist() == [False] * 9 + [True]
    config = TrainConfig(hidden_size=12)
    model = NumpyModel("some", config, make_weights(config), small_splits.normalisation)
    read = with_reading(plain, Read.TRAINING, model, small_splits)
    logits = torch.from_numpy(model.logits(small_splits.train.images))
    labels = torch.from_numpy(np.array(small_splits.train.labels))
    assert read.train_loss == pytest.approx(float(functional.cross_entropy(logits, labels)), rel=1e-5)
    assert read.train_accuracy == float((logits.argmax(1) == labels).double().mean())
    assert with_reading(plain, Read.NOTHING, model, small_splits) is plain


def test_experiments_are_small_distinct_and_quote_their_documents() -> None:
    assert len({experiment.name for experiment in EXPERIMENTS}) == len(EXPERIMENTS) >= 13
    for experiment in EXPERIMENTS:
        configs = experiment.configs(seeds_of(1))
        assert len(set(configs)) == len(configs) == SEEDS * len(experiment.variants)
        assert all(config.training_size * config.epochs <= 100_000 for config in configs)
        assert experiment.variants or experiment.measure
        assert experiment.claims
        assert all(len(experiment.run_name(variant, 4_999)) <= 40 for variant in experiment.variants)


def test_where_no_document_claims_anything_the_statement_is_our_own() -> None:
    for experiment in EXPERIMENTS:
        claimed = any(claim.said is Said.CLAIMED for claim in experiment.claims)
        assert claimed != bool(experiment.statement), experiment.name


def test_runs_are_found_by_their_config_the_newest_with_a_result_first() -> None:
    configs = experiment_named("scaling").configs((3,))
    config = configs[1]
    newest = replace(make_run("newest-1"), config=config, status=RunStatus.RUNNING)
    stopped = replace(make_run("stopped-1"), config=config, status=RunStatus.STOPPED)
    ended = replace(make_run("ended-1"), config=config)
    older = replace(make_run("older-1"), config=config)
    assert find_runs(configs, [stopped, newest, ended, older]) == (None, ended, None, None)
    assert find_runs(configs, [stopped, newest]) == (None, newest, None, None)
    assert find_runs(configs, [stopped]) == (None,) * 4
    failed = replace(ended, **DIVERGED)
    assert find_runs(configs, [failed])[1] is failed
    assert find_runs(configs, [replace(failed, error="The data are missing.")])[1] is None


def test_the_table_of_variants_has_means_spreads_and_what_diverged() -> None:
    good = sample(0.9)
    broken = replace(good, results=(*good.results[:3], diverged_result(7, 1.0), diverged_result(7, 1.0)))
    table = samples_table([good, broken])
    assert table.rows[0][2] == f"90.00% ± {SCATTER.std(ddof=1):.2%}"
    assert table.rows[1][3] == "2 of 5 diverged"
    assert {len(row) for row in table.rows} == {len(table.columns)}


def test_rules_of_runs() -> None:
    good, fair, bad = sample(0.95, passing_loss=0.1), sample(0.9, passing_loss=0.3), sample(0.5, passing_loss=1.5)
    # As far apart as seeds are from each other: the same seeds, otherwise ordered.
    near = sample(0.901, scatter=SCATTER[::-1])
    assert found("relu", [good, fair, fair]) == [True, True]
    assert found("relu", [fair, good, fair]) == [False, False]
    assert found("relu", [near, fair, sample(0.88, scatter=3 * SCATTER[::-1])]) == [None, None]
    assert found("learning_rate", [bad, good, fair]) == [True] * 4
    assert found("learning_rate", [good, bad, fair]) == [False] * 4
    size = found("size", [bad, fair, good, near, fair])
    assert size == [True, True, None, None]
    assert found("start", [good, bad, bad]) == [None, True]
    assert found("scaling", [bad, good, bad, good]) == [True, None]
    even = sample(shifted=0.8)
    assert found("augmentation", [sample(shifted=0.2), even]) == [True]
    assert found("augmentation", [even, sample(shifted=0.2)]) == [False]


def test_one_variant_that_diverges_with_every_seed_loses() -> None:
    broken = Sample(Variant("", TrainConfig()), (diverged_result(3, 1.0),) * SEEDS)
    assert found("learning_rate", [sample(0.5), sample(0.9, passing_loss=0.1), broken]) == [True] * 4


def test_remedies_are_judged_by_their_loss() -> None:
    bare = sample(0.88, val_loss=0.5, train_accuracy=1.0)
    steady = {"train_accuracy": 1.0}
    treated = [sample(0.9, val_loss=loss, **steady) for loss in (0.4, 0.5, 0.62)]
    assert found("overfitting", [bare, *treated]) == [True, True, None, False]
    assert found("overfitting", [sample(0.9, val_loss=0.5, train_accuracy=0.92), *treated])[0] in (False, None)


def test_batch_sizes_generalise_differently_only_at_equal_training_losses() -> None:
    """A large batch that has made 25 steps where a small one made 1,565 is not worse: it is not done yet."""
    noise = GradientNoise((16, 128, 1024), np.array([1.6, 0.6, 0.2]), np.array([1, 2, 3]))
    small = sample(0.938, train_loss=0.082, seconds=9.0, updates=1_565)
    undertrained = sample(0.874, train_loss=0.364, seconds=1.0, updates=25)
    as_far = sample(0.939, train_loss=0.088, scatter=SCATTER[::-1])
    assert found("batch_size", [small, undertrained, as_far], noise) == [True, True, True, None, True]
    assert found("batch_size", [small, undertrained, undertrained], noise)[3] is None
    worse = sample(0.9, train_loss=0.08)
    assert found("batch_size", [small, undertrained, worse], noise)[3] is True
    assert found("batch_size", [worse, undertrained, as_far], noise)[3] is False
    backwards = replace(noise, noise=noise.noise[::-1], memory=noise.memory[::-1])
    assert found("batch_size", [undertrained, small, as_far], backwards) == [False, False, False, None, False]


def test_rules_of_measurements() -> None:
    good = sample(0.95)
    favourite = SortedTraining(np.full(SEEDS, 0.1), np.array([0] * 8 + [5_000, 0]))
    assert (favourite.favourite, favourite.favourite_share) == (8, 1.0)
    assert found("shuffle", [good, good], favourite) == [None, True]
    assert found("shuffle", [good, sample(0.9)], SortedTraining(good.values("accuracy"), favourite.readings)) == [
        True,
        None,
    ]
    ways = (("slices", 1.0), ("plain", 4.0), ("transforming", 9.0))
    assert found("loader", [], LoaderTiming(10, ways, complete=True, reordered=True)) == [True]
    assert found("loader", [], LoaderTiming(10, ways, complete=True, reordered=False)) == [False]
    near, far = np.full(10, 0.5), np.full(10, 2.0)
    sides = np.array([20] * 9 + [19])
    assert found("centred", [], Centring(near, far, sides)) == [True, False, False]


def test_a_rule_on_edges_that_a_filter_meets_and_noise_does_not() -> None:
    some = np.linspace(0.1, 0.2, 8)
    profiles = LayerProfiles(
        np.zeros((4, 28, 28), np.float32),
        np.zeros((2, 5, 28, 28), np.uint8),
        some,
        some / 2,
        local_shares=np.array([0.6, 0.7, 0.6, 0.8, 0.7]),
        loop_shares=np.array([0.0, 0.02, 0.0, 0.03, 0.0]),
    )
    assert found("layers", [sample()], profiles) == [True, False]
    assert found("layers", [sample()], replace(profiles, local_shares=np.zeros(5))) == [False, False]
    assert found("layers", [sample()], replace(profiles, local_shares=np.array([0.2, 0.9, 0.5, 0.4, 0.6])))[0] is None
    # A filter of 3 × 3 pixels, wherever it lies, and as much noise over the whole image.
    kernel, noise = np.zeros((1, 28, 28), np.float32), np.random.default_rng(0).normal(size=(50, 28, 28))
    kernel[0, 10:13, 4:7] = np.random.default_rng(1).normal(size=(3, 3))
    assert locality(kernel)[0] == 1
    assert locality(noise.astype(np.float32)).max() < 0.25


def test_a_unit_for_loops_tells_them_better_than_any_digit() -> None:
    random = np.random.default_rng(0)
    labels = random.integers(0, 10, 500)
    looped = np.isin(labels, (0, 6, 8, 9))
    activity = np.stack([looped, labels == 3, random.random(500)], axis=1).astype(np.float32)
    assert loop_share(activity, looped, labels) == pytest.approx(1 / 3)


def test_an_uneven_set_has_favourites() -> None:
    def reading(nines: float) -> Sample:
        recalls = np.array([0.95] * 9 + [nines])
        return Sample(
            Variant("", TrainConfig()), tuple(replace(one, recalls=recalls + 0.001 * seed * np.arange(10) / 10)
                                              for seed, one in enumerate(sample(0.9).results))
        )  # fmt: skip

    counts = ClassCounts(np.array([100] * 9 + [130]))
    assert found("balance", [reading(0.94), reading(0.4)], counts) == [True, True, True]
    assert found("balance", [reading(0.4), reading(0.94)], ClassCounts(np.array([100, 200]))) == [False, False, False]


def test_the_gradient_of_a_batch_is_that_of_autograd(mnist_train: ImageDataset) -> None:
    inputs = mnist_train.images[:20].reshape(20, 784).astype(np.float32) / 255
    network = NumpyMLP(TrainConfig(backend="numpy", hidden_size=8))
    network.initialise(np.random.default_rng(3))
    ours, memory = batch_gradient(network, inputs, mnist_train.labels[:20])
    parameters = [torch.tensor(part, requires_grad=True) for part in network.parameters.values()]
    hidden, hidden_bias, output, output_bias = parameters
    activations = torch.relu(functional.linear(torch.from_numpy(inputs), hidden, hidden_bias))
    logits = functional.linear(activations, output, output_bias)
    functional.cross_entropy(logits, torch.tensor(mnist_train.labels[:20])).backward()
    # Weights lie column by column.
    theirs = np.concatenate([parameter.grad.numpy().ravel(order="F") for parameter in parameters])
    np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-6)
    assert memory == 4 * 20 * (784 + 8 + 10)


@pytest.mark.slow
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


@pytest.mark.slow
def test_profiles_show_what_excites_each_unit_most() -> None:
    config = TrainConfig(widths="6,5")
    from core.data.catalogue import load_splits

    splits = load_splits(TrainConfig())
    models = [NumpyModel("some", config, make_weights(config, seed), splits.normalisation) for seed in (0, 1)]
    profiles = profile_layers(models)
    x = torch.from_numpy(normalise(splits.validation.images[:2_000], splits.normalisation))
    for layer in range(2):
        parts = (torch.from_numpy(models[0].weights[f"layers.{layer}.{name}"]) for name in ("weight", "bias"))
        x = torch.relu(functional.linear(x, *parts))
    best = int(x[:, 0].argmax())
    np.testing.assert_array_equal(profiles.examples[0, 0], splits.validation.images[best])
    assert profiles.locality.shape == profiles.fresh_locality.shape == (2 * 6,)
    assert profiles.local_shares.shape == profiles.loop_shares.shape == (2,)
    assert len(profiles.table().rows) == 3


def test_counts_of_all_seventy_thousand(mnist_train: ImageDataset, mnist_test: ImageDataset) -> None:
    counts = count_classes()
    assert counts.counts.sum() == 70_000
    assert counts.counts[7] == (mnist_train.labels == 7).sum() + (mnist_test.labels == 7).sum()
    assert len(counts.table().columns) == 11


def test_sorted_images_teach_little() -> None:
    config = TrainConfig(hidden_size=16, training_size=1_000, validation_size=500, epochs=1)
    measured = measure_sorted_training(config, (0, 1))
    assert measured.readings.sum() == 2 * 500
    assert measured.accuracies.shape == (2,)
    assert measured.accuracies.max() < 0.5
    assert measured.favourite_share > 0.2


@pytest.mark.slow
def test_a_dataloader_gives_every_image_once_and_takes_longer() -> None:
    measured = measure_loaders()
    assert measured.complete
    assert measured.reordered
    assert len(measured.table().rows) == 3
    assert found("loader", [], measured) == [True]
