"""What the further settings of a training do, each against the same training written out with PyTorch."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.metrics import log_loss
from torch import nn

from core.config import TrainConfig
from core.data.dataset import ImageDataset, Splits
from core.data.splits import scaling_of
from core.errors import TrainingError
from core.models.build import build_network
from core.models.functional import mean_loss
from core.models.numpy_model import NumpyModel
from core.runs.records import RunEnvironment
from core.runs.store import RunStore
from core.training.events import EpochCompleted
from tests.core.training.builders import run

pytestmark = pytest.mark.numerics

CONFIG = TrainConfig(hidden_size=12, epochs=2, batch_size=50, seed=1, schedule="constant")


def accuracy_of(config: TrainConfig, epoch: EpochCompleted, splits: Splits) -> float:
    model = NumpyModel("", config, epoch.checkpoint.kept_weights, splits.normalisation)
    return float((model.probabilities(splits.validation.images).argmax(1) == splits.validation.labels).mean())


def first_batch(config: TrainConfig, splits: Splits) -> tuple[torch.Tensor, torch.Tensor]:
    order = np.random.default_rng([config.seed, 1]).permutation(len(splits.train))[: config.batch_size]
    pixels = torch.tensor(splits.train.images[order], dtype=torch.float32).reshape(-1, 784) / 255
    labels = torch.tensor(splits.train.labels[order])
    return (pixels - splits.normalisation.mean) / splits.normalisation.std, labels


def weights_after_one_step(config: TrainConfig, splits: Splits) -> dict[str, np.ndarray]:
    asked = iter([True])
    return run(config, splits, should_stop=lambda: next(asked))[0].checkpoint.weights


def initial_network(config: TrainConfig) -> nn.Module:
    network = build_network(config)
    network.initialise(torch.Generator().manual_seed(config.seed))
    return network


def one_step_by_the_book(
    config: TrainConfig, x: torch.Tensor, targets: torch.Tensor, *, clip: float | None = None
) -> dict[str, torch.Tensor]:
    """Plain SGD on autograd's gradient of the loss that the config names."""
    network = initial_network(config)
    logits = network(x)
    if config.loss == "squared_error":
        loss = ((logits - targets) ** 2).sum(1).mean() / 2
    else:
        loss = nn.functional.cross_entropy(logits, targets)
    parameters = list(network.parameters())
    gradients = torch.autograd.grad(loss, parameters)
    if clip is not None:
        norm = torch.cat([gradient.flatten() for gradient in gradients]).norm()
        gradients = [gradient * min(1.0, clip / float(norm)) for gradient in gradients]
    names = [name for name, _ in network.named_parameters()]
    pairs = zip(names, parameters, gradients, strict=True)
    return {name: (p - config.learning_rate * gradient).detach() for name, p, gradient in pairs}


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5])
@pytest.mark.parametrize("loss", ["cross_entropy", "squared_error"])
@pytest.mark.parametrize("bias", [True, False])
def test_one_step_is_that_of_the_book(small_splits: Splits, smoothing: float, loss: str, bias: bool) -> None:
    config = CONFIG.replace(optimizer="sgd", learning_rate=0.05, label_smoothing=smoothing, loss=loss, bias=bias)
    x, labels = first_batch(config, small_splits)
    targets = nn.functional.one_hot(labels, 10) * (1 - smoothing) + smoothing / 10
    expected = one_step_by_the_book(config, x, targets)
    for name, array in weights_after_one_step(config, small_splits).items():
        np.testing.assert_allclose(array, expected[name].numpy(), atol=2e-6, err_msg=name)


@pytest.mark.parametrize("limit", [0.05, 100.0])
def test_a_gradient_is_clipped_to_its_limit_and_no_further(small_splits: Splits, limit: float) -> None:
    config = CONFIG.replace(optimizer="sgd", learning_rate=0.5, gradient_clipping=limit)
    x, labels = first_batch(config, small_splits)
    expected = one_step_by_the_book(config, x, nn.functional.one_hot(labels, 10).float(), clip=limit)
    for name, array in weights_after_one_step(config, small_splits).items():
        np.testing.assert_allclose(array, expected[name].numpy(), atol=2e-6, err_msg=name)


