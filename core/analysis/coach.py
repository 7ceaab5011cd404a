"""The coach: what the numbers of a run say about it, in one sentence, and one thing to do.

Rules are asked in order, the worst first. Each looks at numbers of the run alone; its settings only decide what to try.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from core.analysis.advice import Action, Advice, Seen, Symptom
from core.analysis.percent import percent
from core.analysis.usual_rates import FAR, lower_rate, rounded_rate, usual_rate
from core.config import TrainConfig, setting_range
from core.errors import is_divergence
from core.runs.records import EpochMetrics
from core.runs.status import RunStatus

ONE_CLASS = 0.99
JUMP = 1.5
"""Times the loss that a training run begins with: it only goes up so far where steps are too long."""
WORSE = 1.2
SLOW = 0.6
GAP = 0.05
BY_HEART = 0.97
IMPROVED = 0.05
NEGLIGIBLE = 0.01
"""A validation loss that leaves nothing to gain, however fast it falls: 99% for every label."""
FEW_IMAGES = 5_000
POOR = 0.93


def advise(seen: Seen) -> Advice | None:
    """What to say about a run; None where its numbers say nothing yet.

    Nor is there anything to say of a run that failed for reasons of its own, such as a worker that was lost.
    """
    if seen.status is RunStatus.FAILED and not is_divergence(seen.error):
        return None
    rules = (_diverged, *_WITH_EPOCHS) if seen.epochs else (_diverged, _stopped_at_once, _trained_before)
    return next((advice for rule in rules if (advice := rule(seen)) is not None), None)


def complaints(seen: Seen) -> tuple[Advice, ...]:
    """All that is wrong with a run that has ended, the worst first; where it learned nothing, that alone."""
    if seen.epochs and seen.status.can_continue and not any(epoch.complete for epoch in seen.epochs):
        worst = _stopped_at_once(seen)
    else:
        worst = _diverged(seen) or (
            _learned_nothing(replace(seen, status=RunStatus.COMPLETED)) if seen.epochs else None
        )
    if worst is not None or not seen.epochs:
        return (worst,) if worst is not None else ()
    # What ended a run before its last epoch changes nothing of what its epochs say.
    ended = replace(seen, status=RunStatus.COMPLETED)
    return tuple(advice for rule in _COMPLAINTS if (advice := rule(ended)) is not None)


def _diverged(seen: Seen) -> Advice | None:
    if not is_divergence(seen.error):
        return None
    rate = seen.config.learning_rate
    sentence = f"It learned nothing: the loss grew without bound. A learning rate of {rate:g} is too high here."
    return _with_rate(Symptom.DIVERGED, sentence, seen.config, lower_rate(seen.config))


def _stopped_at_once(seen: Seen) -> Advice | None:
    if not seen.status.can_continue:
        return None
    sentence = "It was stopped before it could learn anything."
    return Advice(Symptom.BARELY_BEGUN, sentence, "Continue", Action.CONTINUE)


def _learned_nothing(seen: Seen) -> Advice | None:
    """No better than the answer that is most often correct, give or take what chance allows.

    Of so few validation images that it could get all of them right by chance, they say nothing.
    """
    best = max(seen.epochs, key=lambda epoch: epoch.val_accuracy)
    images = max(1, int(best.confusion.sum()))
    chance = float(best.confusion.sum(axis=1).max()) / images
    lucky = chance + 3 * math.sqrt(chance * (1 - chance) / images)
    if lucky >= 1 or best.val_accuracy > lucky:
        return None
    if not best.complete and seen.status.can_continue:
        return _stopped_at_once(seen)
    if seen.status.is_active and len(seen.epochs) < 2 and not _jumps(seen.epochs[0]):
        return None
    kept = seen.kept
    answers = kept.confusion.sum(axis=0)
    favourite = int(answers.argmax())
    if answers[favourite] >= ONE_CLASS * answers.sum():
        symptom, name = Symptom.ONE_CLASS, seen.class_names[favourite]
        what = f"it reads every image as “{name}”, and {percent(kept.val_accuracy)} of them are"
    else:
        symptom, what = Symptom.GUESSING, f"{percent(kept.val_accuracy)} correct is no better than guessing"
    verb = "has learned" if seen.status.is_active else "learned"
    cause, button, change = _cause(seen)
    return _train(symptom, f"It {verb} nothing: {what}. {cause}", button, seen.config, **change)


def _cause(seen: Seen) -> tuple[str, str, dict[str, Any]]:
    """Why a network learns nothing, and what to change."""
    config, usual = seen.config, usual_rate(seen.config)
    lower, higher = lower_rate(config), max(usual, rounded_rate(config.learning_rate * 10))
    if config.initialisation == "zeros" and config.hidden_widths:
        return "All weights start at 0, so all units stay identical.", "Start at random", {"initialisation": "auto"}
    if config.label_noise >= 0.5:
        return "Most of its training labels are wrong.", "Train on correct labels", {"label_noise": 0.0}
    if config.learning_rate > FAR * usual or _jumps(seen.epochs[0]):
        return f"A learning rate of {config.learning_rate:g} is too high.", *_rate_change(lower)
    return f"A learning rate of {config.learning_rate:g} is too low for so few steps.", *_rate_change(higher)


def _rate_too_high(seen: Seen) -> Advice | None:
    """The loss has shot up at first, or does so between epochs although nothing is known by heart yet."""
    losses, last = [epoch.val_loss for epoch in seen.epochs], seen.epochs[-1]
    wavers = last.val_loss > WORSE * min(losses)
    if last.train_accuracy >= BY_HEART or not (wavers or _jumps(seen.epochs[0])):
        return None
    sentence = f"The loss jumps up instead of falling: a learning rate of {seen.config.learning_rate:g} is too high."
    return _with_rate(Symptom.RATE_TOO_HIGH, sentence, seen.config, lower_rate(seen.config))


def _rate_too_low(seen: Seen) -> Advice | None:
    """The loss is still near where it began, and has done nothing but fall."""
    start, last, usual = float(seen.epochs[0].batch_losses[:1].sum()), seen.epochs[-1], usual_rate(seen.config)
    if seen.status.is_active or last.train_loss < SLOW * start or seen.config.learning_rate * FAR > usual:
        return None
    sentence = f"The loss falls, but slowly: a learning rate of {seen.config.learning_rate:g} is too low."
    return _with_rate(Symptom.RATE_TOO_LOW, sentence, seen.config, usual)


def _trained_before(seen: Seen) -> Advice | None:
    if not seen.twin:
        return None
    seed = seen.config.seed + 1 if seen.config.seed < setting_range("seed")[1] else 0
    sentence = (
        f"These settings have already been trained as {seen.twin}: on the same machine, the same seed and number of "
        "threads give the same numbers."
    )
    return _train(Symptom.SAME_RUN, sentence, f"Train with seed {seed}", seen.config, seed=seed)


def _knows_by_heart(seen: Seen) -> Advice | None:
    """Far better on the images that it trained on than on others: few images, or too much freedom."""
    kept, config = seen.kept, seen.config
    if seen.status.is_active or kept.train_accuracy - kept.val_accuracy < GAP:
        return None
    shares = f"{percent(kept.train_accuracy)} of the training images against {percent(kept.val_accuracy)} of others"
    count = _training_images(seen)
    more = min(seen.images, 10 * count)
    if count < FEW_IMAGES and more > 1.5 * count and config.label_noise == 0:
        sentence = f"{count:,} images are too few: it reads {shares}."
        button = f"Train on {more:,} images"
        return _train(Symptom.TOO_FEW_IMAGES, sentence, button, config, training_size=more)
    sentence = f"It overfits: it reads {shares}."
    if config.backend == "numpy" or config.augments:
        dropout = min(0.5, max(0.2, config.dropout + 0.1))
        return _train(Symptom.OVERFITS, sentence, f"Train with {dropout:.0%} dropout", config, dropout=dropout)
    moved = {"rotation": 10.0, "shift": 1.5, "zoom": 0.1}
    return _train(Symptom.OVERFITS, sentence, "Train with augmentation", config, **moved)


def _past_best(seen: Seen) -> Advice | None:
    """The validation loss has been rising for a while."""
    losses = [epoch.val_loss for epoch in seen.epochs]
    best, since = int(np.argmin(losses)) + 1, len(losses) - 1 - int(np.argmin(losses))
    if seen.config.patience or since < (3 if seen.status.is_active else 2) or losses[-1] < (1 + IMPROVED) * min(losses):
        return None
    sentence = f"Epoch {best} was the best: since then the validation loss has risen from {min(losses):.3f} to "
    button = "Train with early stopping"
    return _train(Symptom.PAST_BEST, f"{sentence}{losses[-1]:.3f}.", button, seen.config, patience=3)


def _still_improving(seen: Seen) -> Advice | None:
    """The last third of its epochs has brought the validation loss down by a good part."""
    losses, epochs = [epoch.val_loss for epoch in seen.epochs], seen.config.epochs
    most = int(setting_range("epochs")[1])
    before = losses[-1 - max(1, len(losses) // 3)] if len(losses) > 1 else math.inf
    is_falling = NEGLIGIBLE < losses[-1] <= (1 - IMPROVED) * before
    if not is_falling:
        return None
    if seen.status.can_continue and seen.epochs[-1].position < epochs:
        sentence = "It was still improving when it was stopped: the rest of its epochs should help."
        return Advice(Symptom.STILL_IMPROVING, sentence, "Continue", Action.CONTINUE)
    if seen.status is not RunStatus.COMPLETED or epochs == most:
        return None
    more = min(most, 2 * epochs)
    sentence = "It was still improving when it ended: more epochs should help."
    return _train(Symptom.STILL_IMPROVING, sentence, f"Train for {more} epochs", seen.config, epochs=more)


def _underfits(seen: Seen) -> Advice | None:
    """It does not even read the images that it trains on, and gets no better at it."""
    kept, config = seen.kept, seen.config
    if seen.status.is_active or max(kept.train_accuracy, kept.val_accuracy) > POOR:
        return None
    sentence = f"It underfits: it reads only {percent(kept.train_accuracy)} even of the images that it trains on."
    if config.dropout >= 0.3:
        return _train(Symptom.UNDERFITS, sentence, "Train without dropout", config, dropout=0.0)
    larger: dict[str, Any] = {"architecture": "mlp"} if config.architecture == "linear" else {}
    size = min(1024, max(128, 2 * max(config.hidden_widths, default=0)))
    larger |= {"hidden_size": size, "widths": "", "hidden_layers": max(1, len(config.hidden_widths))}
    # The weights of another run fit no other shape.
    larger["start_from"] = ""
    return _train(Symptom.UNDERFITS, sentence, "Train a larger network", config, **larger)


def _goes_well(seen: Seen) -> Advice | None:
    kept = seen.kept
    if seen.status.is_active:
        sentence = f"It is learning: {percent(kept.val_accuracy)} of the validation images after epoch {kept.epoch}."
        return Advice(Symptom.LEARNING, sentence, "Draw for this network", Action.DRAW)
    sentence = f"It has learned what it can with these settings: {percent(kept.val_accuracy)} of the validation images."
    return Advice(Symptom.FINE, sentence, "See what it gets wrong", Action.ERRORS)


_WITH_EPOCHS: tuple[Callable[[Seen], Advice | None], ...] = (
    _learned_nothing,
    _rate_too_high,
    _rate_too_low,
    _trained_before,
    _past_best,
    _knows_by_heart,
    _still_improving,
    _underfits,
    _goes_well,
)


_COMPLAINTS = (_rate_too_high, _rate_too_low, _past_best, _knows_by_heart, _still_improving, _underfits)


def _jumps(first: EpochMetrics) -> bool:
    """Whether the loss rose far above where it began, within the first epoch."""
    losses = first.batch_losses
    return len(losses) > 1 and not float(losses.max()) <= JUMP * float(losses[0])


def _training_images(seen: Seen) -> int:
    """What the run had: whole batches tell it to within one."""
    return min(seen.config.training_size, seen.epochs[0].steps_per_epoch * seen.config.batch_size)


def _rate_change(rate: float) -> tuple[str, dict[str, Any]]:
    return f"Train at {rate:g}", {"learning_rate": rate}


def _with_rate(symptom: Symptom, sentence: str, config: TrainConfig, rate: float) -> Advice:
    return _train(symptom, sentence, f"Train at {rate:g}", config, learning_rate=rate)


def _train(symptom: Symptom, sentence: str, button: str, config: TrainConfig, **changes: Any) -> Advice:
    return Advice(symptom, sentence, button, Action.TRAIN, config.replace(**changes))
