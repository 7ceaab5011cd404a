"""What the doctor finds: the complaints of the coach with their numbers, and what only weights and images show."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np

from core.analysis.advice import Advice, Seen, Symptom
from core.analysis.coach import POOR, complaints
from core.analysis.doctor.diagnosis import Diagnosis
from core.analysis.doctor.patient import Patient
from core.analysis.percent import percent
from core.analysis.usual_rates import FAR, lower_rate, usual_rate
from core.config import TrainConfig, setting_range
from core.runs.status import RunStatus

MANY_DEAD = 0.25
"""Part of a layer's units; a few are dead in most networks with ReLU."""
VANISHED = 1 / 30
"""Gradient of the first dense layer as a part of the last one's; a third or a tenth is usual, of a CNN's as well."""
FEW_STEPS = 200
SMALL_BATCH = 64
LEAK = 0.01
UNEVEN = 5.0
"""Times as many images as the rarest class has."""
NEGLECTED = 0.05
"""By which the rarest class is read worse than all."""
_MOST_NAMED = 6
_SHAPE = frozenset({"architecture", "hidden_size", "hidden_layers", "filters", "widths", "batch_norm"})

_EXPLAINED_BY: Mapping[Symptom, frozenset[Symptom]] = MappingProxyType(
    {
        Symptom.UNDERFITS: frozenset({Symptom.RATE_TOO_HIGH, Symptom.RATE_TOO_LOW, Symptom.BATCH_TOO_LARGE}),
        Symptom.PAST_BEST: frozenset({Symptom.RATE_TOO_HIGH}),
        Symptom.STILL_IMPROVING: frozenset({Symptom.RATE_TOO_HIGH, Symptom.RATE_TOO_LOW}),
        Symptom.GUESSING: frozenset({Symptom.VANISHING_GRADIENTS, Symptom.BATCH_TOO_LARGE}),
        Symptom.ONE_CLASS: frozenset({Symptom.VANISHING_GRADIENTS}),
    }
)
"""What another diagnosis is the cause of; it goes without saying then."""


def diagnose(patient: Patient) -> tuple[Diagnosis, ...]:
    """Everything that is wrong with a run that has ended, what to change first at the top; empty where nothing is."""
    found = [_with_numbers(advice, patient.seen) for advice in complaints(patient.seen)]
    found += [diagnosis for rule in _RULES if (diagnosis := rule(patient)) is not None]
    symptoms = {diagnosis.symptom for diagnosis in found}
    left = (one for one in found if not _EXPLAINED_BY.get(one.symptom, frozenset()) & symptoms)
    return tuple(_complete(patient.seen, one) for one in left)


def _complete(seen: Seen, found: Diagnosis) -> Diagnosis:
    """With changes that are some, or with what to do instead."""
    changes = _usable(seen.config, found.changes)
    return replace(found, changes=changes, instead="" if changes else _instead(seen, found.symptom))


def _instead(seen: Seen, symptom: Symptom) -> str:
    """Why no setting is to be changed, and what helps."""
    if symptom in (Symptom.STILL_IMPROVING, Symptom.BARELY_BEGUN):
        way = "continue the run" if seen.status.can_continue else "train again with the same settings"
        return f"No setting has to change: {way}."
    return _NO_SETTING.get(symptom, "The settings that could help are already as far as they usually do.")


_NO_SETTING: Mapping[Symptom, str] = MappingProxyType(
    {
        Symptom.TOO_FEW_IMAGES: "Only more training images would help.",
        Symptom.OVERFITS: "The settings against overfitting are in use already: only more training images would help.",
        Symptom.UNDERFITS: "It is as large already as it usually has to be: other settings or cleaner images may help.",
        Symptom.VALIDATION_LEAK: (
            "No setting separates the copies, which are not next to each other: import the images again without them."
        ),
        Symptom.IMBALANCE: (
            "Training images are shifted, rotated and zoomed already: only more images of the rare class would help."
        ),
    }
)


def _usable(config: TrainConfig, changes: Mapping[str, Any]) -> dict[str, Any]:
    """What of the changes is one, as a config takes it; the weights of another run fit no other shape."""
    fresh = {"start_from": ""} if config.start_from and not _SHAPE.isdisjoint(changes) else {}
    return _difference(config, config.replace(**dict(changes) | fresh)) if changes else {}


