"""The NumPy backend through ``fit()``: the same training as by the book, the same answers as PyTorch's learner."""

import math
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import torch
from sklearn.metrics import log_loss
from threadpoolctl import threadpool_info
from torch import nn

from core.config import Loss, TrainConfig
from core.data.dataset import Splits
from core.drawings.preprocessing import normalise
from core.errors import DivergedError
from core.models.numpy_model import NumpyModel, probabilities_of
from core.runs.files import RunFiles
from core.runs.records import Checkpoint
from core.training.events import BatchProgress, TrainingStarted
from core.training.fit import fit
from core.training.learner import Learner
from core.training.numpy_learner import NumpyLearner, numpy_learner
from core.training.schedule import learning_rate_at
from core.training.torch_learner import TorchLearner
from tests.core.builders import make_run
from tests.core.training.builders import run, stop_after

pytestmark = pytest.mark.numerics

CONFIG = TrainConfig(backend="numpy", hidden_size=12, epochs=3, batch_size=50, seed=1)
STEPS = 12  # 600 images in batches of 50
COURSES = {
    "adam with dropout": {"dropout": 0.4, "hidden_layers": 2},
    "momentum, one cycle": {"optimizer": "momentum", "learning_rate": 0.05, "schedule": "one_cycle"},
    "sgd, squared error, no biases": {"optimizer": "sgd", "loss": "squared_error", "bias": False, "batch_size": 37},
    "smoothed labels, tanh": {"label_smoothing": 0.1, "activation": "tanh", "initialisation": "uniform"},
}
OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "adam": torch.optim.Adam,
    "momentum": lambda parameters, lr: torch.optim.SGD(parameters, lr=lr, momentum=0.9),
    "sgd": torch.optim.SGD,
}
ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh}


def by_the_book(config: TrainConfig, splits: Splits) -> tuple[list[float], dict[str, np.ndarray]]:
    """The same training by autograd and torch.optim, from the same initial weights: losses of the epochs, weights."""
    start = NumpyLearner(config, splits).weights()
    parts: list[nn.Module] = []
    for index in range(len(config.hidden_widths) + 1):
        outputs, inputs = start[f"layers.{index}.weight"].shape
        parts += [nn.Linear(inputs, outputs, config.bias), ACTIVATIONS[config.activation]()]
    network = nn.Sequential(*parts[:-1])
    network.load_state_dict(
        {f"{2 * int(name[7])}.{name[9:]}": torch.from_numpy(array) for name, array in start.items()}
    )
    optimizer = OPTIMIZERS[config.optimizer](network.parameters(), lr=1)
    images = torch.from_numpy(normalise(splits.train.images, splits.normalisation))
    labels = torch.tensor(splits.train.labels)
    means = []
    for epoch in range(1, config.epochs + 1):
        order = torch.from_numpy(np.random.default_rng([config.seed, epoch]).permutation(len(images)))
        losses = []
        for step, batch in enumerate(order.split(config.batch_size)):
            done = (epoch - 1) * math.ceil(len(images) / config.batch_size) + step
            optimizer.param_groups[0]["lr"] = learning_rate_at(config, done, math.ceil(len(images) / config.batch_size))
            logits = network(images[batch])
            if config.loss == "cross_entropy":
                loss = nn.functional.cross_entropy(logits, labels[batch], label_smoothing=config.label_smoothing)
                losses.append(nn.functional.cross_entropy(logits, labels[batch]).item())
            else:
                one_hot = nn.functional.one_hot(labels[batch], 10)
                loss = (logits - one_hot).square().sum(1).mean() / 2
                losses.append(loss.item())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        means.append(float(np.mean(losses)))
    return means, {
        f"layers.{int(name[0]) // 2}.{name[2:]}": p.detach().numpy() for name, p in network.named_parameters()
    }


