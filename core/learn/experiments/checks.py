"""The rules: results and measurements → checks, one for each part of a claim."""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from core.learn.experiments.measures import ClassCounts, GradientNoise, LoaderTiming, SortedTraining
from core.learn.experiments.profiles import Centring, LayerProfiles
from core.learn.experiments.records import Check, Measurement, updates
from core.learn.experiments.results import SEEDS_APART, Result, is_above, is_at_most, is_below

CONVERGENCE = 2.0
EQUAL_LOSS = 1.2
"""Training losses of which neither is more than this times the other count as equal."""
EVEN = 4 / 3
BIAS = 0.05
WORTHLESS = 0.02
OVERFIT = 0.05
CENTRED = 0.95
LARGEST_SIDE = 20
_SEED_ERROR = SEEDS_APART / 1.96


def check_batch_size(results: Sequence[Result], measured: Measurement | None) -> tuple[Check, ...]:
    """Small batches first; the last is the largest batch, trained as far as the smallest."""
    assert isinstance(measured, GradientNoise)
    small, *_, large, as_far = results
    noise, memory = measured.noise, measured.memory
    few, many = updates(large.run), updates(small.run)
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
        Check(many > few, f"Small batches give more updates in as many epochs: {many:,} instead of {few:,}."),
        _check_generalisation(small, as_far),
        Check(
            small.run.seconds > large.run.seconds,
            f"Small batches take longer: {small.run.seconds:.1f} s instead of {large.run.seconds:.1f} s.",
        ),
    )


def _check_generalisation(small: Result, large: Result) -> Check:
    """A network that has learned less also overfits less: only at the same training loss do the two compare."""
    low, high = sorted((small.train_loss, large.train_loss))
    losses = f"{small.train_loss:.3f} and {large.train_loss:.3f}"
    if not high <= EQUAL_LOSS * low:
        return _check(None, f"Whether small batches generalise better cannot be said: training losses are {losses}.")
    gaps = [100 * (result.train_accuracy - result.accuracy) for result in (small, large)]
    return _check(
        is_above(small.right, large.right),
        f"At equal training losses, {losses}, small batches generalise better: {small.accuracy:.1%} against "
        f"{large.accuracy:.1%}, {gaps[0]:.1f} and {gaps[1]:.1f} points behind the training images.",
    )


def check_learning_rate(results: Sequence[Result], _: Measurement | None) -> tuple[Check, ...]:
    """Convergence and generalisation, each if it differs at all."""
    losses = [result.train_loss for result in results]
    best, worst = (choose(results, key=lambda result: result.accuracy) for choose in (max, min))
    rates = [f"{result.run.config.learning_rate:g} reaches {result.accuracy:.1%}" for result in (best, worst)]
    return (
        Check(
            max(losses) >= CONVERGENCE * min(losses),
            f"It determines convergence: training losses end between {min(losses):.3g} and {max(losses):.3g}.",
        ),
        _check(
            is_above(best.right, worst.right), f"It determines generalisation: a rate of {rates[0]}, one of {rates[1]}."
        ),
    )


def check_size(results: Sequence[Result], _: Measurement | None) -> tuple[Check, ...]:
    """Four widths, then one, two and four layers of 100."""
    widths, depths = results[:4], (results[2], *results[4:])
    wider = (
        _above(f"{wide.run.config.widths} units beat {narrow.run.config.widths}", wide, narrow)
        for narrow, wide in pairwise(widths)
    )
    deeper = (
        _above(
            f"{len(deep.run.config.hidden_widths)} hidden layers beat {len(flat.run.config.hidden_widths)}", deep, flat
        )
        for flat, deep in pairwise(depths)
    )
    return (*wider, *deeper)


def check_shuffle(results: Sequence[Result], measured: Measurement | None) -> tuple[Check, ...]:
    """Shuffled, in the order of the file, sorted."""
    assert isinstance(measured, SortedTraining)
    shuffled, in_order = results
    return (
        _above("Shuffling beats MNIST’s own order, which is mixed already", shuffled, in_order),
        _check(
            is_above(shuffled.right, measured.right),
            f"Shuffling beats images sorted by label: {shuffled.accuracy:.1%} against {measured.accuracy:.1%}, "
            f"which reads {measured.favourite_share:.0%} of all digits as “{measured.favourite}”.",
        ),
    )


def check_relu(results: Sequence[Result], _: Measurement | None) -> tuple[Check, ...]:
    """With ReLU, without, and without hidden layers."""
    bent, straight, flat = results
    return (
        _above("Two hidden layers with ReLU beat two without", bent, straight),
        _check(
            is_at_most(straight.accuracy - flat.accuracy, WORTHLESS, _SEED_ERROR),
            f"Without it, hidden layers are worth at most {100 * WORTHLESS:g} points: {straight.accuracy:.1%}, and "
            f"{flat.accuracy:.1%} with no hidden layer at all.",
        ),
    )