def _with_numbers(advice: Advice, seen: Seen) -> Diagnosis:
    """A complaint of the coach, with the numbers that it rests on."""
    changes = {} if advice.config is None else _difference(seen.config, advice.config)
    if advice.symptom is Symptom.STILL_IMPROVING and seen.epochs[-1].position < seen.config.epochs:
        # Its own epochs are more than it had: somebody stopped it, or early stopping did.
        is_over = seen.status is RunStatus.COMPLETED and seen.config.patience
        changes = {"patience": min(int(setting_range("patience")[1]), 2 * seen.config.patience)} if is_over else {}
    numbers = _NUMBERS.get(advice.symptom)
    return Diagnosis(advice.symptom, f"{advice.sentence} {numbers(seen)}" if numbers else advice.sentence, changes)


def _difference(before: TrainConfig, after: TrainConfig) -> dict[str, Any]:
    values = after.model_dump()
    return {name: value for name, value in values.items() if value != getattr(before, name)}


def _losses(seen: Seen) -> str:
    """Validation losses in order, those in the middle of a long run left out."""
    losses = [f"{epoch.val_loss:.3f}" for epoch in seen.epochs]
    if len(losses) > _MOST_NAMED:
        losses = [losses[0], "…", *losses[2 - _MOST_NAMED :]]
    return f"Validation loss by epoch: {', '.join(losses)}."


def _first_losses(seen: Seen) -> str:
    losses = seen.epochs[0].batch_losses
    if not len(losses):
        return _losses(seen)
    return (
        f"In its first epoch the training loss began at {losses[0]:.2f} and rose to {losses.max():.2f}. {_losses(seen)}"
    )


def _slow_fall(seen: Seen) -> str:
    first, last = seen.epochs[0], seen.epochs[-1]
    start = float(first.batch_losses[0]) if len(first.batch_losses) else first.train_loss
    return f"The training loss went from {start:.3f} to {last.train_loss:.3f} in {_steps(seen):,} steps."


def _gap(seen: Seen) -> str:
    gap = 100 * (seen.kept.train_accuracy - seen.kept.val_accuracy)
    return f"After epoch {seen.kept.epoch} they are {gap:.2f} percentage points apart."


def _both(seen: Seen) -> str:
    return f"Of the validation images, it reads {percent(seen.kept.val_accuracy)}."


_NUMBERS: Mapping[Symptom, Callable[[Seen], str]] = MappingProxyType(
    {
        Symptom.RATE_TOO_HIGH: _first_losses,
        Symptom.RATE_TOO_LOW: _slow_fall,
        Symptom.OVERFITS: _gap,
        Symptom.TOO_FEW_IMAGES: _gap,
        Symptom.PAST_BEST: _losses,
        Symptom.STILL_IMPROVING: _losses,
        Symptom.UNDERFITS: _both,
    }
)


