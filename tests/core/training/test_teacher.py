"""Learning from the answers of another network: its gradient, what the teacher sees, who may teach."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from core.config import TrainConfig
from core.data.catalogue import Catalogue
from core.data.dataset import ImageDataset, Normalisation, SourceDataset, Splits
from core.errors import RunError, TrainingError
from core.models.build import build_network
from core.models.distillation import Lesson
from core.models.mlp import MLP
from core.models.numpy_model import NumpyModel
from core.runs.records import RunEnvironment
from core.runs.status import RunStatus
from core.runs.store import RunStore
from core.training.finder import find_learning_rate
from core.training.local import teacher_model
from core.training.teacher import Teacher
from core.training.teaching import require_teacher
from core.training.torch_learner import TorchLearner
from tests.core.builders import make_checkpoint, make_weights
from tests.core.training.builders import CPU, run

CONFIG = TrainConfig(hidden_size=12, epochs=1, batch_size=50, seed=1, teacher="wise-owl-000001")
NORMAL = Normalisation(0.13, 0.31)


def wise(**settings: object) -> NumpyModel:
    config = TrainConfig(hidden_size=9).replace(**settings)
    return NumpyModel("wise-owl-000001", config, make_weights(config, seed=5), NORMAL)


def batch() -> tuple[Tensor, Tensor, Lesson]:
    generator = torch.Generator().manual_seed(3)
    x = torch.randn(7, 784, generator=generator)
    targets = nn.functional.one_hot(torch.arange(7), 10).float()
    answers = torch.softmax(3 * torch.randn(7, 10, generator=generator), 1)
    return x, targets, Lesson(answers, 0.3, 4.0)


@pytest.mark.parametrize("changes", [{}, {"hidden_layers": 2, "activation": "tanh"}, {"batch_norm": True}])
def test_gradient_is_that_of_hintons_loss_by_autograd(changes: dict[str, object]) -> None:
    network = build_network(TrainConfig(hidden_size=12).replace(**changes))
    network.initialise(torch.Generator().manual_seed(1))
    x, targets, lesson = batch()
    logits = torch.empty(7, 10)
    network.backpropagate(x, targets, torch.Generator(), logits, lesson)
    ours = network.flat_gradient.clone()
    z = logits.clone().requires_grad_()
    labels = -(targets * torch.log_softmax(z, 1)).sum(1).mean()
    softened = torch.log_softmax(z / 4, 1)
    # Apart from what does not depend on z, the Kullback–Leibler divergence of the answers.
    divergence = nn.functional.kl_div(softened, lesson.answers, reduction="batchmean")
    (by_logits,) = torch.autograd.grad(0.7 * labels + 0.3 * 16 * divergence, z)
    for parameter in network.parameters():
        parameter.grad.zero_()
    network.train()
    forward = network if isinstance(network, MLP) else partial(network._logits, generator=None)
    forward(x).backward(by_logits)
    torch.testing.assert_close(ours, network.flat_gradient, rtol=1e-4, atol=1e-6)


def test_a_teacher_that_knows_nothing_is_label_smoothing(small_splits: Splits) -> None:
    """All classes alike, at temperature 1: the same targets, by another way."""
    blank = wise()
    blank = replace(blank, weights={name: np.zeros_like(array) for name, array in blank.weights.items()})
    taught = run(CONFIG.replace(teacher_share=0.2, temperature=1), small_splits, teacher=blank)[0]
    smoothed = run(CONFIG.replace(teacher="", label_smoothing=0.2), small_splits)[0]
    for name, weights in smoothed.checkpoint.weights.items():
        np.testing.assert_allclose(taught.checkpoint.weights[name], weights, atol=1e-5, err_msg=name)


def test_it_answers_as_it_does_everywhere_whatever_scale_its_pupil_has(small_splits: Splits) -> None:
    teacher = wise(architecture="cnn")
    pupil = TorchLearner(CONFIG.replace(temperature=1), small_splits, CPU, teacher)
    answers = pupil.teacher.lesson(pupil.val_images).answers
    expected = teacher.probabilities(small_splits.validation.images)
    np.testing.assert_allclose(answers, expected, atol=1e-5)


def test_it_sees_what_its_pupil_sees(small_splits: Splits, monkeypatch: pytest.MonkeyPatch) -> None:
    """Images turned and mixed, the same for both."""
    seen: list[Tensor] = []
    real = Teacher.lesson
    monkeypatch.setattr(Teacher, "lesson", lambda self, images: (seen.append(images), real(self, images))[1])
    learner = TorchLearner(CONFIG.replace(rotation=20, mixup=0.4), small_splits, CPU, wise())
    learner.begin_epoch(1, np.arange(600))
    learned: list[Tensor] = []
    monkeypatch.setattr(learner.network, "backpropagate", lambda images, *_: learned.append(images))
    learner.train_batch(0, 0.1)
    assert seen[0] is learned[0]
    assert not torch.equal(seen[0], learner.images[:50])


def test_a_pupil_comes_closer_to_its_teacher(small_splits: Splits) -> None:
    """With the teacher's answers alone, labels have no say: it learns whatever the teacher says."""
    teacher = wise()
    said = teacher.probabilities(small_splits.validation.images).argmax(1)
    config = CONFIG.replace(teacher_share=1, epochs=12, learning_rate=0.01, temperature=1)
    epochs = run(config, small_splits, teacher=teacher)
    pupil = NumpyModel("", config, epochs[-1].checkpoint.weights, small_splits.normalisation)
    agrees = (pupil.probabilities(small_splits.validation.images).argmax(1) == said).mean()
    assert agrees > 0.6
    assert epochs[-1].metrics.val_accuracy < 0.5


