"""What the demo run refuses, and a judge that is kept."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.analysis.refusal import refusal_curve
from core.analysis.strangers import noise, quarter_turned, scrambled, scribbles
from core.analysis.temperature import negative_log_likelihood
from core.config import TrainConfig
from core.data.catalogue import load_splits
from core.data.dataset import Splits
from core.models.numpy_model import NumpyModel
from core.models.shapes import weight_shapes
from core.reading import judging
from core.reading.judging import IMAGES_GONE, OTHER_CLASSES, judge_of, keep_judge, kept_judge, make_judge
from core.reading.reader import Judge, Reader
from core.runs.archive import DEMO_DIRECTORY
from core.runs.model_tensors import read_model


@pytest.fixture(scope="module")
def model() -> NumpyModel:
    return read_model(DEMO_DIRECTORY / "checkpoint.safetensors")


@pytest.fixture(scope="module")
def splits(model: NumpyModel) -> Splits:
    return load_splits(model.config)


@pytest.fixture(scope="module")
def judge(model: NumpyModel, splits: Splits) -> Judge:
    return make_judge(model, splits)


@pytest.fixture(autouse=True)
def nothing_shipped(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes with the demo run would answer for all that these tests keep."""
    monkeypatch.setattr(judging, "DEMO_DIRECTORY", tmp_path_factory.getbasetemp() / "none")


@pytest.mark.slow
def test_the_demo_run_comes_with_its_judge(
    tmp_path: Path, model: NumpyModel, judge: Judge, splits: Splits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "DEMO_DIRECTORY", DEMO_DIRECTORY)
    shipped = kept_judge(model, tmp_path)
    assert shipped is not None
    one, other = (Reader(model, each).opinion(splits.test.images[:500]) for each in (judge, shipped))
    np.testing.assert_allclose(one.confidence, other.confidence, atol=1e-4)
    near, far = (Reader(model, each).strangeness(splits.test.images[:500]) for each in (judge, shipped))
    np.testing.assert_allclose(near, far, atol=5e-3)
    assert (one.is_strange != other.is_strange).mean() < 0.01
    assert list(tmp_path.iterdir()) == []


def untrained(**settings: object) -> NumpyModel:
    config = TrainConfig(**settings)
    chance = np.random.default_rng(0)
    weights = {
        name: np.abs(chance.normal(0, 0.1, shape)).astype(np.float32)
        if "var" in name
        else chance.normal(0, 0.1, shape).astype(np.float32)
        for name, shape in weight_shapes(config, 10).items()
    }
    demo = read_model(DEMO_DIRECTORY / "checkpoint.safetensors")
    return NumpyModel("untrained", config, weights, demo.normalisation)


@pytest.mark.slow
def test_with_one_digit_in_twenty_refused_the_demo_run_refuses_what_is_none(
    model: NumpyModel, judge: Judge, splits: Splits
) -> None:
    reader, test = Reader(model, judge), splits.test.subset(np.arange(0, 10_000, 2))
    own = reader.strangeness(test.images)
    assert own is not None
    assert reader.opinion(test.images).is_strange.mean() == pytest.approx(0.05, abs=0.01)
    turned = quarter_turned(test.images[np.isin(test.labels, [2, 3, 4, 5, 7])][:1_000])
    aims = [(0.95, noise(200)), (0.95, scrambled(test.images[:200])), (0.85, scribbles(400, seed=1)), (0.90, turned)]
    for aim, images in aims:
        strange = reader.strangeness(images)
        assert strange is not None
        # As far as this many can tell: of 4,000 scribbles it is 85.9%.
        error = math.sqrt(aim * (1 - aim) / len(images))
        assert refusal_curve(own, strange).strangers_refused_at(0.05) >= aim - 2 * error


def test_the_calibrated_confidence_is_nearer_to_what_is_correct(
    model: NumpyModel, judge: Judge, splits: Splits
) -> None:
    test = splits.test
    own = model.probabilities(test.images)
    said = Reader(model, judge).opinion(test.images[:50]).probabilities
    np.testing.assert_allclose(said, own[:50], atol=1e-6, err_msg="they stay the network’s own")
    calibrated = judge.calibrated(own)
    assert negative_log_likelihood(calibrated, test.labels) < negative_log_likelihood(own, test.labels)