def _batch_too_large(patient: Patient) -> Diagnosis | None:
    """It made few steps, each of many images, and reads not even its training images well."""
    seen, config = patient.seen, patient.seen.config
    if not seen.epochs or config.batch_size <= SMALL_BATCH or _steps(seen) >= FEW_STEPS:
        return None
    per_epoch = seen.epochs[0].steps_per_epoch
    accuracy = max(seen.kept.train_accuracy, seen.kept.val_accuracy)
    if accuracy > POOR:
        return None
    saw = (
        f"Batches of {config.batch_size:,} images make {per_epoch:,} {'step' if per_epoch == 1 else 'steps'} per "
        f"epoch, {_steps(seen):,} in all; after those, it reads {percent(accuracy)} at most."
    )
    smaller = min(SMALL_BATCH, max(16, config.batch_size // 8))
    return Diagnosis(Symptom.BATCH_TOO_LARGE, saw, {"batch_size": smaller})


def _vanishing_gradients(patient: Patient) -> Diagnosis | None:
    """The loss hardly depends on the first of several hidden layers, measured beside the last layer.

    What reaches a CNN's filters has gone through its dense layers: where it vanishes there, it does not come further.
    """
    network, config = patient.network, patient.seen.config
    if network is None or len(network.gradients) < 3 or config.initialisation == "zeros":
        return None
    first, last = network.gradients[0], network.gradients[-1]
    # A unit that is dead passes nothing on either, but that is another story.
    is_dead = any(layer.dead >= MANY_DEAD * layer.units for layer in network.layers)
    if is_dead or not 0 <= first < VANISHED * last:
        return None
    sizes = ", ".join(f"{size:.1e}" for size in network.gradients)
    what = f"{last / first:,.0f} times smaller than that of the last" if first else "0"
    where = "dense layer after the convolutions" if config.architecture == "cnn" else "layer"
    saw = (
        f"On {network.images:,} validation images the gradient of the first {where} is {what} "
        f"(root mean square from first to last: {sizes})."
    )
    return Diagnosis(Symptom.VANISHING_GRADIENTS, saw, _against_vanishing(config))


def _against_vanishing(config: TrainConfig) -> dict[str, Any]:
    if config.activation != "relu":
        return {"activation": "relu", **({} if config.initialisation == "auto" else {"initialisation": "auto"})}
    if config.initialisation not in ("auto", "he"):
        return {"initialisation": "auto"}
    if config.backend == "torch" and not config.batch_norm:
        return {"batch_norm": True}
    return {"hidden_layers": 2, "hidden_size": config.hidden_widths[0]} | ({"widths": ""} if config.widths else {})


def _dead_units(patient: Patient) -> Diagnosis | None:
    """A good part of a hidden layer has no slope on any image."""
    network, config = patient.network, patient.seen.config
    if network is None or config.initialisation == "zeros":
        return None
    dead = [
        (number, layer)
        for number, layer in enumerate(network.layers, start=1)
        if layer.dead >= max(2, MANY_DEAD * layer.units)
    ]
    if not dead:
        return None
    what = "0" if config.activation == "relu" else "saturated"
    layers = ", ".join(f"{layer.dead:,} of {layer.units:,} units of hidden layer {number}" for number, layer in dead)
    saw = f"On every one of {network.images:,} validation images, {layers} are {what}."
    return Diagnosis(Symptom.DEAD_UNITS, saw, _against_death(config))


def _against_death(config: TrainConfig) -> dict[str, Any]:
    if config.initialisation == "uniform":
        return {"initialisation": "auto"}
    if config.learning_rate >= FAR * usual_rate(config) or config.activation != "relu" or config.backend == "numpy":
        return {"learning_rate": lower_rate(config)}
    return {"batch_norm": True} if not config.batch_norm else {"learning_rate": lower_rate(config)}


def _validation_leak(patient: Patient) -> Diagnosis | None:
    """Validation images are among those that it, or a run that it started from, was trained on."""
    split, config = patient.split, patient.seen.config
    if split is None or split.copies + split.seen_before < max(1, LEAK * split.validation):
        return None
    parts, changes = [], dict[str, Any]()
    if split.copies:
        parts.append(f"{split.copies:,} are copies of its training images")
        # What was copied is mostly in a row: held out from the end, it stays together.
        changes |= {} if config.split == "in_order" else {"split": "in_order"}
    if split.seen_before:
        parts.append(f"{split.seen_before:,} were training images of the run that it started from")
        changes |= {"start_from": ""}
    saw = f"Of {split.validation:,} validation images, {' and '.join(parts)}."
    return Diagnosis(Symptom.VALIDATION_LEAK, saw, changes)


def _imbalance(patient: Patient) -> Diagnosis | None:
    """A class has far fewer training images than another, and is read worse than the rest for it."""
    split, seen = patient.split, patient.seen
    if split is None or not seen.epochs or len(split.counts) != len(seen.kept.confusion):
        return None
    shown = seen.kept.confusion.sum(axis=1)
    known = np.flatnonzero(shown)
    if len(known) < 2:
        return None
    rarest, most = int(known[split.counts[known].argmin()]), int(split.counts.argmax())
    recall = float(seen.kept.confusion[rarest, rarest] / shown[rarest])
    if split.counts[most] < UNEVEN * max(1, split.counts[rarest]) or recall > seen.kept.val_accuracy - NEGLECTED:
        return None
    names = seen.class_names
    saw = (
        f"“{names[most]}” has {split.counts[most]:,} training images, “{names[rarest]}” {split.counts[rarest]:,}: "
        f"of its validation images it reads {percent(recall)}, of all {percent(seen.kept.val_accuracy)}."
    )
    return Diagnosis(Symptom.IMBALANCE, saw, _against_imbalance(seen.config))


def _against_imbalance(config: TrainConfig) -> dict[str, Any]:
    if config.imbalance:
        return {"imbalance": 0.0}
    if config.augments:
        return {}
    # What is there of the rare class is shown in more ways, which the NumPy backend cannot.
    return {"rotation": 10.0, "shift": 1.5, "zoom": 0.1} | ({"backend": "torch"} if config.backend == "numpy" else {})


_RULES: tuple[Callable[[Patient], Diagnosis | None], ...] = (
    _batch_too_large,
    _vanishing_gradients,
    _dead_units,
    _validation_leak,
    _imbalance,
)


def _steps(seen: Seen) -> int:
    return round(seen.epochs[-1].position * seen.epochs[-1].steps_per_epoch)
