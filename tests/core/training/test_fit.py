import math
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, confusion_matrix, log_loss
from torch import nn

import core.training.fit
import core.training.learner
from core.config import Optimizer, Schedule, TrainConfig
from core.data.dataset import ImageDataset, Splits
from core.errors import DivergedError
from core.models.build import build_network
from core.models.mlp import MLP
from core.models.numpy_mlp import ForwardPass, NumpyMLP
from core.models.numpy_model import NumpyModel
from core.models.shapes import layer_widths
from core.runs.files import RunFiles
from core.runs.records import Checkpoint, EpochMetrics
from core.training.early import snapshot_steps
from core.training.events import BatchProgress, EpochCompleted, TrainingStarted
from core.training.fit import fit, make_learner
from core.training.schedule import learning_rate_at
from tests.core.builders import make_run
from tests.core.training.builders import CPU, epochs_of, run, stop_after

pytestmark = pytest.mark.numerics

CONFIG = TrainConfig(hidden_size=12, epochs=3, batch_size=50, seed=1)
STEPS = 12  # 600 images in batches of 50


def assert_same_weights(left: Checkpoint, right: Checkpoint) -> None:
    for ours, theirs in ((left.weights, right.weights), (left.optimizer, right.optimizer)):
        assert ours.keys() == theirs.keys()
        for name, array in ours.items():
            np.testing.assert_array_equal(array, theirs[name], err_msg=name)


def assert_same_metrics(left: EpochMetrics, right: EpochMetrics) -> None:
    """To the last bit, but for what a clock says."""
    for name in ("epoch", "step", "steps_per_epoch", "train_loss", "train_accuracy", "val_loss", "val_accuracy"):
        assert getattr(left, name) == getattr(right, name), name
    np.testing.assert_array_equal(left.batch_losses, right.batch_losses)
    np.testing.assert_array_equal(left.confusion, right.confusion)


def assert_same_training(left: list[EpochCompleted], right: list[EpochCompleted]) -> None:
    assert len(left) == len(right)
    for ours, theirs in zip(left, right, strict=True):
        assert_same_weights(ours.checkpoint, theirs.checkpoint)
        assert_same_metrics(ours.metrics, theirs.metrics)


def test_how_often_it_says_how_far_it_is_changes_no_number(small_splits: Splits) -> None:
    config = CONFIG.replace(epochs=1)
    always, never = (list(fit(config, small_splits, device=CPU, progress_seconds=every)) for every in (0.0, math.inf))
    assert sum(isinstance(event, BatchProgress) for event in always) == STEPS
    assert not any(isinstance(event, BatchProgress) for event in never)
    assert_same_training(*([one for one in said if isinstance(one, EpochCompleted)] for said in (always, never)))


# --- numbers below 1e-38 ---


@pytest.mark.parametrize("backend", ["torch", "numpy"])
def test_moments_that_fade_become_zero_and_the_caller_keeps_small_numbers(backend: str, small_splits: Splits) -> None:
    """A unit that is dead for ever: its moments shrink by a tenth with every batch."""
    config = CONFIG.replace(backend=backend, epochs=2)
    first, _ = run(config, small_splits)
    weights = {name: array.copy() for name, array in first.checkpoint.weights.items()}
    bias = next(name for name, array in weights.items() if array.shape == (config.hidden_size,))
    weights[bias][:] = -1e6
    faded = {
        name: np.full_like(array, 2e-38) if array.size > 1 else array
        for name, array in first.checkpoint.optimizer.items()
    }
    resumed = replace(first.checkpoint, weights=weights, optimizer=faded)
    (last,) = run(config, small_splits, resume=resumed)
    for name, array in last.checkpoint.optimizer.items():
        assert not np.any((array != 0) & (np.abs(array) < np.finfo(np.float32).tiny)), name
    tiny = np.array([1e-40], dtype=np.float32)
    assert (tiny * np.float32(0.5))[0] > 0
    assert torch.from_numpy(tiny).mul(0.5).item() > 0


# --- the numbers are right ---


