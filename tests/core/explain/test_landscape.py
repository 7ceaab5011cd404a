import json
from dataclasses import replace

import numpy as np
import pytest
from sklearn.decomposition import TruncatedSVD
from sklearn.metrics import log_loss

from core.config import TrainConfig
from core.data.catalogue import load_splits
from core.data.dataset import Normalisation
from core.data.mnist import load_mnist
from core.errors import RunError
from core.explain.kept_results import write_result
from core.explain.landscape import (
    grid_of,
    landscape_parts,
    loss_of,
    losses_at,
    put_together,
    read_landscape,
)
from core.explain.moments import Moment, evenly, kept_moments
from core.explain.plane import plane_through
from core.explain.sample import fixed_sample
from core.models.numpy_model import NumpyModel
from core.runs.archive import DEMO_DIRECTORY
from core.runs.files import RunFiles
from tests.core.builders import SMALL, make_checkpoint, make_run, make_weights

pytestmark = pytest.mark.numerics

CNN = TrainConfig(architecture="cnn", hidden_size=4)
NORMED = SMALL.replace(batch_norm=True, hidden_layers=2)


def moments_of(config, count):
    """Networks with weights drawn one by one."""
    scaling = Normalisation(0.13, 0.31)
    weights = [make_weights(config, seed=seed) for seed in range(count)]
    return [Moment(epoch, NumpyModel("made-up", config, arrays, scaling)) for epoch, arrays in enumerate(weights, 1)]


def flat(weights):
    return np.concatenate([weights[name].ravel() for name in sorted(weights) if "running" not in name])


@pytest.fixture(scope="module")
def few():
    return fixed_sample(load_mnist("test"), 40)


@pytest.mark.parametrize("config", [SMALL, NORMED, CNN])
def test_the_plane_is_that_of_scikit_learn_and_the_path_its_projection(config):
    moments = moments_of(config, 5)
    plane = plane_through(moments)
    steps = np.stack([flat(one.model.weights) - flat(moments[-1].model.weights) for one in moments])
    expected = TruncatedSVD(2, algorithm="arpack", random_state=0).fit(steps)
    directions = np.stack([flat(plane.across), flat(plane.upwards)])
    np.testing.assert_allclose(np.abs(directions @ expected.components_.T), np.eye(2), atol=1e-4)
    np.testing.assert_allclose(plane.path, steps @ directions.T, atol=1e-4)
    assert plane.share == pytest.approx((plane.path**2).sum() / (steps**2).sum(), rel=1e-4)
    assert (plane.epochs, plane.is_drawn) == ((1, 2, 3, 4, 5), False)
    # From the left and from above to where it ends.
    assert plane.path[0, 0] < 0 < plane.path[0, 1]


@pytest.mark.parametrize("config", [SMALL, NORMED, CNN, SMALL.replace(loss="squared_error", bias=False)])
def test_a_plane_through_three_networks_holds_them_and_their_losses(config, few):
    moments = moments_of(config, 3)
    plane = plane_through(moments)
    for moment, (x, y) in zip(moments, plane.path, strict=True):
        found = plane.model_at(x, y)
        for name, array in moment.model.weights.items():
            np.testing.assert_allclose(found.weights[name], array, atol=1e-4, err_msg=name)
    losses = [losses_at(plane, few, part) for part in landscape_parts(plane, moments, 3)]
    landscape = put_together(plane, losses, len(few))
    assert landscape.share == pytest.approx(1)
    np.testing.assert_allclose(landscape.plane_losses, landscape.own_losses, rtol=1e-4)
    np.testing.assert_allclose(landscape.own_losses, [loss_of(one.model, few) for one in moments])


def test_the_grid_holds_the_loss_with_the_weights_of_its_points(few):
    moments = moments_of(SMALL, 4)
    plane = plane_through(moments)
    landscape = put_together(plane, [losses_at(plane, few, part) for part in landscape_parts(plane, moments, 3)], 40)
    x, y = landscape.across[2], landscape.upwards[1]
    at = {name: array + x * plane.across[name] + y * plane.upwards[name] for name, array in plane.last.weights.items()}
    pixels = (few.images.reshape(40, -1) / 255 - 0.13) / 0.31
    hidden = np.maximum(pixels @ at["layers.0.weight"].T + at["layers.0.bias"], 0)
    powers = np.exp(hidden @ at["layers.1.weight"].T + at["layers.1.bias"])
    expected = log_loss(few.labels, powers / powers.sum(axis=1, keepdims=True), labels=range(10))
    assert landscape.losses[1, 2] == pytest.approx(expected, rel=1e-4)
    low, high = plane.path.min(axis=0), plane.path.max(axis=0)
    for places, lowest, highest in zip(grid_of(plane), low, high, strict=True):
        assert places[0] < lowest < highest < places[-1]


