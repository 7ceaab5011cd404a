"""How much a network still reads: accuracy by strength, by corruption and by ε."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.analysis.accuracy import share_correct
from core.atomic import write_atomically
from core.corruptions.attacks import ATTACKS, EPSILONS
from core.corruptions.changes import CHANGES
from core.corruptions.combination import Combination
from core.corruptions.mnist_c import CORRUPTIONS
from core.data.dataset import ImageDataset
from core.errors import DataError
from core.explain.gradients import ink_of, logits
from core.explain.sample import fixed_sample
from core.models.numpy_model import NumpyModel
from core.stopping import ShouldStop, never

SAMPLE = 1_000
"""Test images on which a page measures: a share has a 95% interval of at most ± 3.1 points."""
_ATTACKED, _AT_ONCE = 250, 50
"""Images that are attacked, and of those how many at one go: of a CNN they take less than a second."""
CHANGE, MNIST_C, ATTACK, TOGETHER = "change", "mnist_c", "attack", "together"
"""Kinds of measurements; ``kind/name`` is one of them."""
Results = Mapping[str, tuple[float, ...]]
"""Accuracies 0–1 by measurement: a number for each strength or ε, and one for a corruption or a combination."""
_MOST_COMBINATIONS = 200
"""Of which results are kept in a file, the newest."""


def measure(model: NumpyModel, images: ImageDataset, name: str) -> tuple[float, ...]:
    """Accuracies of a network on changed images.

    Parameters
    ----------
    images
        At least one. Attacks take fewer of them, see :func:`attacked_sample`: they cost a gradient for each step.
    name
        ``change/shift``, ``mnist_c/fog``, ``attack/pgd``, ``together/rotation:15,noise:0.2``, …
    """
    parts = parts_of((name,), images)
    return gathered(parts, [measure_part(model, images, part) for part in parts])[name]


@dataclass(frozen=True)
class Part:
    """What is measured at one go; a stop waits for no more than one.

    Parameters
    ----------
    name
        As for :func:`measure`.
    place, start
        Of an attack: which ε, and the first of the images that are attacked.
    """

    name: str
    place: int = 0
    start: int = 0


def parts_of(names: Iterable[str], images: ImageDataset) -> tuple[Part, ...]:
    """What these measurements come in: a change or a corruption in one part, an attack in many."""
    starts = range(0, min(_ATTACKED, len(images)), _AT_ONCE)
    parts: list[Part] = []
    for name in names:
        if name.partition("/")[0] == ATTACK:
            parts += (Part(name, place, start) for place in range(len(EPSILONS)) for start in starts)
        else:
            parts.append(Part(name))
    return tuple(parts)


def measure_part(
    model: NumpyModel, images: ImageDataset, part: Part, should_stop: ShouldStop = never
) -> tuple[float, ...]:
    """One part of a measurement: its accuracies, or of attacked images how many are read correctly, and of how many."""
    kind, _, which = part.name.partition("/")
    if kind == CHANGE:
        return _by_strength(model, images, which, should_stop)
    if kind == MNIST_C:
        return _corrupted(model, images, which)
    if kind == TOGETHER:
        return (share_correct(model.logits(Combination.parse(which).apply(images.images)), images.labels),)
    sample = attacked_sample(images)
    chunk = sample.subset(np.arange(part.start, min(part.start + _AT_ONCE, len(sample))))
    attacked = ATTACKS[which].function(model, ink_of(chunk.images), chunk.labels, EPSILONS[part.place], part.start)
    return float((logits(model, attacked).argmax(axis=1) == chunk.labels).sum()), float(len(chunk))


def gathered(parts: Sequence[Part], found: Sequence[tuple[float, ...]]) -> dict[str, tuple[float, ...]]:
    """Accuracies by measurement, out of what the parts gave."""
    results: dict[str, tuple[float, ...]] = {}
    counted: dict[str, NDArray[np.float64]] = {}
    for part, numbers in zip(parts, found, strict=True):
        if part.name.partition("/")[0] == ATTACK:
            counted.setdefault(part.name, np.zeros((len(EPSILONS), 2)))[part.place] += numbers
        else:
            results[part.name] = numbers
    return results | {
        name: tuple((read / np.maximum(of, 1)).tolist()) for name, (read, of) in ((n, c.T) for n, c in counted.items())
    }


def together_names(combination: Combination) -> tuple[str, ...]:
    """Measurements that show what changes cost together: none, each alone, and all; neutral ones are left out."""
    effective = combination.effective
    wanted = (Combination(), *effective.alone, effective)
    return tuple(dict.fromkeys(f"{TOGETHER}/{each.text}" for each in wanted))


def corrupted_accuracy(model: NumpyModel, images: ImageDataset, name: str, severity: int | None = None) -> float:
    """The share of images that is read correctly under a corruption of MNIST-C, 0–1."""
    corrupted = CORRUPTIONS[name].apply(images.images, severity)
    return share_correct(model.logits(corrupted), images.labels)


def attacked_sample(images: ImageDataset) -> ImageDataset:
    """At most 250 of them, on which attacks are measured."""
    return fixed_sample(images, _ATTACKED)


def results_path(folder: Path, *, run_id: str, version: str, images: ImageDataset) -> Path:
    """Where results of a run’s weights on these images are kept."""
    digest = hashlib.sha256(f"{run_id} {version} {images.digest}".encode()).hexdigest()[:16]
    return folder / f"robustness-{digest}.json"


def read_results(path: Path) -> dict[str, tuple[float, ...]]:
    """Results kept by :func:`write_results`; those that cannot be read, or are of other strengths, are left out."""
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
        counts = _counts() | {name: 1 for name in plain if _is_combination(name)}
        return {name: tuple(plain[name]) for name, count in counts.items() if _is_whole(plain.get(name), count)}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def write_results(path: Path, results: Results) -> None:
    """Keep results for the next start. A disk that refuses costs the time of computing them again."""
    combinations = [name for name in results if name.startswith(f"{TOGETHER}/")]
    results = {name: values for name, values in results.items() if name not in combinations[:-_MOST_COMBINATIONS]}
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps(results).encode())


def _by_strength(model: NumpyModel, images: ImageDataset, name: str, should_stop: ShouldStop) -> tuple[float, ...]:
    change = CHANGES[name]
    changed = (change.apply(images.images, strength) for strength in change.strengths)
    return tuple(share_correct(model.logits(each, should_stop), images.labels) for each in changed)


def _corrupted(model: NumpyModel, images: ImageDataset, name: str) -> tuple[float, ...]:
    return (corrupted_accuracy(model, images, name),)


def _counts() -> dict[str, int]:
    """How many numbers each measurement has."""
    return (
        {f"{CHANGE}/{name}": len(change.strengths) for name, change in CHANGES.items()}
        | {f"{MNIST_C}/{name}": 1 for name in CORRUPTIONS}
        | {f"{ATTACK}/{name}": len(EPSILONS) for name in ATTACKS}
    )


def _is_combination(name: str) -> bool:
    kind, _, which = name.partition("/")
    try:
        return kind == TOGETHER and Combination.parse(which).text == which
    except DataError:
        return False


def _is_whole(values: object, count: int) -> bool:
    """Whether these are as many shares as there should be."""
    return isinstance(values, list) and len(values) == count and all(_is_share(value) for value in values)


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and 0 <= value <= 1
