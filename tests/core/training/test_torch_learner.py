"""Which device trains, and how exactly."""

import logging

import pytest
import torch

import core.training.torch_learner
from core.config import TrainConfig
from core.data.dataset import Splits
from core.training.fit import make_learner
from core.training.torch_learner import TorchLearner

CONFIG = TrainConfig(hidden_size=4)
ACCELERATOR = torch.device("cuda")


class LearnerOnAFullDevice(TorchLearner):
    """On the accelerator it has no room for the images, or none for what is computed from them."""

    full_at = "_tensors"

    def __init__(self, config: TrainConfig, splits: Splits, device: torch.device, teacher: None = None) -> None:
        self.asked_for = device
        super().__init__(config, splits, torch.device("cpu"), teacher)

    def _require_room(self, method: str) -> None:
        if self.asked_for == ACCELERATOR and self.full_at == method:
            raise torch.OutOfMemoryError("CUDA out of memory.")

    def _tensors(self, data: object) -> tuple[torch.Tensor, torch.Tensor]:
        self._require_room("_tensors")
        return super()._tensors(data)

    def validation_logits(self) -> object:
        self._require_room("validation_logits")
        return super().validation_logits()


@pytest.fixture
def learners(monkeypatch: pytest.MonkeyPatch) -> type[LearnerOnAFullDevice]:
    """Of a machine whose accelerator is full."""
    monkeypatch.setattr(core.training.torch_learner, "best_device", lambda: ACCELERATOR)
    monkeypatch.setattr(core.training.torch_learner, "TorchLearner", LearnerOnAFullDevice)
    return LearnerOnAFullDevice


def test_the_best_device_is_chosen(small_splits: Splits) -> None:
    if torch.cuda.is_available():
        best = "cuda"
    else:
        best = "mps" if torch.backends.mps.is_available() else "cpu"
    assert make_learner(CONFIG, small_splits).device == best


@pytest.mark.parametrize("method", ["_tensors", "validation_logits"])
def test_an_accelerator_without_room_leaves_the_training_to_the_processor(
    small_splits: Splits,
    learners: type[LearnerOnAFullDevice],
    method: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(learners, "full_at", method)
    with caplog.at_level(logging.WARNING, "digitlab.training"):
        learner = make_learner(CONFIG, small_splits)
    assert learner.asked_for == torch.device("cpu")
    assert "the processor trains instead: CUDA out of memory." in caplog.text


def test_an_accelerator_with_room_trains(
    small_splits: Splits, learners: type[LearnerOnAFullDevice], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learners, "full_at", "")
    assert make_learner(CONFIG, small_splits).asked_for == ACCELERATOR


def test_a_device_that_was_asked_for_is_not_replaced(
    small_splits: Splits, learners: type[LearnerOnAFullDevice]
) -> None:
    with pytest.raises(torch.OutOfMemoryError):
        make_learner(CONFIG, small_splits, ACCELERATOR)


def test_convolutions_are_whole_and_repeatable_on_graphics_cards(
    small_splits: Splits, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only such a card shows the difference: what is set is all that can be looked at elsewhere."""
    monkeypatch.setattr(torch.backends.cudnn, "deterministic", False)
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", True)
    make_learner(CONFIG.replace(architecture="cnn"), small_splits)
    assert torch.backends.cudnn.deterministic
    assert not torch.backends.cudnn.allow_tf32