def train_by_the_book(config: TrainConfig, splits: Splits) -> tuple[list[float], list[float], dict[str, np.ndarray]]:
    """The same training with autograd and torch.optim: losses and accuracies of each epoch, weights at the end."""
    ours = build_network(config)
    ours.initialise(torch.Generator().manual_seed(config.seed))
    widths, activation = (
        layer_widths(config),
        {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}[config.activation],
    )
    parts = [part for fan_in, fan_out in pairwise(widths) for part in (nn.Linear(fan_in, fan_out), activation())]
    network = nn.Sequential(*parts[:-1])
    with torch.no_grad():
        for mine, theirs in zip(network.parameters(), ours.parameters(), strict=True):
            mine.copy_(theirs)
    options = {"lr": config.learning_rate, "weight_decay": config.weight_decay}
    optimizer = {
        "sgd": lambda: torch.optim.SGD(network.parameters(), **options),
        "momentum": lambda: torch.optim.SGD(network.parameters(), momentum=0.9, **options),
        "adam": lambda: torch.optim.Adam(network.parameters(), **options),
        "adamw": lambda: torch.optim.AdamW(network.parameters(), **options),
    }[config.optimizer]()
    pixels = torch.tensor(splits.train.images, dtype=torch.float32).reshape(-1, 784) / 255
    pixels = (pixels - splits.normalisation.mean) / splits.normalisation.std
    labels = torch.tensor(splits.train.labels)
    step, losses, accuracies = 0, [], []
    for epoch in range(1, config.epochs + 1):
        order = torch.from_numpy(np.random.default_rng([config.seed, epoch]).permutation(len(labels)))
        batch_losses, correct = [], 0
        for batch in order.split(config.batch_size):
            optimizer.param_groups[0]["lr"] = learning_rate_at(config, step, math.ceil(len(labels) / config.batch_size))
            logits = network(pixels[batch])
            loss = nn.functional.cross_entropy(logits, labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
            batch_losses.append(loss.item())
            correct += int((logits.argmax(1) == labels[batch]).sum())
        losses.append(float(np.mean(batch_losses)))
        accuracies.append(correct / len(labels))
    names = ours.copy_weights()
    return losses, accuracies, dict(zip(names, (p.detach().numpy() for p in network.parameters()), strict=True))


@pytest.mark.parametrize(
    ("optimizer", "schedule", "changes"),
    [
        ("sgd", "constant", {"learning_rate": 0.05}),
        ("momentum", "one_cycle", {"learning_rate": 0.05, "activation": "tanh", "hidden_layers": 2}),
        ("adam", "cosine", {"weight_decay": 0.01}),
        (
            "adamw",
            "one_cycle",
            {"learning_rate": 0.005, "weight_decay": 0.1, "activation": "sigmoid", "batch_size": 64},
        ),
        ("adam", "cosine", {"hidden_layers": 0}),
    ],
)
def test_a_training_is_the_one_of_the_book(
    small_splits: Splits, optimizer: Optimizer, schedule: Schedule, changes: dict[str, object]
) -> None:
    config = CONFIG.replace(optimizer=optimizer, schedule=schedule, **changes)
    losses, accuracies, weights = train_by_the_book(config, small_splits)
    epochs = run(config, small_splits)
    assert [epoch.metrics.train_loss for epoch in epochs] == pytest.approx(losses, abs=1e-4)
    assert [epoch.metrics.train_accuracy for epoch in epochs] == pytest.approx(accuracies, abs=2 / 600)
    for name, array in epochs[-1].checkpoint.weights.items():
        np.testing.assert_allclose(array, weights[name], atol=1e-4, err_msg=name)


@pytest.mark.parametrize("hidden_layers", [0, 1, 3])
def test_validation_metrics_are_those_of_scikit_learn(small_splits: Splits, hidden_layers: int) -> None:
    config, validation = CONFIG.replace(hidden_layers=hidden_layers, dropout=0.2), small_splits.validation
    for epoch in run(config, small_splits):
        model = NumpyModel("", config, epoch.checkpoint.weights, small_splits.normalisation)
        probabilities = model.probabilities(validation.images).astype(np.float64)
        probabilities /= probabilities.sum(1, keepdims=True)
        predicted, labels = probabilities.argmax(1), validation.labels
        assert epoch.metrics.val_accuracy == pytest.approx(accuracy_score(labels, predicted))
        assert epoch.metrics.val_loss == pytest.approx(log_loss(labels, probabilities, labels=range(10)), rel=1e-4)
        np.testing.assert_array_equal(epoch.metrics.confusion, confusion_matrix(labels, predicted, labels=range(10)))


def test_it_learns(small_splits: Splits) -> None:
    metrics = [epoch.metrics for epoch in run(CONFIG.replace(hidden_size=64, epochs=8), small_splits)]
    assert metrics[-1].val_accuracy > 0.8
    assert metrics[-1].train_loss < 0.5 * metrics[0].train_loss


# --- the same again ---


def test_a_seed_decides_everything(small_splits: Splits) -> None:
    config = CONFIG.replace(dropout=0.3, hidden_layers=2)
    first = run(config, small_splits)
    torch.manual_seed(123)
    np.random.seed(123)  # noqa: NPY002
    assert_same_training(first, run(config, small_splits))


def test_another_seed_is_another_training(small_splits: Splits) -> None:
    first, other = run(CONFIG, small_splits), run(CONFIG.replace(seed=2), small_splits)
    assert not np.array_equal(
        first[0].checkpoint.weights["layers.0.weight"], other[0].checkpoint.weights["layers.0.weight"]
    )
    assert first[-1].metrics.val_loss != other[-1].metrics.val_loss


def test_epochs_go_through_the_images_in_different_orders(small_splits: Splits) -> None:
    # With weights that hardly move, what is left of the loss curve is the order.
    config = CONFIG.replace(learning_rate=1e-5, optimizer="sgd", schedule="constant")
    first, second, *_ = (epoch.metrics.batch_losses for epoch in run(config, small_splits))
    assert not np.allclose(first, second, atol=1e-2)


def test_listening_changes_nothing(small_splits: Splits, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even when somebody is told about every batch."""
    config = CONFIG.replace(dropout=0.3)
    silent = run(config, small_splits)
    monkeypatch.setattr(core.training.fit, "PROGRESS_SECONDS", 0.0)
    events = list(fit(config, small_splits, device=CPU))
    early = len(snapshot_steps(STEPS))
    assert len(events) == 1 + early + config.epochs * (STEPS + 1)
    assert_same_training(epochs_of(events), silent)


@pytest.mark.parametrize("changes", [{}, {"loss": "squared_error"}, {"mixup": 0.2}, {"backend": "numpy"}], ids=str)
def test_a_batch_has_the_same_loss_however_many_are_asked_for(
    changes: dict[str, object], small_splits: Splits, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A vectorised sum rounds differently at the end of an array than in its middle."""
    monkeypatch.setattr(core.training.learner, "LOSS_WINDOW_IMAGES", 64)
    config = CONFIG.replace(batch_size=7, **changes)
    learner = make_learner(config, small_splits, CPU)
    learner.begin_epoch(1, np.arange(600))
    batches = math.ceil(600 / 7)
    at_once = []
    for step in range(batches):
        learner.train_batch(step, 0.01)
        at_once.append(learner.batch_losses(step, step + 1))
    whole = learner.batch_losses(0, batches)
    np.testing.assert_array_equal(np.concatenate(at_once), whole)
    for length in range(2, batches):
        parts = [learner.batch_losses(start, min(start + length, batches)) for start in range(0, batches, length)]
        np.testing.assert_array_equal(np.concatenate(parts), whole, err_msg=f"windows of {length} batches")


def test_an_epochs_checkpoint_stays_as_it_was(small_splits: Splits) -> None:
    training = fit(CONFIG, small_splits, device=CPU)
    first = next(event for event in training if isinstance(event, EpochCompleted))
    kept = {name: array.copy() for name, array in (first.checkpoint.weights | first.checkpoint.optimizer).items()}
    list(training)
    for name, array in (first.checkpoint.weights | first.checkpoint.optimizer).items():
        np.testing.assert_array_equal(array, kept[name])


# --- stop and go on ---

COURSES = {
    "adam": {},
    "adamw with dropout": {"optimizer": "adamw", "weight_decay": 0.05, "dropout": 0.4, "hidden_layers": 2},
    "momentum, one cycle": {"optimizer": "momentum", "learning_rate": 0.05, "schedule": "one_cycle"},
    "sgd with a last batch that is not full": {"optimizer": "sgd", "batch_size": 37, "dropout": 0.2},
    "one batch": {"batch_size": 1024, "dropout": 0.2},
}


@pytest.fixture
def through_the_store(tmp_path: Path, small_splits: Splits) -> Callable[[Checkpoint, TrainConfig], Checkpoint]:
    """What a checkpoint is after it has been written and read again."""
    files = RunFiles(tmp_path, run_budget=10**9, store_budget=10**9)

    def write_and_read(checkpoint: Checkpoint, config: TrainConfig) -> Checkpoint:
        files.save_checkpoint(make_run("a", config=config), checkpoint)
        return files.load_checkpoint("a")

    return write_and_read


@pytest.mark.parametrize("course", COURSES)
def test_going_on_from_any_epoch_is_as_if_nothing_had_happened(
    small_splits: Splits, course: str, through_the_store: Callable[[Checkpoint, TrainConfig], Checkpoint]
) -> None:
    config = CONFIG.replace(epochs=4, **COURSES[course])
    whole = run(config, small_splits)
    for done in range(1, 5):
        checkpoint = through_the_store(whole[done - 1].checkpoint, config)
        assert_same_training(run(config, small_splits, resume=checkpoint), whole[done:])


@pytest.mark.slow
@pytest.mark.parametrize("course", COURSES)
@pytest.mark.parametrize("batches", [1, 7, 16, 17, 25])
def test_going_on_from_a_stop_in_the_middle_too(
    small_splits: Splits, course: str, batches: int, through_the_store: Callable[[Checkpoint, TrainConfig], Checkpoint]
) -> None:
    config = CONFIG.replace(**COURSES[course])
    steps = math.ceil(600 / config.batch_size)
    batches = min(batches, 3 * steps - 1)
    whole = run(config, small_splits)
    before = run(config, small_splits, should_stop=stop_after(batches))
    last = before[-1].metrics
    assert last.position == pytest.approx(batches / steps)
    assert last.complete == (batches % steps == 0)
    after = run(config, small_splits, resume=through_the_store(before[-1].checkpoint, config))
    kept = before if last.complete else before[:-1]
    assert_same_training([*kept, *after], whole)


def test_a_second_stop_in_the_same_epoch(small_splits: Splits) -> None:
    config = CONFIG.replace(dropout=0.3)
    first = run(config, small_splits, should_stop=stop_after(3))[-1]
    second = run(config, small_splits, resume=first.checkpoint, should_stop=stop_after(4))[-1]
    assert (second.metrics.epoch, second.metrics.step) == (1, 7)
    assert second.metrics.seconds > first.metrics.seconds
    assert_same_metrics(second.metrics, run(config, small_splits, should_stop=stop_after(7))[-1].metrics)
    assert_same_training(run(config, small_splits, resume=second.checkpoint), run(config, small_splits))


def test_going_on_on_another_kind_of_device(
    small_splits: Splits, through_the_store: Callable[[Checkpoint, TrainConfig], Checkpoint]
) -> None:
    """A graphics card's random state has 16 bytes, a processor's 5,056."""
    config = CONFIG.replace(dropout=0.3)
    stopped = run(config, small_splits, should_stop=stop_after(STEPS + 5))[-1].checkpoint

    def go_on(state: int) -> list[EpochCompleted]:
        elsewhere = replace(stopped, random_state=np.full(16, state, dtype=np.uint8))
        return run(config, small_splits, resume=through_the_store(elsewhere, config))

    once = go_on(1)
    assert [event.metrics.epoch for event in once] == [2, 3]
    assert once[-1].is_last
    assert_same_training(go_on(1), once)
    assert go_on(2)[-1].metrics.train_loss != once[-1].metrics.train_loss


def test_a_stop_yields_what_there_is_and_ends(small_splits: Splits) -> None:
    events = list(fit(CONFIG, small_splits, device=CPU, should_stop=stop_after(STEPS + 5)))
    assert isinstance(events[-1], EpochCompleted)
    first, second = epochs_of(events)
    assert first.metrics.complete
    assert (second.metrics.epoch, second.metrics.step, second.metrics.complete) == (2, 5, False)
    assert (second.checkpoint.epoch, second.checkpoint.step) == (2, 5)
    assert len(second.metrics.batch_losses) == 5
    assert second.metrics.confusion.sum() == 200
    model = NumpyModel("", CONFIG, second.checkpoint.weights, small_splits.normalisation)
    predicted = model.probabilities(small_splits.validation.images).argmax(1)
    assert second.metrics.val_accuracy == pytest.approx(accuracy_score(small_splits.validation.labels, predicted))


def test_it_asks_whether_to_stop_after_every_batch(small_splits: Splits) -> None:
    asked = []
    run(CONFIG, small_splits, should_stop=lambda: asked.append(1))
    assert len(asked) == 3 * STEPS


def test_a_finished_run_has_nothing_left_to_do(small_splits: Splits) -> None:
    checkpoint = run(CONFIG, small_splits)[-1].checkpoint
    events = list(fit(CONFIG, small_splits, device=CPU, resume=checkpoint))
    assert [type(event) for event in events] == [TrainingStarted]


# --- divergence ---

WILD = CONFIG.replace(learning_rate=10.0, optimizer="sgd", schedule="constant", hidden_size=64, hidden_layers=4)


def test_divergence_says_where_and_what_to_do(small_splits: Splits) -> None:
    with pytest.raises(DivergedError) as caught:
        run(WILD, small_splits)
    assert str(caught.value).startswith("The loss was no longer a finite number in epoch 1, batch ")
    assert str(caught.value).endswith("the run diverged. Try a learning rate below 10, for instance 1.")


@pytest.mark.parametrize("backend", ["torch", "numpy"])
@pytest.mark.parametrize("learning_rate", [10.0, 3.0])
def test_what_is_said_of_a_divergence_does_not_depend_on_who_listens(
    backend: str, learning_rate: float, small_splits: Splits
) -> None:
    config, said = WILD.replace(backend=backend, learning_rate=learning_rate), []
    for seconds in (0.0, math.inf):
        with pytest.raises(DivergedError) as caught:
            list(fit(config, small_splits, device=CPU, progress_seconds=seconds))
        said.append(str(caught.value))
    assert said[0] == said[1]
    # The first loss that is not a number, not the last batch of the epoch.
    assert f"batch {STEPS}:" not in said[1]


def test_epochs_before_a_divergence_stay(small_splits: Splits) -> None:
    good = run(CONFIG, small_splits)
    poisoned = {name: array * 1e30 for name, array in good[1].checkpoint.weights.items()}
    seen = []
    with pytest.raises(DivergedError, match="in epoch 3, batch"):
        seen.extend(fit(CONFIG, small_splits, device=CPU, resume=replace(good[1].checkpoint, weights=poisoned)))
    assert [type(event) for event in seen] == [TrainingStarted]
    # A slow ruin: the first epoch is still sound.
    seen = []
    config = WILD.replace(
        learning_rate=1.0, epochs=200, activation="relu", weight_decay=0.0, optimizer="momentum", batch_size=600
    )
    with pytest.raises(DivergedError) as caught:
        seen.extend(fit(config, small_splits, device=CPU))
    epochs = epochs_of(seen)
    assert epochs
    assert f"in epoch {len(epochs) + 1}," in str(caught.value)
    assert all(math.isfinite(epoch.metrics.val_loss) for epoch in epochs)
    assert all(np.isfinite(array).all() for array in epochs[-1].checkpoint.weights.values())


def test_weights_ruined_by_the_very_last_batch_are_no_result(small_splits: Splits) -> None:
    """The losses of all batches were finite, and yet the network says nothing any more."""
    config = WILD.replace(epochs=1, batch_size=600, learning_rate=10.0, weight_decay=1.0)
    giant = run(config.replace(learning_rate=1e-5), small_splits)[0].checkpoint
    weights = {name: array * np.float32(1e5) for name, array in giant.weights.items()}
    begun = replace(giant, epoch=0, weights=weights)
    with pytest.raises(DivergedError, match="in epoch 1, batch 1:"):
        run(config, small_splits, resume=begun)


# --- sizes ---


@pytest.mark.parametrize(("batch_size", "steps"), [(1, 600), (7, 86), (599, 2), (600, 1), (601, 1), (4096, 1)])
def test_batches_of_any_size(small_splits: Splits, batch_size: int, steps: int) -> None:
    (epoch,) = run(CONFIG.replace(batch_size=batch_size, epochs=1), small_splits)
    assert (epoch.metrics.step, epoch.metrics.steps_per_epoch) == (steps, steps)
    assert math.isfinite(epoch.metrics.train_loss)
    assert len(epoch.metrics.batch_losses) == min(100, steps)


def test_every_image_is_trained_on_once_an_epoch(small_splits: Splits, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    backpropagate = core.models.mlp.MLP.backpropagate

    def remember(model: nn.Module, x: torch.Tensor, *rest: object) -> None:
        seen.append(x.clone())
        backpropagate(model, x, *rest)

    monkeypatch.setattr(core.models.mlp.MLP, "backpropagate", remember)
    run(CONFIG.replace(epochs=1, batch_size=37), small_splits)
    assert [len(x) for x in seen] == [37] * 16 + [8]
    pixels = (
        small_splits.train.images.reshape(-1, 784) / 255 - small_splits.normalisation.mean
    ) / small_splits.normalisation.std
    assert {row.tobytes() for row in np.round(torch.cat(seen).numpy(), 3)} == {
        row.tobytes() for row in np.round(pixels.astype(np.float32), 3)
    }


def test_a_handful_of_images(small_splits: Splits) -> None:
    few = replace(
        small_splits,
        train=small_splits.train.subset(np.arange(3)),
        validation=small_splits.validation.subset(np.arange(1)),
    )
    for batch_size in (1, 2, 3, 4):
        *_, last = run(CONFIG.replace(batch_size=batch_size), few)
        assert last.metrics.confusion.sum() == 1


def test_curves_are_means_over_stretches(small_splits: Splits) -> None:
    (epoch,) = run(CONFIG.replace(batch_size=4, epochs=1), small_splits)
    (every,) = run(CONFIG.replace(batch_size=4, epochs=1), small_splits)
    assert epoch.metrics.batch_losses.dtype == np.float32
    assert len(epoch.metrics.batch_losses) == 100
    assert len(every.checkpoint.batch_losses) == 150
    expected = [part.mean() for part in np.array_split(every.checkpoint.batch_losses, 100)]
    np.testing.assert_allclose(epoch.metrics.batch_losses, expected, rtol=1e-6)
    assert epoch.metrics.train_loss == pytest.approx(every.checkpoint.batch_losses.mean(), rel=1e-6)


# --- what it may look at ---


@pytest.mark.parametrize("backend", ["torch", "numpy"])
def test_images_held_out_are_never_trained_on(
    small_splits: Splits, backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes to the backward pass are the training images, by their ink, and neither of the others."""
    seen: list[np.ndarray] = []
    by_torch, by_numpy = MLP.backpropagate, NumpyMLP.backward

    def remember_torch(model: MLP, x: torch.Tensor, *rest: object) -> None:
        seen.append(x.numpy().copy())
        by_torch(model, x, *rest)

    def remember_numpy(model: NumpyMLP, passed: ForwardPass, targets: np.ndarray) -> None:
        seen.append(np.array(passed.inputs[0]))
        by_numpy(model, passed, targets)

    monkeypatch.setattr(MLP, "backpropagate", remember_torch)
    monkeypatch.setattr(NumpyMLP, "backward", remember_numpy)
    run(CONFIG.replace(backend=backend), small_splits)
    mean, std = small_splits.normalisation.mean, small_splits.normalisation.std
    pixels = np.rint((np.concatenate(seen) * std + mean) * 255).astype(np.uint8)
    trained_on = {row.tobytes() for row in pixels}
    assert trained_on == {image.tobytes() for image in small_splits.train.images}
    for held_out in (small_splits.validation, small_splits.test):
        assert not trained_on & {image.tobytes() for image in held_out.images}


def test_pixels_are_scaled_by_the_training_images_alone(small_splits: Splits) -> None:
    ink = small_splits.train.images / 255
    assert (small_splits.normalisation.mean, small_splits.normalisation.std) == pytest.approx((ink.mean(), ink.std()))


def test_validation_images_change_no_weight(small_splits: Splits) -> None:
    noise = np.random.default_rng(0).integers(0, 256, small_splits.validation.images.shape, dtype=np.uint8)
    other = replace(small_splits, validation=ImageDataset("noise", noise, small_splits.validation.labels))
    for ours, theirs in zip(run(CONFIG, small_splits), run(CONFIG, other), strict=True):
        assert_same_weights(ours.checkpoint, theirs.checkpoint)


def test_test_images_change_nothing_at_all(small_splits: Splits) -> None:
    garbage = ImageDataset("garbage", np.full((3, 28, 28), 255, dtype=np.uint8), np.array([9, 9, 9]))
    poisoned = replace(small_splits, test=garbage)
    for config in (CONFIG, CONFIG.replace(dropout=0.5, optimizer="adamw", schedule="one_cycle")):
        assert_same_training(run(config, small_splits), run(config, poisoned))


def test_test_images_are_not_even_looked_at(small_splits: Splits) -> None:
    class Forbidden:
        def __len__(self) -> int:
            return 10_000

        def __getattr__(self, name: str) -> object:
            raise AssertionError(f"The test images were asked for their {name}.")

    assert len(run(CONFIG, replace(small_splits, test=Forbidden()))) == 3


# --- what it says ---


def test_it_begins_with_what_the_run_is_made_of(small_splits: Splits) -> None:
    first, *_ = fit(CONFIG, small_splits, device=CPU)
    assert isinstance(first, TrainingStarted)
    assert first.steps_per_epoch == STEPS
    environment = first.environment
    assert (environment.device, environment.threads) == ("cpu", torch.get_num_threads())
    assert environment.data_digest == small_splits.train.digest
    assert (environment.train_images, environment.validation_images, environment.test_images) == (600, 200, 100)
    assert (environment.mean, environment.std) == (small_splits.normalisation.mean, small_splits.normalisation.std)
    assert environment.versions["torch"] == torch.__version__.partition("+")[0]
    assert environment.versions.keys() == {"python", "torch", "numpy"}


def test_progress_tells_of_every_batch_once(small_splits: Splits, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core.training.fit, "PROGRESS_SECONDS", 0.0)
    events = list(fit(CONFIG.replace(epochs=2), small_splits, device=CPU))
    told = [event for event in events if isinstance(event, BatchProgress)]
    assert [(event.epoch, event.step) for event in told] == [(epoch, step) for epoch in (1, 2) for step in range(1, 13)]
    for epoch, completed in enumerate(epochs_of(events), start=1):
        losses = [event.train_loss for event in told if event.epoch == epoch]
        assert losses == pytest.approx(completed.metrics.batch_losses.tolist(), abs=1e-5)
        assert completed.metrics.seconds >= max(event.seconds for event in told if event.epoch == epoch)
    assert all(event.steps_per_epoch == STEPS and event.images_per_second > 0 for event in told)


def test_progress_shows_the_probe_digits(small_splits: Splits, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core.training.fit, "PROGRESS_SECONDS", 0.0)
    config = CONFIG.replace(epochs=1)
    events = list(fit(config, small_splits, device=CPU))
    *_, last, completed = events
    labels = small_splits.validation.labels
    probes = [np.flatnonzero(labels == label)[:2] for label in range(10)]
    model = NumpyModel("", config, completed.checkpoint.weights, small_splits.normalisation)
    probabilities = model.probabilities(small_splits.validation.images[np.concatenate(probes)])
    assert last.probe_predicted == tuple(probabilities.argmax(1).tolist())
    assert last.probe_confidence == pytest.approx(probabilities.max(1).tolist(), abs=1e-5)


def test_between_two_reports_losses_are_averaged(small_splits: Splits, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that moves 40 ms with every look at it: a report comes every third batch or so."""
    ticks = iter(np.arange(0, 10**4, 0.04))
    monkeypatch.setattr(core.training.fit.time, "perf_counter", lambda: float(next(ticks)))
    events = list(fit(CONFIG.replace(epochs=1), small_splits, device=CPU))
    told = [event for event in events if isinstance(event, BatchProgress)]
    assert 2 <= len(told) < STEPS
    losses, start = epochs_of(events)[0].checkpoint.batch_losses, 0
    for event in told:
        assert event.train_loss == pytest.approx(losses[start : event.step].mean(), rel=1e-5)
        start = event.step


def test_speed_counts_images_of_this_pass(small_splits: Splits, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = run(CONFIG, small_splits, should_stop=stop_after(9))[-1]
    ticks = iter(range(10**6))
    monkeypatch.setattr(core.training.fit.time, "perf_counter", lambda: float(next(ticks)))
    monkeypatch.setattr(core.training.fit, "PROGRESS_SECONDS", 1e9)
    resumed = run(CONFIG, small_splits, resume=stopped.checkpoint)[0].metrics
    # Three batches of 50 images are left; each looks at the clock once, and once more at the end.
    assert resumed.images_per_second == pytest.approx(3 * 50 / 4)
    assert resumed.seconds == pytest.approx(5 + stopped.metrics.seconds)


def test_it_never_prints(small_splits: Splits, capfd: pytest.CaptureFixture[str]) -> None:
    run(CONFIG, small_splits)
    assert capfd.readouterr() == ("", "")


def test_nothing_happens_before_somebody_listens(small_splits: Splits) -> None:
    broken = replace(small_splits, train=None)
    training = fit(CONFIG, broken, device=CPU)
    with pytest.raises(AttributeError):
        next(training)
