"""Runs, metrics and checkpoints made up for tests; numbers follow from the arguments."""

from datetime import UTC, datetime

import numpy as np

from core.config import TrainConfig
from core.models.shapes import parameter_count, weight_shapes
from core.runs.records import Checkpoint, EarlySnapshot, EpochMetrics, Run, RunEnvironment
from core.runs.status import RunStatus

SMALL = TrainConfig(hidden_size=4, hidden_layers=1, epochs=5)
ENVIRONMENT = RunEnvironment(
    device="cpu",
    threads=2,
    versions={"python": "3.11", "torch": "2"},
    data_digest="abc",
    train_images=600,
    validation_images=200,
    test_images=100,
    mean=0.25,
    std=0.5,
)


def make_metrics(epoch: int, *, step: int = 10, seconds: float = 1.5) -> EpochMetrics:
    return EpochMetrics(
        epoch=epoch,
        step=step,
        steps_per_epoch=10,
        train_loss=1 / epoch,
        train_accuracy=0.5,
        val_loss=0.75 / epoch,
        val_accuracy=1 - 0.5 / epoch,
        seconds=seconds,
        images_per_second=400.5,
        batch_losses=np.array([2.5, 1.25, 1 / 3], dtype=np.float32),
        confusion=np.arange(100, dtype=np.int64).reshape(10, 10) * epoch,
    )


def make_early(step: int) -> EarlySnapshot:
    return EarlySnapshot(
        step=step,
        steps_per_epoch=10,
        val_loss=2.5 - step / 10,
        val_accuracy=0.1 + step / 100,
        val_images=50,
        probe_predicted=(step % 10, 3),
        probe_confidence=(0.25, 1 / (step + 1)),
    )


def make_weights(config: TrainConfig, seed: int = 0) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(seed)
    # Variances are positive; everything else is small enough for a softmax to have something to say.
    return {
        name: (generator.random(shape) if name.endswith("var") else generator.normal(0, 784**-0.5, shape)).astype("f4")
        for name, shape in weight_shapes(config).items()
    }


def make_checkpoint(epoch: int, *, step: int = 10, config: TrainConfig = SMALL) -> Checkpoint:
    generator = np.random.default_rng(epoch)
    size = parameter_count(config)
    return Checkpoint(
        epoch=epoch,
        step=step,
        weights=make_weights(config, seed=epoch),
        optimizer={
            "first": generator.normal(size=size).astype(np.float32),
            "second": generator.random(size, dtype=np.float32),
            "steps": np.array(10.0 * epoch, dtype=np.float32),
        },
        random_state=generator.integers(0, 256, 5056, dtype=np.uint8),
        batch_losses=generator.random(step, dtype=np.float32),
        correct=100 * epoch + step,
        seconds=epoch / 3,
        val_losses=generator.random(epoch),
        best_weights=make_weights(config, seed=epoch + 100) if config.patience else None,
    )


def make_run(
    run_id: str = "calm-otter-000001",
    status: RunStatus = RunStatus.COMPLETED,
    epochs: int = 2,
    config: TrainConfig = SMALL,
    owner: str | None = None,
    exercise: str | None = None,
) -> Run:
    return Run(
        run_id=run_id,
        name="calm-otter",
        config=config,
        status=status,
        created=datetime(2026, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC),
        started=datetime(2026, 1, 2, 3, 4, 6, tzinfo=UTC),
        ended=datetime(2026, 1, 2, 3, 5, tzinfo=UTC),
        environment=ENVIRONMENT,
        epochs=tuple(make_metrics(epoch) for epoch in range(1, epochs + 1)),
        epochs_done=float(epochs),
        seconds=1.5 * epochs,
        val_accuracy=0.75,
        test_accuracy=0.5,
        error=None,
        test_looks=3,
        owner=owner,
        exercise=exercise,
    )


def assert_same_run(left: Run, right: Run) -> None:
    """Every field; epochs hold arrays and cannot be compared with ``==``."""
    plain = [{name: value for name, value in vars(run).items() if name != "epochs"} for run in (left, right)]
    assert plain[0] == plain[1]
    assert len(left.epochs) == len(right.epochs)
    for ours, theirs in zip(left.epochs, right.epochs, strict=True):
        assert_same_metrics(ours, theirs)


def assert_same_metrics(left: EpochMetrics, right: EpochMetrics) -> None:
    for name, value in vars(left).items():
        other = getattr(right, name)
        if isinstance(value, np.ndarray):
            assert value.dtype == other.dtype, name
            np.testing.assert_allclose(value, other, atol=1e-5, err_msg=name)
        else:
            assert value == other, name


def assert_same_checkpoint(left: Checkpoint, right: Checkpoint) -> None:
    """To the last bit."""
    numbers = [(one.epoch, one.step, one.correct, one.seconds) for one in (left, right)]
    assert numbers[0] == numbers[1]
    for ours, theirs in ((left.weights, right.weights), (left.optimizer, right.optimizer)):
        assert ours.keys() == theirs.keys()
        for name, array in ours.items():
            assert array.dtype == theirs[name].dtype, name
            np.testing.assert_array_equal(array, theirs[name], err_msg=name)
    np.testing.assert_array_equal(left.random_state, right.random_state)
    np.testing.assert_array_equal(left.batch_losses, right.batch_losses)
    np.testing.assert_array_equal(left.val_losses, right.val_losses)
    assert (left.best_weights is None) == (right.best_weights is None)
    for name, array in (left.best_weights or {}).items():
        np.testing.assert_array_equal(array, right.best_weights[name], err_msg=name)
