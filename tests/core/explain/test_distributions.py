"""Histograms against NumPy's own, gradients against PyTorch's, units that were made to die."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn.functional import conv2d

from core.config import TrainConfig
from core.data.dataset import Normalisation
from core.data.mnist import load_mnist
from core.explain.distributions import (
    BINS,
    KINDS,
    FineHistogram,
    answers,
    count_moment,
    layer_names,
    put_together,
    read_distributions,
)
from core.explain.kept_results import write_result
from core.explain.moments import Moment
from core.explain.sample import fixed_sample
from core.models.numpy_model import NumpyModel
from tests.core.builders import SMALL, make_weights

CNN = TrainConfig(architecture="cnn", hidden_size=4)
DEEP = TrainConfig(widths="8,5")
_BY_ROW = ("kinds", "layers", "edges", "counts")


def made_up(config: TrainConfig, seed: int = 0) -> NumpyModel:
    return NumpyModel("made-up", config, make_weights(config, seed), Normalisation(0.13, 0.31))


@pytest.fixture(scope="module")
def few():
    return fixed_sample(load_mnist("test"), 30)


@pytest.mark.parametrize(("config", "layers"), [(SMALL, 2), (DEEP, 3), (CNN, 4), (TrainConfig(hidden_layers=0), 1)])
def test_rows_are_the_layers_of_each_kind_and_count_every_number(config, layers, few):
    models = [made_up(config, seed) for seed in (1, 2)]
    moments = [Moment(epoch, model) for epoch, model in enumerate(models)]
    found = put_together(moments, [count_moment(few, model) for model in models], len(few))
    assert len(layer_names(models[0])) == layers
    assert [len(found.rows_of(kind)) for kind in KINDS] == [layers] * 3
    for row, name in zip(
        found.rows_of("weights"), sorted(n for n in models[0].weights if n.endswith("weight")), strict=True
    ):
        numbers = [model.weights[name].ravel().astype(np.float64) for model in models]
        edges = found.edges[row]
        assert (edges[0], edges[-1]) == (np.concatenate(numbers).min(), np.concatenate(numbers).max())
        for counts, own in zip(found.counts[row], numbers, strict=True):
            assert counts.sum() == own.size
            # A fine cell is counted where its middle lies: at most its own width is moved.
            steps = np.abs(np.cumsum(counts) - np.cumsum(np.histogram(own, edges)[0]))
            assert steps.max() <= own.size / 10


def test_what_a_layer_says_is_what_the_network_says(few):
    deep = made_up(DEEP)
    for ours, said in zip(answers(deep, few.images), deep.layers(few.images)[1:], strict=True):
        np.testing.assert_array_equal(ours, said)
    cnn = made_up(CNN)
    pixels = torch.tensor((few.images / 255 - 0.13) / 0.31, dtype=torch.float32)[:, None]
    weight, bias = (torch.tensor(cnn.weights[f"convolutions.0.{name}"]) for name in ("weight", "bias"))
    expected = conv2d(pixels, weight, bias).relu().permute(0, 2, 3, 1).reshape(-1, 8)
    np.testing.assert_allclose(answers(cnn, few.images)[0], expected, atol=1e-5)


def test_units_that_were_made_to_die_are_counted(few):
    model = made_up(TrainConfig(hidden_size=6))
    bias = np.array([-1e4, 1e4, -1e4, 0, 0, 0], dtype=np.float32)
    dying = replace(model, weights=model.weights | {"layers.0.bias": bias})
    counted = count_moment(few, dying)
    assert (counted.units.tolist(), counted.dead.tolist(), counted.saturated.tolist()) == ([6], [2], [0])
    tanh = replace(dying, config=dying.config.replace(activation="tanh"))
    counted = count_moment(few, tanh)
    assert (counted.dead.tolist(), counted.saturated.tolist()) == ([3], [3])
    assert count_moment(few, made_up(TrainConfig(hidden_layers=0))).units.shape == (0,)


def test_numbers_that_are_none_are_left_out():
    histogram = FineHistogram.of(np.array([np.nan, np.inf, 1, 3, 3], dtype=np.float32))
    assert (histogram.low, histogram.high, histogram.counts.sum()) == (1, 3, 3)
    assert histogram.into(np.linspace(1, 3, BINS + 1))[[0, -1]].tolist() == [1, 2]
    assert FineHistogram.of(np.array([np.nan], dtype=np.float32)).counts.sum() == 0
    same = FineHistogram.of(np.full(4, 2, dtype=np.float32))
    assert same.into(np.linspace(2, 3, BINS + 1)).tolist() == [4, *[0] * (BINS - 1)]


def test_a_result_is_kept_and_a_damaged_one_is_none(few, tmp_path):
    model, path = made_up(SMALL), tmp_path / "x.safetensors"
    found = put_together([Moment(0, model), Moment(1, model)], [count_moment(few, model)] * 2, 30)
    assert read_distributions(path) is None
    write_result(path, found)
    kept = read_distributions(path)
    for name, value in vars(found).items():
        np.testing.assert_array_equal(getattr(kept, name), value)
    # As earlier versions have kept it of a CNN.
    rows = np.concatenate([found.rows_of("weights"), found.rows_of("activations")])
    write_result(path, replace(found, **{name: getattr(found, name)[rows] for name in _BY_ROW}))
    assert read_distributions(path) is None
    write_result(path, replace(found, dead=found.dead[:1]))
    assert read_distributions(path) is None
