from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from core.corruptions.attacks import ATTACKS, EPSILONS, pgd
from core.corruptions.changes import CHANGES
from core.corruptions.measuring import (
    Part,
    attacked_sample,
    gathered,
    measure,
    measure_part,
    parts_of,
    read_results,
    results_path,
    write_results,
)
from core.data.dataset import ImageDataset
from core.data.mnist import load_mnist
from core.explain.gradients import ink_of, logits
from core.explain.sample import fixed_sample
from core.models.numpy_model import NumpyModel
from core.runs.archive import DEMO_DIRECTORY
from core.runs.files import CHECKPOINT
from core.runs.model_tensors import read_model


@pytest.fixture(scope="module")
def model() -> NumpyModel:
    return read_model(DEMO_DIRECTORY / CHECKPOINT)


@pytest.fixture(scope="module")
def images() -> ImageDataset:
    return fixed_sample(load_mnist("test"), 200)


@pytest.mark.parametrize("name", ["noise", "inversion", "contrast"])
def test_accuracy_is_as_measured_at_no_strength_and_falls(name: str, model: NumpyModel, images: ImageDataset) -> None:
    values = measure(model, images, f"change/{name}")
    change = CHANGES[name]
    clean = (model.logits(images.images).argmax(axis=1) == images.labels).mean()
    assert values[change.strengths.index(change.neutral)] == clean > 0.9
    assert min(values[0], values[-1]) < clean - 0.3
    for strength, value in zip(change.strengths, values, strict=True):
        said = model.logits(change.apply(images.images, strength)).argmax(axis=1)
        assert value == (said == images.labels).mean()


def test_attacks_begin_at_no_epsilon_and_the_stronger_is_stronger(model: NumpyModel, images: ImageDataset) -> None:
    fgsm, pgd = (measure(model, images, f"attack/{name}") for name in ATTACKS)
    sample = attacked_sample(images)
    clean = (model.logits(sample.images).argmax(axis=1) == sample.labels).mean()
    assert fgsm[0] == pgd[0] == clean
    assert all(later <= earlier for earlier, later in pairwise(pgd))
    half = EPSILONS.index(0.1)
    assert pgd[half] <= fgsm[half] < clean - 0.5


def test_an_attack_comes_in_parts_that_a_stop_does_not_wait_for(model: NumpyModel, images: ImageDataset) -> None:
    parts = parts_of(("attack/fgsm", "change/shift", "attack/pgd"), images)
    attacked = [part for part in parts if part.name == "attack/pgd"]
    assert sorted((part.place, part.start) for part in attacked) == [
        (p, s) for p in range(7) for s in (0, 50, 100, 150)
    ]
    sample = attacked_sample(images).subset(np.arange(150, 200))
    ink = pgd(model, ink_of(sample.images), sample.labels, EPSILONS[2], 150)
    said = measure_part(model, images, Part("attack/pgd", 2, 150))
    assert said == ((logits(model, ink).argmax(axis=1) == sample.labels).sum(), 50)
    # Of 230 images the last part has fewer, and counts for less.
    found = gathered(
        [Part("attack/pgd", 1), Part("attack/pgd", 1, 50), Part("change/shift")], [(40, 50), (0, 30), (0.5,)]
    )
    assert (found["attack/pgd"][1], found["change/shift"]) == (0.5, (0.5,))


def test_what_is_kept_is_read_and_what_is_damaged_is_left_out(tmp_path: Path, images: ImageDataset) -> None:
    path = results_path(tmp_path / "cache", run_id="a-run", version="1", images=images)
    assert read_results(path) == {}
    whole = {"mnist_c/fog": (0.5,), "change/blur": (0.5,) * len(CHANGES["blur"].strengths)}
    write_results(path, whole)
    assert read_results(path) == whole
    broken = {"mnist_c/stripe": (1.5,), "change/shift": (0.5,), "attack/pgd": ("0.1",) * len(EPSILONS), "other/x": (1,)}
    write_results(path, whole | broken)  # type: ignore[arg-type]
    assert read_results(path) == whole
    for text in ("", "[]", "{", '{"mnist_c/fog": 3}'):
        path.write_text(text, encoding="utf-8")
        assert read_results(path) == {}
    others = {results_path(tmp_path, run_id=a, version=b, images=images) for a in "xy" for b in "12"}
    assert len(others) == 4