@pytest.mark.parametrize("course", COURSES)
def test_a_training_is_the_one_of_the_book(small_splits: Splits, course: str) -> None:
    config = CONFIG.replace(**COURSES[course]).replace(dropout=0.0)
    losses, weights = by_the_book(config, small_splits)
    epochs = run(config, small_splits)
    assert [epoch.metrics.train_loss for epoch in epochs] == pytest.approx(losses, rel=1e-4)
    assert epochs[-1].checkpoint.weights.keys() == weights.keys()
    for name, weight in epochs[-1].checkpoint.weights.items():
        np.testing.assert_allclose(weight, weights[name], rtol=1e-2, atol=1e-4, err_msg=name)


@pytest.mark.parametrize("course", COURSES)
def test_going_on_from_any_epoch_or_batch_gives_weights_equal_to_the_last_bit(
    small_splits: Splits, course: str, tmp_path: Path
) -> None:
    files = RunFiles(tmp_path, run_budget=10**9, store_budget=10**9)

    def through_the_store(checkpoint: Checkpoint) -> Checkpoint:
        files.save_checkpoint(make_run("a", config=config), checkpoint)
        return files.load_checkpoint("a")

    config = CONFIG.replace(**COURSES[course])
    whole = run(config, small_splits)
    for batches in (1, 7, STEPS, STEPS + 5):
        before = run(config, small_splits, should_stop=stop_after(batches))[-1]
        after = run(config, small_splits, resume=through_the_store(before.checkpoint))
        ours, theirs = whole[-1], after[-1]
        assert ours.metrics.train_loss == theirs.metrics.train_loss
        assert ours.metrics.train_accuracy == theirs.metrics.train_accuracy
        np.testing.assert_array_equal(ours.checkpoint.random_state, theirs.checkpoint.random_state)
        for arrays in ("weights", "optimizer"):
            assert getattr(ours.checkpoint, arrays).keys() == getattr(theirs.checkpoint, arrays).keys()
            for name, array in getattr(ours.checkpoint, arrays).items():
                np.testing.assert_array_equal(array, getattr(theirs.checkpoint, arrays)[name], err_msg=name)


def test_a_seed_decides_everything(small_splits: Splits) -> None:
    config = CONFIG.replace(dropout=0.3)
    one, same, other = (run(c, small_splits)[-1].checkpoint for c in (config, config, config.replace(seed=2)))
    for name, array in one.weights.items():
        np.testing.assert_array_equal(array, same.weights[name])
    assert not np.allclose(one.weights["layers.0.weight"], other.weights["layers.0.weight"], atol=0.01)


def test_divergence_says_where_and_warns_of_nothing(small_splits: Splits) -> None:
    config = CONFIG.replace(learning_rate=10.0, optimizer="sgd", schedule="constant", hidden_size=64, hidden_layers=4)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for loss in get_args(Loss):
            with pytest.raises(DivergedError, match=r"in epoch 1, batch .* Try a learning rate below 10"):
                run(config.replace(loss=loss), small_splits)