def test_mixup_blends_images_and_labels_alike(small_splits: Splits) -> None:
    """The share and the partner of each image are drawn from seed, epoch and step."""
    config = CONFIG.replace(optimizer="sgd", learning_rate=0.05, mixup=0.4)
    x, labels = first_batch(config, small_splits)
    random = np.random.default_rng([config.seed, 1, 0])
    share = random.beta(0.4, 0.4)
    other = torch.from_numpy(random.permutation(len(x)))
    one_hot = nn.functional.one_hot(labels, 10).float()
    mixed = share * x + (1 - share) * x[other], share * one_hot + (1 - share) * one_hot[other]
    expected = one_step_by_the_book(config, *mixed)
    for name, array in weights_after_one_step(config, small_splits).items():
        np.testing.assert_allclose(array, expected[name].numpy(), atol=2e-6, err_msg=name)


def test_without_shuffling_images_come_in_the_order_of_the_file(small_splits: Splits) -> None:
    config = CONFIG.replace(optimizer="sgd", learning_rate=0.05, shuffle=False)
    pixels = torch.tensor(small_splits.train.images[:50], dtype=torch.float32).reshape(-1, 784) / 255
    x = (pixels - small_splits.normalisation.mean) / small_splits.normalisation.std
    targets = nn.functional.one_hot(torch.tensor(small_splits.train.labels[:50]), 10).float()
    expected = one_step_by_the_book(config, x, targets)
    for name, array in weights_after_one_step(config, small_splits).items():
        np.testing.assert_allclose(array, expected[name].numpy(), atol=2e-6, err_msg=name)


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes",
    [
        {"rotation": 10, "elastic": 1.0, "erasing": 0.3},
        {"mixup": 0.3, "dropout": 0.2},
        {"batch_norm": True},
        {"architecture": "cnn", "dropout": 0.3},
        {"patience": 2, "schedule": "plateau"},
        {"loss": "squared_error", "gradient_clipping": 0.5, "warm_up": 1.5},
    ],
)
def test_going_on_from_an_epoch_or_its_middle_is_as_if_nothing_had_happened(
    small_splits: Splits, changes: dict[str, object]
) -> None:
    config = CONFIG.replace(epochs=3, **changes)
    whole = run(config, small_splits)
    middle = iter([False] * 16 + [True])
    stopped = run(config, small_splits, should_stop=lambda: next(middle))[-1]
    for checkpoint in (whole[0].checkpoint, stopped.checkpoint):
        last = run(config, small_splits, resume=checkpoint)[-1]
        for name, array in last.checkpoint.weights.items():
            np.testing.assert_array_equal(array, whole[-1].checkpoint.weights[name], err_msg=name)
        assert last.metrics.val_loss == whole[-1].metrics.val_loss
        np.testing.assert_array_equal(last.checkpoint.val_losses, whole[-1].checkpoint.val_losses)


# --- early stopping ---


OVERFITTING = CONFIG.replace(epochs=60, patience=3, learning_rate=0.02, hidden_size=64)


@pytest.fixture(scope="module")
def few(small_splits: Splits) -> Splits:
    return replace(small_splits, train=small_splits.train.subset(np.arange(60)))


@pytest.fixture(scope="module")
def overfitting(few: Splits) -> list[EpochCompleted]:
    """60 images and a high rate: the validation loss turns after a few epochs."""
    return run(OVERFITTING, few)


def test_early_stopping_waits_for_as_many_epochs_as_it_was_told(overfitting: list[EpochCompleted]) -> None:
    losses = [epoch.metrics.val_loss for epoch in overfitting]
    best = int(np.argmin(losses))
    assert len(losses) == best + 1 + 3 < 60
    assert [epoch.is_last for epoch in overfitting] == [False] * (len(losses) - 1) + [True]


def test_the_best_weights_are_kept(overfitting: list[EpochCompleted]) -> None:
    best = int(np.argmin([epoch.metrics.val_loss for epoch in overfitting]))
    last = overfitting[-1].checkpoint
    for name, array in last.kept_weights.items():
        np.testing.assert_array_equal(array, overfitting[best].checkpoint.weights[name], err_msg=name)
    assert not np.array_equal(last.weights["layers.0.weight"], last.kept_weights["layers.0.weight"])


