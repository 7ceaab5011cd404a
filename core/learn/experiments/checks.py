"""The rules: runs and measurements → checks, one for each part of a claim."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from core.learn.experiments.measures import ClassCounts, GradientNoise, LoaderTiming, SortedTraining
from core.learn.experiments.profiles import Centring, LayerPortraits
from core.learn.experiments.records import (
    Check,
    Measurement,
    accuracy_of,
    clearly_above,
    differs,
    diverged,
    recalls,
    updates,
)
from core.runs.records import Run

CONVERGENCE = 2.0
EVEN = 4 / 3
BIAS = 0.05
SLOWER = 1.5
OVERFIT = 0.05
REMEDY = 0.9
CENTRED = 0.95
LARGEST_SIDE = 20


def judge_batch_size(runs: Sequence[Run], measured: Measurement | None) -> tuple[Check, ...]:
    """Small batches first."""
    assert isinstance(measured, GradientNoise)
    small, large = runs[0], runs[-1]
    noise, memory = measured.noise, measured.memory
    return (
        Check(
            bool((np.diff(noise) < 0).all()),
            f"A larger batch points more truly: its gradient is off by {noise[-1]:.0%}, that of a small one by "
            f"{noise[0]:.0%}.",
        ),
        Check(
            bool((np.diff(memory) > 0).all()),
            f"It takes more memory: {memory[-1] / 1e6:.2f} MB a step instead of {memory[0] / 1e6:.2f} MB.",
        ),
        Check(
            updates(small) > updates(large),
            f"Small batches give more updates: {updates(small):,} instead of {updates(large):,}.",
        ),
        _above("After as many epochs, small batches generalise better", small, large),
        Check(
            small.seconds > large.seconds,
            f"Small batches take longer: {small.seconds:.1f} s instead of {large.seconds:.1f} s.",
        ),
    )


def judge_learning_rate(runs: Sequence[Run], _: Measurement | None) -> tuple[Check, ...]:
    """Convergence and generalisation, each if it differs at all."""
    losses = [float("inf") if diverged(run) or not run.epochs else run.epochs[-1].train_loss for run in runs]
    best, worst = max(runs, key=accuracy_of), min(runs, key=accuracy_of)
    rates = f"{best.config.learning_rate:g} reaches {accuracy_of(best):.1%}, {worst.config.learning_rate:g} "
    return (
        Check(
            max(losses) >= CONVERGENCE * min(losses),
            f"It decides on convergence: training losses end between {min(losses):.3g} and {max(losses):.3g}.",
        ),
        Check(
            clearly_above(best, worst),
            f"It decides on generalisation: a rate of {rates}{accuracy_of(worst):.1%}.",
        ),
    )


def judge_size(runs: Sequence[Run], _: Measurement | None) -> tuple[Check, ...]:
    """Four widths, then one, two and four layers of 100."""
    widths, depths = runs[:4], (runs[2], *runs[4:])
    wider = (
        _above(f"{wide.config.widths} units beat {narrow.config.widths}", wide, narrow)
        for narrow, wide in pairwise(widths)
    )
    deeper = (
        _above(f"{len(deep.config.hidden_widths)} hidden layers beat {len(flat.config.hidden_widths)}", deep, flat)
        for flat, deep in pairwise(depths)
    )
    return (*wider, *deeper)


def judge_shuffle(runs: Sequence[Run], measured: Measurement | None) -> tuple[Check, ...]:
    """Shuffled, in the order of the file, sorted."""
    assert isinstance(measured, SortedTraining)
    shuffled, in_order = runs
    count = shuffled.environment.validation_images
    return (
        _above("Shuffling beats MNIST’s own order, which is mixed already", shuffled, in_order),
        Check(
            differs(accuracy_of(shuffled), measured.accuracy, count, measured.images),
            f"Shuffling beats images sorted by label: {accuracy_of(shuffled):.1%} against {measured.accuracy:.1%}, "
            f"which reads {measured.favourite_share:.0%} of all digits as a {measured.favourite}.",
        ),
    )


def judge_relu(runs: Sequence[Run], _: Measurement | None) -> tuple[Check, ...]:
    """With ReLU, without, and without hidden layers."""
    bent, straight, flat = runs
    is_same = not clearly_above(straight, flat)
    return (
        _above("Two hidden layers with ReLU beat two without", bent, straight),
        Check(
            is_same,
            f"Without it, hidden layers are worth {'nothing' if is_same else 'something'}: "
            f"{accuracy_of(straight):.1%}, and {accuracy_of(flat):.1%} with no hidden layer at all.",
        ),
    )


def judge_loader(_: Sequence[Run], measured: Measurement | None) -> tuple[Check, ...]:
    """Right, and at what price."""
    assert isinstance(measured, LoaderTiming)
    (_first, slices), (_second, plain), (_third, transforming) = measured.ways
    right = measured.complete and measured.reordered
    return (
        Check(right, f"It {'gives' if right else 'does not give'} every image once a pass, in a new order each time."),
        Check(
            plain <= SLOWER * slices,
            f"It is as quick as slicing one tensor: a pass takes {plain / slices:.1f} × the time, and "
            f"{transforming / slices:.1f} × where each image is transformed by itself.",
        ),
    )


def judge_layers(_: Sequence[Run], measured: Measurement | None) -> tuple[Check, ...]:
    """Edges below, loops above."""
    assert isinstance(measured, LayerPortraits)
    first, second = len(measured.first), len(measured.by_loops)
    return (
        Check(
            2 * measured.local_units >= first,
            f"Layer 1 sees edges: {measured.local_units} of its {first} units look at one small place; the others "
            "spread over the whole digit.",
        ),
        Check(
            10 * measured.loop_units >= second,
            f"Layer 2 sees loops: {measured.loop_units} of its {second} units tell closed loops apart, and do so "
            "better than they tell any one digit.",
        ),
    )


def judge_balance(runs: Sequence[Run], measured: Measurement | None) -> tuple[Check, ...]:
    """Counts, then what an even and an uneven training do to the worst digit."""
    assert isinstance(measured, ClassCounts)
    even, uneven = map(recalls, runs)
    count = runs[0].environment.validation_images // len(even)
    return (
        Check(
            measured.ratio <= EVEN,
            f"The classes are about even: the largest has {measured.ratio:.2f} × the images of the smallest.",
        ),
        Check(
            bool(even.mean() - even.min() <= BIAS),
            f"An even training has no favourites: its worst digit, {even.argmin()}, is read rightly in "
            f"{even.min():.1%}, the average in {even.mean():.1%}.",
        ),
        Check(
            differs(float(even[-1]), float(uneven[-1]), count, count),
            f"An uneven one has: with a hundredth of its images left, the {len(even) - 1} falls from {even[-1]:.1%} "
            f"to {uneven[-1]:.1%}.",
        ),
    )


def judge_centring(_: Sequence[Run], measured: Measurement | None) -> tuple[Check, ...]:
    """By mass, by box, and of one size."""
    assert isinstance(measured, Centring)
    by_mass, by_box = (float((offsets <= 1).mean()) for offsets in (measured.mass_offsets, measured.box_offsets))
    sized = float((measured.longest_sides == LARGEST_SIDE).mean())
    return (
        Check(by_mass >= CENTRED, f"Centred by mass: {by_mass:.1%} of all digits lie within one pixel."),
        Check(by_box >= CENTRED, f"Centred by their outline: {by_box:.1%} lie within one pixel."),
        Check(sized >= CENTRED, f"Brought to one size: the longest side of {sized:.1%} is {LARGEST_SIDE} pixels."),
    )


def judge_overfitting(runs: Sequence[Run], _: Measurement | None) -> tuple[Check, ...]:
    """Without a remedy first."""
    bare, *treated = runs
    last = bare.epochs[-1]
    gap = last.train_accuracy - last.val_accuracy
    remedies = ("Dropout", "Weight decay", "Augmentation")
    return (
        Check(
            gap >= OVERFIT,
            f"Without a remedy it overfits: {last.train_accuracy:.1%} on what it has seen, {last.val_accuracy:.1%} on "
            "what it has not.",
        ),
        *(
            Check(
                run.epochs[-1].val_loss <= REMEDY * last.val_loss,
                f"{name} helps: a validation loss of {run.epochs[-1].val_loss:.3f} instead of {last.val_loss:.3f}, "
                f"and {accuracy_of(run):.1%} right.",
            )
            for name, run in zip(remedies, treated, strict=True)
        ),
    )


def judge_start(runs: Sequence[Run], _: Measurement | None) -> tuple[Check, ...]:
    """He, ±0.5, zeros."""
    he, uniform, zeros = runs
    return (
        _above("Random weights within ±0.5 beat zeros", uniform, zeros),
        _above("Random weights by He’s rule beat zeros", he, zeros),
    )


def judge_scaling(runs: Sequence[Run], _: Measurement | None) -> tuple[Check, ...]:
    """0–255 first."""
    raw, zero_one, minus_one_one, _standard = runs
    return (
        _above("Pixels from 0 to 1 beat pixels from 0 to 255", zero_one, raw),
        _above("Pixels from −1 to 1 beat pixels from 0 to 255", minus_one_one, raw),
    )


def _above(words: str, one: Run, other: Run) -> Check:
    holds = clearly_above(one, other)
    close = "" if holds or accuracy_of(one) < accuracy_of(other) else ", no more than chance"
    return Check(holds, f"{words}: {accuracy_of(one):.1%} against {accuracy_of(other):.1%}{close}.")