def pair(config: TrainConfig, splits: Splits) -> tuple[Learner, Learner]:
    """Both backends with the same weights, after the same epoch without a step."""
    ours: Learner = NumpyLearner(config, splits)
    theirs: Learner = TorchLearner(config.replace(backend="torch"), splits, torch.device("cpu"))
    theirs.load_weights(ours.weights())
    order = np.random.default_rng(0).permutation(len(splits.train))
    for learner in (ours, theirs):
        learner.begin_epoch(1, order)
        for step in range(math.ceil(len(order) / config.batch_size)):
            learner.train_batch(step, 1e-3)
    return ours, theirs


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("loss", get_args(Loss))
@pytest.mark.parametrize("batch_size", [1, 64, 1024])
def test_it_answers_like_the_learner_of_pytorch(
    small_splits: Splits, batch_size: int, loss: Loss, smoothing: float
) -> None:
    config = CONFIG.replace(batch_size=batch_size, loss=loss, label_smoothing=smoothing, optimizer="sgd")
    ours, theirs = pair(config, small_splits)
    steps = math.ceil(600 / batch_size)
    np.testing.assert_allclose(ours.batch_losses(0, steps), theirs.batch_losses(0, steps), rtol=1e-3, atol=1e-5)
    for start in range(0, steps, 3):
        end = min(start + 2, steps)
        np.testing.assert_array_equal(ours.batch_losses(start, end), ours.batch_losses(0, steps)[start:end])
        assert ours.correct(start, end) == theirs.correct(start, end)
    np.testing.assert_allclose(ours.validation_logits(), theirs.validation_logits(), rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(ours.probe_logits(), theirs.probe_logits(), rtol=1e-3, atol=1e-4)
    assert ours.batch_losses(0, steps).dtype == ours.validation_logits().dtype == np.float32


def test_what_it_gives_away_is_a_copy(small_splits: Splits) -> None:
    learner = NumpyLearner(CONFIG.replace(dropout=0.2), small_splits)
    learner.begin_epoch(1, np.arange(600))
    learner.train_batch(0, 1e-3)
    given = learner.weights() | learner.optimizer_state() | {"random": learner.random_state()}
    before = {name: array.copy() for name, array in given.items()}
    learner.train_batch(1, 1e-3)
    for name, array in given.items():
        np.testing.assert_array_equal(array, before[name], err_msg=name)
    assert not np.array_equal(learner.random_state(), before["random"])
    assert given["random"].dtype == np.uint8
    assert all(array.flags.c_contiguous and array.flags.owndata for array in given.values())


def test_its_model_predicts_what_it_was_validated_with(small_splits: Splits) -> None:
    for loss in get_args(Loss):
        config = CONFIG.replace(loss=loss, activation="sigmoid", epochs=1)
        last = run(config, small_splits)[-1]
        model = NumpyModel("", config, last.checkpoint.weights, small_splits.normalisation)
        probabilities = model.probabilities(small_splits.validation.images)
        labels = small_splits.validation.labels
        assert last.metrics.val_accuracy == pytest.approx(np.mean(probabilities.argmax(1) == labels))
        if loss == "cross_entropy":
            exact = probabilities.astype(float) / probabilities.astype(float).sum(axis=1, keepdims=True)
            expected = log_loss(labels, exact, labels=range(10))
            assert last.metrics.val_loss == pytest.approx(expected, rel=1e-4)
        logits = model.logits(small_splits.validation.images)
        np.testing.assert_array_equal(probabilities_of(logits, loss), probabilities)


@pytest.mark.parametrize("threads", [1, 2])
def test_it_takes_as_many_threads_as_pytorch(small_splits: Splits, threads: int) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        assert numpy_learner(CONFIG, small_splits).threads == threads
        of_numpy = [library for library in threadpool_info() if "numpy" in library["filepath"]]
        assert all(library["num_threads"] == threads for library in of_numpy)
    finally:
        torch.set_num_threads(before)


def test_it_tells_of_its_progress(small_splits: Splits, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.training.fit.PROGRESS_SECONDS", 0.0)
    events = list(fit(CONFIG.replace(epochs=1), small_splits))
    assert isinstance(events[0], TrainingStarted)
    assert (events[0].environment.device, events[0].steps_per_epoch) == ("cpu", STEPS)
    progress = [event for event in events if isinstance(event, BatchProgress)]
    assert [event.step for event in progress] == list(range(1, STEPS + 1))
    assert all(len(event.probe_predicted) == 20 for event in progress)


def test_it_learns(small_splits: Splits) -> None:
    epochs = run(CONFIG.replace(epochs=8, hidden_size=64), small_splits)
    assert epochs[-1].metrics.val_accuracy > 0.75
    assert epochs[-1].metrics.train_loss < epochs[0].metrics.train_loss / 3