@pytest.mark.parametrize(
    ("teacher", "sentence"),
    [
        (None, "was not handed over"),
        (replace(wise(), class_names=tuple("abcdefghij")), "a, b, c … (10 classes), those of the dataset 0, 1, 2 …"),
        (wise(loss="squared_error"), "its answers are not probabilities"),
    ],
)
def test_who_cannot_teach_is_told(small_splits: Splits, teacher: NumpyModel | None, sentence: str) -> None:
    published = SourceDataset(small_splits.train, small_splits.test)
    asked = (
        lambda: run(CONFIG, small_splits, teacher=teacher),
        lambda: find_learning_rate(CONFIG, published, teacher=teacher),
    )
    for ask in asked:
        with pytest.raises(TrainingError) as caught:
            ask()
        assert sentence in str(caught.value)


def test_a_run_teaches_when_it_has_ended_and_while_it_is_there(store: RunStore) -> None:
    config = TrainConfig(hidden_size=4)
    owl = store.create(config)
    pupil = config.replace(teacher=owl.run_id)
    assert teacher_model(store, config) is None
    with pytest.raises(RunError, match="still being trained"):
        teacher_model(store, pupil)
    store.record_start(owl.run_id, RunEnvironment())
    store.record_checkpoint(owl.run_id, make_checkpoint(1, config=config))
    store.record_status(owl.run_id, RunStatus.COMPLETED)
    assert teacher_model(store, pupil).run_id == owl.run_id
    letters = ImageDataset("letters", np.zeros((20, 28, 28), np.uint8), np.arange(20) % 2, ("a", "b"))
    other = Catalogue(store.settings.home).add(SourceDataset(letters), "Letters", "").name
    with pytest.raises(TrainingError, match=r"its classes are 0, 1, 2 … \(10 classes\), those of the dataset a, b\."):
        require_teacher(store, pupil.replace(dataset=other))
    require_teacher(store, pupil.replace(dataset="gone-12345678"))
    store.delete(owl.run_id)
    with pytest.raises(RunError, match="to learn from: it may have been deleted"):
        teacher_model(store, pupil)