def test_what_early_stopping_ended_trains_no_further_when_it_continues(
    few: Splits, overfitting: list[EpochCompleted]
) -> None:
    """It was interrupted before its end was kept; one epoch before, it was not over."""
    assert run(OVERFITTING, few, resume=overfitting[-1].checkpoint) == []
    (last,) = run(OVERFITTING, few, resume=overfitting[-2].checkpoint)
    assert (last.metrics.epoch, last.is_last) == (len(overfitting), True)


@pytest.mark.slow
@pytest.mark.parametrize("batches", [1, 9, 13, 22, 31, 35])
def test_the_accuracy_shown_is_that_of_the_weights_kept_whatever_was_stopped(
    small_splits: Splits, store: RunStore, batches: int
) -> None:
    """Stopped in the middle of an epoch, continued and ended: at every moment, as the store has it.

    The loss leaps so much that an epoch's middle is often better than its end, and than all epochs before.
    """
    few = replace(small_splits, train=small_splits.train.subset(np.arange(60)))
    config = CONFIG.replace(
        epochs=8, patience=4, optimizer="momentum", learning_rate=0.1, hidden_size=32, batch_size=10
    )
    run_id = store.create(config).run_id
    scaling = few.normalisation
    store.record_start(run_id, RunEnvironment(mean=scaling.mean, std=scaling.std))

    def keep(event: EpochCompleted) -> None:
        store.record_epoch(run_id, event.metrics)
        store.record_checkpoint(run_id, event.checkpoint)
        kept = store.get(run_id).kept_epoch
        logits = store.model(run_id).logits(few.validation.images)
        assert kept.val_loss == pytest.approx(mean_loss(config.loss, logits, few.validation.labels), rel=1e-4)
        assert kept.val_accuracy == pytest.approx(np.mean(logits.argmax(1) == few.validation.labels), abs=1 / 200)

    asked = iter(range(1, 10**6))
    for event in run(config, few, should_stop=lambda: next(asked) >= batches):
        keep(event)
    for event in run(config, few, resume=store.files.load_checkpoint(run_id)):
        keep(event)
    whole = run(config, few)
    assert [epoch.val_loss for epoch in store.get(run_id).epochs] == [epoch.metrics.val_loss for epoch in whole]
    for name, array in whole[-1].checkpoint.kept_weights.items():
        np.testing.assert_array_equal(store.model(run_id).weights[name], array, err_msg=name)


def test_of_epochs_with_the_same_loss_the_first_is_kept(small_splits: Splits) -> None:
    """As a run says it of its epochs: weights of zero, without biases to move, have one loss for ever."""
    config = CONFIG.replace(initialisation="zeros", bias=False, patience=3)
    first, *_, last = run(config, small_splits)
    assert first.metrics.val_loss == last.metrics.val_loss
    assert last.checkpoint.best_weights is first.checkpoint.best_weights


def test_without_patience_the_last_weights_count(small_splits: Splits) -> None:
    last = run(CONFIG, small_splits)[-1]
    assert last.checkpoint.best_weights is None
    assert last.checkpoint.kept_weights is last.checkpoint.weights
    assert last.is_last


# --- going on from another run ---


def test_a_training_begins_with_the_weights_of_another(small_splits: Splits) -> None:
    given = run(CONFIG, small_splits)[-1].checkpoint.weights
    tuned = CONFIG.replace(learning_rate=1e-5, optimizer="sgd", epochs=1, start_from="brave-otter-000001")
    after = run(tuned, small_splits, start=given)[0]
    for name, array in after.checkpoint.weights.items():
        np.testing.assert_allclose(array, given[name], atol=1e-4, err_msg=name)
    assert accuracy_of(tuned, after, small_splits) == pytest.approx(
        accuracy_of(CONFIG, run(CONFIG, small_splits)[-1], small_splits), abs=0.02
    )


