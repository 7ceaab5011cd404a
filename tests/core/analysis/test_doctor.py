"""Every diagnosis of the doctor: a seeded training run that provokes it, and one that must not."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch

from core.analysis.advice import Seen, Symptom
from core.analysis.doctor.diagnosis import Diagnosis
from core.analysis.doctor.patient import Patient, examine, split_health
from core.analysis.doctor.rules import diagnose
from core.config import TrainConfig
from core.data.dataset import ImageDataset, Splits
from core.data.splits import make_splits
from core.errors import TrainingError
from core.models.build import build_network
from core.models.numpy_model import NumpyModel
from core.runs.status import RunStatus
from core.training.events import EpochCompleted
from core.training.fit import fit

Train = Callable[..., Patient]
ALL = 60_000
SMALL = {"hidden_size": 32, "validation_size": 600, "backend": "numpy"}
GOOD = {"hidden_size": 64, "epochs": 5}
MEMORISING = {"hidden_size": 64, "learning_rate": 0.003, "schedule": "constant", "epochs": 12}
DEEP = {"hidden_layers": 6, "epochs": 3}
CNN = {"architecture": "cnn", "backend": "torch", "hidden_layers": 6, "epochs": 2}
FEW_STEPS = {"batch_size": 2_048, "epochs": 4}
UNEVEN = {"imbalance": 0.97, "epochs": 4}
DIVERGING = {"optimizer": "sgd", "loss": "squared_error", "schedule": "constant", "learning_rate": 1.0, "epochs": 2}


@pytest.fixture(scope="module")
def pool(mnist_train: ImageDataset) -> ImageDataset:
    return mnist_train.subset(np.arange(6_000))


@pytest.fixture(scope="module")
def train(pool: ImageDataset, mnist_test: ImageDataset) -> Train:
    """``train(500, epochs=3)``: what is known of a run on 500 images; each is trained once."""
    test = mnist_test.subset(np.arange(50))

    @cache
    def run(config: TrainConfig, doubled: bool) -> Patient:
        images = pool.subset(np.repeat(np.arange(1_000), 2)) if doubled else pool
        splits = make_splits(images, test, config)
        done: list[EpochCompleted] = []
        try:
            done.extend(event for event in fit(config, splits) if isinstance(event, EpochCompleted))
        except TrainingError as error:
            return examine(Seen(config, RunStatus.FAILED, error=str(error), images=ALL), None, splits)
        model = NumpyModel("run", config, done[-1].checkpoint.kept_weights, splits.normalisation)
        epochs = tuple(event.metrics for event in done)
        return examine(Seen(config, RunStatus.COMPLETED, epochs, images=ALL), model, splits)

    def train_on(images: int, *, doubled: bool = False, **changes: object) -> Patient:
        return run(TrainConfig(**{**SMALL, "training_size": images, **changes}), doubled)

    return train_on


def found(patient: Patient) -> dict[Symptom, Diagnosis]:
    return {diagnosis.symptom: diagnosis for diagnosis in diagnose(patient)}


PROVOKED: list[tuple[Symptom, int, dict[str, object], dict[str, object]]] = [
    (Symptom.DIVERGED, 600, DIVERGING, {"learning_rate": 0.01}),
    (Symptom.RATE_TOO_HIGH, 2_000, {"learning_rate": 0.03, "epochs": 3}, {"learning_rate": 0.001}),
    (Symptom.RATE_TOO_LOW, 2_000, {"learning_rate": 1e-4, "epochs": 3}, {"learning_rate": 0.001}),
    (Symptom.TOO_FEW_IMAGES, 500, MEMORISING, {"training_size": 5_000}),
    (Symptom.PAST_BEST, 600, MEMORISING | {"learning_rate": 0.01, "epochs": 16}, {"patience": 3}),
    (Symptom.STILL_IMPROVING, 1_000, {"epochs": 3, "schedule": "constant"}, {"epochs": 6}),
    (Symptom.UNDERFITS, 4_000, {"architecture": "linear", "epochs": 6}, {"architecture": "mlp"}),
    (Symptom.DEAD_UNITS, 2_000, {"learning_rate": 0.03, "epochs": 3}, {"learning_rate": 0.001}),
    (Symptom.VANISHING_GRADIENTS, 2_000, DEEP | {"activation": "sigmoid"}, {"activation": "relu"}),
    (Symptom.VANISHING_GRADIENTS, 300, CNN | {"activation": "sigmoid"}, {"activation": "relu"}),
    (Symptom.BATCH_TOO_LARGE, 4_000, FEW_STEPS, {"batch_size": 64}),
    (Symptom.VALIDATION_LEAK, 1_000, {"epochs": 2, "doubled": True}, {"split": "in_order"}),
    (Symptom.IMBALANCE, 4_000, UNEVEN, {"imbalance": 0.0}),
]
INNOCENT: list[tuple[Symptom, int, dict[str, object]]] = [
    (Symptom.DIVERGED, 600, DIVERGING | {"learning_rate": 0.01}),
    (Symptom.RATE_TOO_HIGH, 2_000, {"learning_rate": 0.005, "epochs": 3}),
    (Symptom.RATE_TOO_LOW, 2_000, {"epochs": 3}),
    (Symptom.TOO_FEW_IMAGES, 5_000, GOOD),
    (Symptom.PAST_BEST, 500, MEMORISING),
    (Symptom.STILL_IMPROVING, 5_000, GOOD),
    (Symptom.UNDERFITS, 5_000, GOOD),
    (Symptom.DEAD_UNITS, 2_000, {"epochs": 3}),
    (Symptom.VANISHING_GRADIENTS, 2_000, DEEP),
    (Symptom.VANISHING_GRADIENTS, 2_000, DEEP | {"activation": "tanh"}),
    (Symptom.VANISHING_GRADIENTS, 300, CNN),
    (Symptom.VANISHING_GRADIENTS, 300, CNN | {"activation": "sigmoid", "batch_norm": True}),
    (Symptom.BATCH_TOO_LARGE, 4_000, FEW_STEPS | {"batch_size": 64}),
    (Symptom.VALIDATION_LEAK, 1_000, {"epochs": 2, "doubled": True, "split": "in_order"}),
    (Symptom.IMBALANCE, 4_000, UNEVEN | {"imbalance": 0.0}),
]


@pytest.mark.parametrize(("symptom", "images", "setup", "advised"), PROVOKED, ids=str)
def test_a_diagnosis_is_made_where_it_should_be(
    train: Train, symptom: Symptom, images: int, setup: dict, advised: dict
) -> None:
    patient = train(images, **setup)
    diagnosis = found(patient)[symptom]
    assert diagnosis.changes.items() >= advised.items()
    assert patient.seen.config.replace(**diagnosis.changes) != patient.seen.config
    assert any(letter.isdigit() for letter in diagnosis.saw)
    assert diagnosis.saw.endswith(".")
    assert diagnosis.why.endswith(".")


@pytest.mark.slow
@pytest.mark.parametrize(("symptom", "images", "setup"), INNOCENT, ids=str)
def test_a_diagnosis_is_not_made_where_it_should_not_be(
    train: Train, symptom: Symptom, images: int, setup: dict
) -> None:
    assert symptom not in found(train(images, **setup))


@pytest.mark.parametrize(
    ("symptom", "images", "setup"),
    [
        (Symptom.RATE_TOO_HIGH, 2_000, {"learning_rate": 0.03, "epochs": 3}),
        (Symptom.VANISHING_GRADIENTS, 2_000, DEEP | {"activation": "sigmoid"}),
        (Symptom.BATCH_TOO_LARGE, 4_000, FEW_STEPS),
        (Symptom.IMBALANCE, 4_000, UNEVEN),
    ],
    ids=str,
)
def test_what_the_doctor_changes_helps(train: Train, symptom: Symptom, images: int, setup: dict) -> None:
    patient = train(images, **setup)
    changes = found(patient)[symptom].changes
    treated = train(images, **setup | dict(changes))
    assert symptom not in found(treated)
    assert treated.seen.kept.val_accuracy > patient.seen.kept.val_accuracy + 0.05


def test_nothing_is_wrong_with_a_good_run(train: Train) -> None:
    assert diagnose(train(5_000, **GOOD)) == ()


def test_the_numbers_are_those_of_the_run(train: Train) -> None:
    """Counted and computed in other ways: bytes for images, PyTorch’s autograd for gradients."""
    patient = train(2_000, **DEEP | {"activation": "sigmoid"})
    said = found(patient)[Symptom.VANISHING_GRADIENTS].saw
    first, last = patient.network.gradients[0], patient.network.gradients[-1]
    assert f"{last / first:,.0f} times smaller" in said
    leak = train(1_000, epochs=2, doubled=True)
    assert f"Of {leak.split.validation:,} validation images, {leak.split.copies:,} are copies" in (
        found(leak)[Symptom.VALIDATION_LEAK].saw
    )


def test_gradients_and_dead_units_agree_with_autograd(pool: ImageDataset) -> None:
    config = TrainConfig(hidden_size=24, hidden_layers=2, validation_size=200, training_size=400)
    splits = make_splits(pool, pool.subset(np.arange(20)), config)
    torch.manual_seed(0)
    network = build_network(config, 10)
    with torch.no_grad():
        # Three units of the first layer can never be above 0.
        network.layers[0].bias[:3] = -1_000
    weights = {name: tensor.detach().numpy() for name, tensor in network.state_dict().items()}
    health = examine(
        Seen(config, RunStatus.COMPLETED), NumpyModel("run", config, weights, splits.normalisation), splits
    )
    pixels = (splits.validation.images.reshape(-1, 784) / 255 - splits.normalisation.mean) / splits.normalisation.std
    logits = network(torch.tensor(pixels, dtype=torch.float32))
    torch.nn.functional.cross_entropy(logits, torch.tensor(splits.validation.labels)).backward()
    expected = [float(layer.weight.grad.square().mean().sqrt()) for layer in network.layers]
    np.testing.assert_allclose(health.network.gradients, expected, rtol=1e-4)
    assert health.network.layers[0].dead >= 3
    assert health.network.images == len(splits.validation)


def test_a_leak_through_the_run_that_it_started_from(pool: ImageDataset) -> None:
    config = TrainConfig(validation_size=500, training_size=2_000, start_from="earlier-run")
    test = pool.subset(np.arange(20))
    here = make_splits(pool, test, config)
    before = make_splits(pool, test, config.replace(split_seed=1, start_from=""))
    trained_on = {image.tobytes() for image in before.train.images}
    seen_before = sum(image.tobytes() in trained_on for image in here.validation.images)
    assert 50 < seen_before < 500
    patient = examine(Seen(config, RunStatus.COMPLETED), None, here, [before])
    diagnosis = found(patient)[Symptom.VALIDATION_LEAK]
    assert f"{seen_before} were training images of the run that it started from" in diagnosis.saw
    assert diagnosis.changes == {"start_from": ""}
    assert diagnose(examine(Seen(config, RunStatus.COMPLETED), None, here, [here])) == ()


def test_another_shape_begins_from_fresh_weights(train: Train) -> None:
    patient = train(4_000, architecture="linear", epochs=6)
    continued = replace(patient.seen, config=patient.seen.config.replace(start_from="earlier-run"))
    changes = found(Patient(continued))[Symptom.UNDERFITS].changes
    assert changes.items() >= {"architecture": "mlp", "start_from": ""}.items()


def test_a_few_validation_images_say_nothing_of_units_or_guessing(pool: ImageDataset) -> None:
    """As of ten drawings of two classes of one’s own: all of one image correct is not to be beaten by any guess."""
    config = TrainConfig(**SMALL, epochs=2)
    splits = make_splits(pool.subset(np.arange(8)), pool.subset(np.arange(20)), config)
    done = [event for event in fit(config, splits) if isinstance(event, EpochCompleted)]
    model = NumpyModel("run", config, done[-1].checkpoint.kept_weights, splits.normalisation)
    patient = examine(Seen(config, RunStatus.COMPLETED, tuple(event.metrics for event in done)), model, splits)
    assert patient.seen.kept.confusion.sum() == 1
    unseen = {Symptom.DEAD_UNITS, Symptom.VANISHING_GRADIENTS, Symptom.ONE_CLASS, Symptom.GUESSING}
    assert not unseen & set(found(patient))
    assert patient.network is None


def test_counts_by_class(pool: ImageDataset) -> None:
    splits: Splits = make_splits(pool, pool.subset(np.arange(20)), TrainConfig(imbalance=0.9, validation_size=100))
    counts = split_health(splits).counts
    assert counts.tolist() == [int((splits.train.labels == label).sum()) for label in range(10)]


def test_without_images_weights_or_epochs_it_says_what_it_can(train: Train) -> None:
    patient = train(2_000, learning_rate=0.03, epochs=3)
    bare = Patient(patient.seen)
    assert [one.symptom for one in diagnose(bare)] == [Symptom.RATE_TOO_HIGH]
    imported = replace(patient, seen=Seen(patient.seen.config, RunStatus.COMPLETED))
    assert [one.symptom for one in diagnose(imported)] == [Symptom.DEAD_UNITS]
    other = replace(patient.seen, class_names=("cat", "dog"))
    assert examine(other, None, None).split is None


def test_a_run_that_was_stopped_is_not_told_to_take_more_epochs_than_its_own(train: Train) -> None:
    seen = train(1_000, epochs=3, schedule="constant").seen
    stopped = replace(seen, status=RunStatus.STOPPED, config=seen.config.replace(epochs=50))
    advised = found(Patient(stopped))[Symptom.STILL_IMPROVING]
    assert (advised.changes, advised.instead) == ({}, "No setting has to change: continue the run.")
    patient = replace(seen, config=seen.config.replace(epochs=50, patience=2))
    advised = found(Patient(patient))[Symptom.STILL_IMPROVING]
    assert (advised.changes, advised.instead) == ({"patience": 4}, "")
    cut = replace(seen.epochs[0], step=1)
    (diagnosis,) = diagnose(Patient(Seen(seen.config, RunStatus.STOPPED, (cut,))))
    assert diagnosis.symptom is Symptom.BARELY_BEGUN
    assert diagnosis.instead == "No setting has to change: continue the run."


def test_each_diagnosis_offers_another_config_or_says_why_there_is_none(train: Train) -> None:
    """Also where its usual change has been made already, or the backend does not know it."""
    patient = train(4_000, **UNEVEN)
    real = replace(patient, seen=replace(patient.seen, config=patient.seen.config.replace(imbalance=0.0)))
    moved = {"backend": "torch", "rotation": 10.0, "shift": 1.5, "zoom": 0.1}
    assert found(real)[Symptom.IMBALANCE].changes == moved
    settings: list[dict[str, object]] = [{}, moved, {"split": "in_order"}, {"hidden_size": 1024}, {"dropout": 0.5}]
    known = [train(images, **setup) for _, images, setup, _ in PROVOKED]
    for patient in [*known, real]:
        for changes in settings:
            seen = replace(patient.seen, config=patient.seen.config.replace(**changes))
            for diagnosis in diagnose(replace(patient, seen=seen)):
                if diagnosis.changes:
                    assert seen.config.replace(**diagnosis.changes) != seen.config
                assert bool(diagnosis.changes) != bool(diagnosis.instead), diagnosis
