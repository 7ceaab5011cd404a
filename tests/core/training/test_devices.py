"""The same on the processor and on every accelerator that is there: it learns, goes on, and never makes it wait."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from core.config import TrainConfig
from core.data.dataset import Splits
from core.models.numpy_model import NumpyModel
from core.training.events import TrainingStarted
from core.training.fit import fit
from core.training.torch_learner import TorchLearner
from tests.core.builders import assert_same_checkpoint, make_weights
from tests.core.training.builders import epochs_of, stop_after

DEVICES = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
pytestmark = pytest.mark.device

CONFIG = TrainConfig(hidden_size=12, epochs=2, batch_size=50, learning_rate=0.005, schedule="constant")
EVERYTHING = CONFIG.replace(
    dropout=0.1, rotation=10, shift=1, zoom=0.1, shear=5, elastic=1, erasing=0.2, mixup=0.4, gradient_clipping=1
)
KINDS = {
    "by hand": EVERYTHING,
    "momentum": CONFIG.replace(optimizer="momentum", hidden_layers=2, activation="tanh", label_smoothing=0.1),
    "convolutions": EVERYTHING.replace(architecture="cnn", optimizer="adamw", weight_decay=0.01),
    "batch norm": CONFIG.replace(batch_norm=True, optimizer="sgd", loss="squared_error"),
    "taught": EVERYTHING.replace(teacher="wise-owl-000001"),
}
WAITS = {torch.ops.aten._local_scalar_dense.default, torch.ops.aten.nonzero.default, torch.ops.aten.equal.default}
"""Operations whose answer an accelerator has to be waited for."""


@pytest.fixture(params=[name for name, is_there in DEVICES.items() if is_there])
def device(request: pytest.FixtureRequest) -> torch.device:
    return torch.device(request.param)


def teacher_of(config: TrainConfig, splits: Splits) -> NumpyModel | None:
    wise = TrainConfig(hidden_size=9)
    return NumpyModel("", wise, make_weights(wise), splits.normalisation) if config.teacher else None


class NothingWaits(TorchDispatchMode):
    """Refuses what the device would have to be waited for."""

    def __torch_dispatch__(self, func: Callable, types: object, args: tuple = (), kwargs: dict | None = None) -> object:
        assert func not in WAITS, func
        return func(*args, **(kwargs or {}))


@contextmanager
def nothing_waits(device: torch.device, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("A batch brings something back from the device.")

    with monkeypatch.context() as patched, NothingWaits():
        for name in ("cpu", "numpy", "item", "tolist"):
            patched.setattr(torch.Tensor, name, refuse)
        if device.type == "cuda":
            torch.cuda.set_sync_debug_mode("error")
        try:
            yield
        finally:
            with suppress(RuntimeError):
                torch.cuda.set_sync_debug_mode("default")


@pytest.mark.parametrize("kind", KINDS)
def test_no_batch_waits_for_the_device(
    kind: str, device: torch.device, small_splits: Splits, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = KINDS[kind]
    learner = TorchLearner(config, small_splits, device, teacher_of(config, small_splits))
    learner.begin_epoch(1, np.arange(600))
    with nothing_waits(device, monkeypatch):
        for step in range(12):
            learner.train_batch(step, 0.001)
    assert np.isfinite(learner.batch_losses(0, 12)).all()


def test_the_images_lie_on_the_device(device: torch.device, small_splits: Splits) -> None:
    learner = TorchLearner(EVERYTHING, small_splits, device)
    learner.begin_epoch(1, np.arange(600))
    tensors = (learner.images, learner.labels, learner.targets, learner.val_images, learner.order, learner.logits)
    assert {tensor.device.type for tensor in (*tensors, learner.network.flat_parameters)} == {device.type}
    assert {other.device.type for _, other in learner.mixtures} == {device.type}


@pytest.mark.parametrize("kind", ["momentum", "batch norm"])
def test_it_learns_what_the_processor_learns(kind: str, device: torch.device, small_splits: Splits) -> None:
    """From the same weights, without anything random: another device only rounds differently."""
    config = KINDS[kind]
    start = TorchLearner(config, small_splits, torch.device("cpu")).weights()
    events = list(fit(config, small_splits, start=start, device=device))
    assert next(e for e in events if isinstance(e, TrainingStarted)).environment.device == device.type
    here = epochs_of(fit(config, small_splits, start=start, device=torch.device("cpu")))
    for ours, theirs in zip(epochs_of(events), here, strict=True):
        assert ours.metrics.val_loss == pytest.approx(theirs.metrics.val_loss, rel=1e-2)
        assert ours.metrics.train_loss == pytest.approx(theirs.metrics.train_loss, rel=1e-2)


@pytest.mark.numerics
@pytest.mark.parametrize("kind", ["by hand", "taught"])
def test_a_continued_training_is_the_same_training(kind: str, device: torch.device, small_splits: Splits) -> None:
    config = KINDS[kind]
    teacher = teacher_of(config, small_splits)
    whole = epochs_of(fit(config, small_splits, device=device, teacher=teacher))[-1]
    cut = epochs_of(fit(config, small_splits, device=device, teacher=teacher, should_stop=stop_after(5)))[-1]
    again = epochs_of(fit(config, small_splits, device=device, teacher=teacher, resume=cut.checkpoint))[-1]
    assert again.checkpoint.seconds > 0
    ours, theirs = (vars(end.checkpoint) | {"seconds": 0.0} for end in (again, whole))
    assert_same_checkpoint(type(whole.checkpoint)(**ours), type(whole.checkpoint)(**theirs))