def test_other_classes_get_a_last_layer_of_their_own(small_splits: Splits) -> None:
    def renamed(data: ImageDataset) -> ImageDataset:
        return ImageDataset("parity", data.images, data.labels % 2, ("even", "odd"))

    parity = Splits(
        *(renamed(part) for part in (small_splits.train, small_splits.validation, small_splits.test)),
        small_splits.normalisation,
    )
    given = run(CONFIG, small_splits)[-1].checkpoint.weights
    epoch = run(CONFIG.replace(epochs=8), parity, start=given)[-1]
    assert epoch.checkpoint.weights["layers.1.weight"].shape == (2, 12)
    assert epoch.metrics.val_accuracy > 0.75


@pytest.mark.parametrize("changes", [{"hidden_size": 13}, {"hidden_layers": 2}, {"bias": False}, {"batch_norm": True}])
def test_another_network_gets_a_sentence(small_splits: Splits, changes: dict[str, object]) -> None:
    given = run(CONFIG.replace(epochs=1), small_splits)[-1].checkpoint.weights
    with pytest.raises(TrainingError, match="same layers"):
        run(CONFIG.replace(**changes), small_splits, start=given)


# --- the loss that is reported ---


def test_the_mean_loss_is_that_of_scikit_learn() -> None:
    random = np.random.default_rng(0)
    logits, labels = random.normal(0, 5, (200, 10)).astype(np.float32), random.integers(0, 10, 200)
    exact = np.exp(logits.astype(np.float64))
    expected = log_loss(labels, exact / exact.sum(1, keepdims=True), labels=range(10))
    assert mean_loss("cross_entropy", logits, labels) == pytest.approx(expected)


def test_the_mean_squared_error_is_half_the_squared_distance() -> None:
    logits, labels = np.array([[1.0, 0.0], [0.5, 0.5]], dtype=np.float32), np.array([0, 1])
    assert mean_loss("squared_error", logits, labels) == pytest.approx((0 + 0.5) / 2 / 2)


def test_logits_without_a_number_have_no_loss() -> None:
    assert math.isnan(mean_loss("cross_entropy", np.full((2, 10), np.nan, dtype=np.float32), np.array([0, 1])))


@pytest.mark.parametrize("loss", ["cross_entropy", "squared_error"])
@pytest.mark.parametrize("backend", ["torch", "numpy"])
def test_a_smoothed_training_reports_a_loss_that_compares_with_validation(
    small_splits: Splits, loss: str, backend: str
) -> None:
    """Against the labels themselves: a network that hardly moves has one loss, on whichever of equal images."""
    still = CONFIG.replace(learning_rate=1e-5, warm_up=20, optimizer="sgd", epochs=1, batch_size=600)
    config = still.replace(backend=backend, loss=loss, label_smoothing=0.4)
    (epoch,) = run(config, replace(small_splits, validation=small_splits.train))
    assert epoch.metrics.train_loss == pytest.approx(epoch.metrics.val_loss, rel=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes",
    [
        {"architecture": "cnn", "epochs": 5, "hidden_size": 64, "learning_rate": 0.003},
        {"batch_norm": True, "epochs": 8, "learning_rate": 0.01},
        {"loss": "squared_error", "normalisation": "zero_one", "epochs": 6, "hidden_size": 64, "learning_rate": 0.002},
        {"architecture": "linear", "epochs": 8},
        {"rotation": 5, "shift": 1, "epochs": 10, "hidden_size": 64, "learning_rate": 0.003},
        {"normalisation": "zero_one", "initialisation": "uniform", "epochs": 8, "hidden_size": 64},
    ],
)
def test_it_learns(small_splits: Splits, changes: dict[str, object]) -> None:
    config = CONFIG.replace(**changes)
    splits = replace(small_splits, normalisation=scaling_of(small_splits.train.images, config.normalisation))
    assert run(config, splits)[-1].metrics.val_accuracy > 0.78


def test_weights_of_zero_learn_nothing_but_how_common_classes_are(small_splits: Splits) -> None:
    epochs = run(CONFIG.replace(initialisation="zeros", epochs=4), small_splits)
    assert epochs[-1].metrics.val_accuracy < 0.2
    assert not epochs[-1].checkpoint.weights["layers.0.weight"].any()