@pytest.mark.slow
def test_losses_of_the_path_are_those_that_were_recorded():
    recorded = [epoch["val_loss"] for epoch in json.loads((DEMO_DIRECTORY / "run.json").read_text())["epochs"]]
    moments = kept_moments(RunFiles(DEMO_DIRECTORY.parent, 0, 0), DEMO_DIRECTORY.name, most=3)
    validation = load_splits(moments[-1].model.config).validation
    plane = plane_through(moments)
    assert plane.epochs == (1, 5, 8)
    on_plane = losses_at(plane, validation, plane.path)
    # Kept in half precision.
    np.testing.assert_allclose(on_plane, [recorded[epoch - 1] for epoch in plane.epochs], rtol=1e-3)


@pytest.mark.parametrize("config", [SMALL, NORMED])
def test_a_straight_path_gets_a_random_direction_at_right_angles(config):
    first, last = moments_of(config, 2)
    middle = {name: (array + last.model.weights[name]) / 2 for name, array in first.model.weights.items()}
    for moments in ([first, last], [first, Moment(2, replace(last.model, weights=middle)), last]):
        plane = plane_through(moments)
        across, upwards = flat(plane.across), flat(plane.upwards)
        assert plane.is_drawn
        assert (plane.path[:, 1] == 0).all()
        assert [across @ across, upwards @ upwards, across @ upwards] == pytest.approx([1, 1, 0], abs=1e-4)
        np.testing.assert_array_equal(upwards, flat(plane_through(moments).upwards))


def test_what_makes_no_path_is_said():
    first, last = moments_of(SMALL, 2)
    broken = {name: np.full_like(array, np.nan) for name, array in last.model.weights.items()}
    wide = moments_of(TrainConfig(hidden_size=2600), 1) * 2
    for moments, words in (
        ([], "no epoch"),
        ([last], "only one epoch"),
        ([last, last], "are the same"),
        ([Moment(1, replace(last.model, weights=broken)), last], "not finite"),
        (wide, "too long"),
    ):
        with pytest.raises(RunError, match=words):
            plane_through(moments)
    assert np.isnan(loss_of(replace(first.model, weights=broken), fixed_sample(load_mnist("test"), 3)))


def test_moments_are_read_from_a_run_in_order(tmp_path):
    files, run = RunFiles(tmp_path, 10**9, 10**9), make_run()
    for epoch in range(1, 6):
        files.save_checkpoint(run, make_checkpoint(epoch))
    files.save_early(run, 3, make_checkpoint(7).weights)
    assert [one.epoch for one in kept_moments(files, run.run_id)] == [1, 2, 3, 4, 5]
    files.save_early(run, 0, make_checkpoint(8).weights)
    found = kept_moments(files, run.run_id, most=3)
    assert [one.epoch for one in found] == [0, 2, 5]
    np.testing.assert_allclose(flat(found[1].model.weights), flat(make_checkpoint(2).weights), atol=1e-3)
    other = SMALL.replace(hidden_size=5)
    files.save_checkpoint(replace(run, config=other), make_checkpoint(6, config=other))
    with pytest.raises(RunError, match="not of one network"):
        kept_moments(files, run.run_id)


def test_of_many_the_first_and_the_last_stay():
    assert evenly(range(100), 4) == [0, 33, 66, 99]
    assert evenly([1, 2], 4) == [1, 2]


def test_a_landscape_is_kept_and_a_damaged_one_is_none(tmp_path, few):
    moments, path = moments_of(SMALL, 3), tmp_path / "cache" / "x.safetensors"
    plane = plane_through(moments)
    landscape = put_together(plane, [losses_at(plane, few, part) for part in landscape_parts(plane, moments, 2)], 40)
    assert read_landscape(path) is None
    write_result(path, landscape)
    kept = read_landscape(path)
    for name, value in vars(landscape).items():
        np.testing.assert_array_equal(getattr(kept, name), value, err_msg=name)
    whole = path.read_bytes()
    path.write_bytes(whole[:-8])
    assert read_landscape(path) is None
    write_result(path, replace(landscape, losses=landscape.losses[:1]))
    assert read_landscape(path) is None
    write_result(path / "not-a-folder", landscape)


def test_a_sample_is_fixed_and_of_every_class():
    images = load_mnist("test")
    sample = fixed_sample(images, 100)
    assert np.array_equal(sample.file_indices, fixed_sample(images, 100).file_indices)
    assert set(np.bincount(sample.labels)) <= {9, 10, 11}
    assert fixed_sample(sample, 100) is sample