def check_loader(_: Sequence[Result], measured: Measurement | None) -> tuple[Check, ...]:
    """What is claimed is that it does the work, not that it is quick; its time stands beside it."""
    assert isinstance(measured, LoaderTiming)
    (_first, slices), (_second, plain), (_third, transforming) = measured.ways
    right = measured.complete and measured.reordered
    return (
        Check(
            right,
            f"It {'gives' if right else 'does not give'} every image once a pass, in a new order each time. A pass "
            f"takes {plain / slices:.1f} × the time of slicing one tensor, and {transforming / slices:.1f} × where "
            "each image is transformed by itself.",
        ),
    )


def check_layers(_: Sequence[Result], measured: Measurement | None) -> tuple[Check, ...]:
    """Edges below, loops above."""
    assert isinstance(measured, LayerProfiles)
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


def check_balance(results: Sequence[Result], measured: Measurement | None) -> tuple[Check, ...]:
    """Counts, then what an even and an uneven training do to the worst digit."""
    assert isinstance(measured, ClassCounts)
    even, uneven = results
    recalls, rare = even.recalls, len(even.recalls) - 1
    worst = int(recalls.argmin())
    error = math.sqrt(recalls[worst] * (1 - recalls[worst]) / max(1, int((even.labels == worst).sum())))
    last = even.labels == rare
    others = [f"{float(result.right[~last].mean()):.1%}" for result in (even, uneven)]
    return (
        Check(
            measured.ratio <= EVEN,
            f"The classes are about even: the largest has {measured.ratio:.2f} × the images of the smallest.",
        ),
        _check(
            is_at_most(float(recalls.mean() - recalls[worst]), BIAS, error),
            f"An even training has no favourites: its worst digit, {worst}, is read correctly in {recalls[worst]:.1%}, "
            f"the average in {recalls.mean():.1%}.",
        ),
        _check(
            is_above(even.right[last], uneven.right[last]),
            f"An uneven one has: with a hundredth of its images left, the {rare} falls from {recalls[-1]:.1%} to "
            f"{uneven.recalls[-1]:.1%}; all other digits, of which images are missing as well, from {others[0]} to "
            f"{others[1]}.",
        ),
    )


def check_centring(_: Sequence[Result], measured: Measurement | None) -> tuple[Check, ...]:
    """By mass, by box, and of one size."""
    assert isinstance(measured, Centring)
    by_mass, by_box = (float((offsets <= 1).mean()) for offsets in (measured.mass_offsets, measured.box_offsets))
    sized = float((measured.longest_sides == LARGEST_SIDE).mean())
    return (
        Check(by_mass >= CENTRED, f"Centred by mass: {by_mass:.1%} of all digits lie within one pixel."),
        Check(by_box >= CENTRED, f"Centred by their outline: {by_box:.1%} lie within one pixel."),
        Check(sized >= CENTRED, f"Brought to one size: the longest side of {sized:.1%} is {LARGEST_SIDE} pixels."),
    )


def check_overfitting(results: Sequence[Result], _: Measurement | None) -> tuple[Check, ...]:
    """Without a remedy first."""
    bare, *treated = results
    gap = bare.train_accuracy - bare.accuracy
    error = math.sqrt(bare.accuracy * (1 - bare.accuracy) / max(1, len(bare.labels)))
    remedies = ("Dropout", "Weight decay", "Augmentation")
    within = is_at_most(gap, OVERFIT, error)
    return (
        _check(
            None if within is None else not within,
            f"Without a remedy it overfits: {bare.train_accuracy:.1%} on what it has seen, {bare.accuracy:.1%} on what "
            "it has not.",
        ),
        *(
            _check(
                is_below(result.losses, bare.losses),
                f"{name} helps: a validation loss of {result.val_loss:.3f} instead of {bare.val_loss:.3f}, and "
                f"{result.accuracy:.1%} correct.",
            )
            for name, result in zip(remedies, treated, strict=True)
        ),
    )


def check_start(results: Sequence[Result], _: Measurement | None) -> tuple[Check, ...]:
    """He, ±0.5, zeros."""
    he, uniform, zeros = results
    return (
        _above("Random weights within ±0.5 beat zeros", uniform, zeros),
        _above("Random weights by He’s rule beat zeros", he, zeros),
    )


def check_scaling(results: Sequence[Result], _: Measurement | None) -> tuple[Check, ...]:
    """0–255 first."""
    raw, zero_one, minus_one_one, _standard = results
    return (
        _above("At this learning rate, pixels from 0 to 1 beat pixels from 0 to 255", zero_one, raw),
        _above("At this learning rate, pixels from −1 to 1 beat pixels from 0 to 255", minus_one_one, raw),
    )


def _above(words: str, one: Result, other: Result) -> Check:
    return _check(is_above(one.right, other.right), f"{words}: {one.accuracy:.1%} against {other.accuracy:.1%}.")


def _check(holds: bool | None, sentence: str) -> Check:
    return Check(holds, sentence if holds is not None else f"{sentence.removesuffix('.')}; not decided.")