def test_a_judge_that_is_kept_says_the_same(tmp_path: Path, model: NumpyModel, judge: Judge, splits: Splits) -> None:
    keep_judge(judge, model, tmp_path)
    kept = kept_judge(model, tmp_path)
    assert kept is not None
    one, other = (Reader(model, each).opinion(splits.test.images[:200]) for each in (judge, kept))
    assert (one.is_strange == other.is_strange).all()
    assert (one.confidence == other.confidence).all()
    assert (one.is_strange == other.is_strange).all()
    changed = dict(model.weights) | {"layers.1.bias": model.weights["layers.1.bias"] + 1}
    assert kept_judge(replace(model, weights=changed), tmp_path) is None, "other weights, another judge"


def test_a_damaged_file_is_no_judge_and_is_written_again(tmp_path: Path, model: NumpyModel, judge: Judge) -> None:
    keep_judge(judge, model, tmp_path)
    (path,) = (tmp_path / "cache").iterdir()
    whole = path.read_bytes()
    nonsense = whole.replace(b'"threshold":"0', b'"threshold":"x')
    assert nonsense != whole
    for damaged in (b"", whole[: len(whole) // 2], nonsense):
        path.write_bytes(damaged)
        assert kept_judge(model, tmp_path) is None
    keep_judge(judge, model, tmp_path)
    assert kept_judge(model, tmp_path) is not None


def test_a_home_that_nobody_has_made_is_not_made_for_it(tmp_path: Path, model: NumpyModel, judge: Judge) -> None:
    keep_judge(judge, model, tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_where_the_images_are_gone_it_says_so(tmp_path: Path, model: NumpyModel) -> None:
    orphan = replace(model, config=model.config.replace(dataset="mine-0123456789"))
    judge = judge_of(orphan, tmp_path)
    assert (judge.temperature, judge.familiarity, judge.why_not) == (None, None, IMAGES_GONE)
    images = noise(3)
    opinion = Reader(orphan, judge).opinion(images)
    assert not opinion.is_strange.any()
    assert (opinion.confidence == orphan.probabilities(images).max(axis=1)).all()


@pytest.mark.parametrize(
    "settings",
    [
        {"architecture": "linear"},
        {"architecture": "cnn", "hidden_size": 8},
        {"widths": "12,6", "batch_norm": True, "activation": "tanh", "loss": "squared_error"},
    ],
)
def test_every_kind_of_network_has_its_judge(settings: dict[str, object], small_splits: Splits) -> None:
    network = untrained(**settings)
    judge = make_judge(network, small_splits)
    assert judge.temperature is not None
    opinion = Reader(network, judge).opinion(small_splits.validation.images)
    assert opinion.is_strange.mean() == pytest.approx(0.05, abs=0.006)
    np.testing.assert_allclose(opinion.probabilities, network.probabilities(small_splits.validation.images), atol=1e-6)
    assert (opinion.confidence > 0).all()


def test_a_network_is_judged_by_the_classes_that_it_counts(small_splits: Splits) -> None:
    network = untrained(hidden_size=4)
    given = network.weights
    backwards = {name: array[::-1] if name.startswith("layers.1.") else array for name, array in given.items()}
    other = replace(network, weights=backwards, class_names=network.class_names[::-1])
    one, same = make_judge(network, small_splits).temperature, make_judge(other, small_splits).temperature
    assert one is not None
    assert same is not None
    assert same.value == pytest.approx(one.value, rel=1e-6)
    judge = make_judge(replace(network, class_names=tuple("abcdefghij")), small_splits)
    assert (judge.temperature, judge.familiarity, judge.why_not) == (None, None, OTHER_CLASSES)


def test_weights_that_are_not_numbers_leave_nothing_to_judge_by(small_splits: Splits) -> None:
    network = untrained(hidden_size=4)
    network.weights["layers.0.bias"][:] = np.nan
    judge = make_judge(network, small_splits)
    assert (judge.temperature, judge.familiarity) == (None, None)
    assert not Reader(network, judge).opinion(small_splits.test.images).is_strange.any()
