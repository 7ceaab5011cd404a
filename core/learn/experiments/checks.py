"""The rules: samples and measurements → checks, one for each part of a claim."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from core.analysis.by_seed import Comparison, differences
from core.analysis.percent import percent
from core.learn.experiments.measures import ClassCounts, GradientNoise, LoaderTiming, SortedTraining
from core.learn.experiments.profiles import Centring, LayerProfiles
from core.learn.experiments.records import Check, Measurement
from core.learn.experiments.samples import SHIFT, Sample

EQUAL_LOSS = 1.2
"""Training losses of which neither is more than this times the other count as equal."""
EVEN = 4 / 3
BIAS = 5.0
WORTHLESS = 2.0
OVERFIT = 5.0
EDGES, LOOPS = 50.0, 10.0
CENTRED = 0.95
LARGEST_SIDE = 20


def check_batch_size(samples: Sequence[Sample], measured: Measurement | None) -> tuple[Check, ...]:
    """A small and a large batch over equal epochs; the last is the large one, trained as far as the first."""
    assert isinstance(measured, GradientNoise)
    small, large, as_far = samples
    noise, memory = measured.noise, measured.memory
    few, many = (int(sample.mean("updates")) for sample in (large, small))
    slower = differences(small.values("seconds"), large.values("seconds"), scale=1, unit="s")
    return (
        Check(
            bool((np.diff(noise) < 0).all()),
            f"The gradient of a larger batch is more accurate: it is off by {noise[-1]:.0%}, that of a small batch by "
            f"{noise[0]:.0%}.",
        ),
        Check(
            bool((np.diff(memory) > 0).all()),
            f"A larger batch takes more memory: {memory[-1] / 1e6:.2f} MB a step instead of {memory[0] / 1e6:.2f} MB.",
        ),
        Check(
            many > few, f"Small batches give more updates in the same number of epochs: {many:,} instead of {few:,}."
        ),
        _check_generalisation(small, as_far),
        Check(
            slower.is_above,
            f"Small batches take longer: {small.mean('seconds'):.2f} s instead of {large.mean('seconds'):.2f} s for "
            "the same number of epochs.",
            "Small batches take longer",
            slower,
        ),
    )


def _check_generalisation(small: Sample, large: Sample) -> Check:
    """A network that has learned less also overfits less: only at the same training loss do the two compare."""
    name = "Small batches generalise better"
    low, high = sorted((small.mean("train_loss"), large.mean("train_loss")))
    losses = f"{small.mean('train_loss'):.3f} and {large.mean('train_loss'):.3f}"
    if not high <= EQUAL_LOSS * low:
        return Check(None, f"{name}: not comparable, since the training losses are {losses}.", name)
    return _above(f"At equal training losses ({losses}), small batches generalise better", name, small, large)


def check_learning_rate(samples: Sequence[Sample], _: Measurement | None) -> tuple[Check, ...]:
    """Ten times less, the middle, ten times more: convergence, then generalisation."""
    low, middle, high = samples
    return (
        *(_check_convergence(middle, sample) for sample in (low, high)),
        *(
            _above(
                f"At {middle.variant.label} more validation images are read correctly than at {sample.variant.label}",
                f"Accuracy: {middle.variant.label} against {sample.variant.label}",
                middle,
                sample,
            )
            for sample in (low, high)
        ),
    )


def _check_convergence(one: Sample, other: Sample) -> Check:
    compared = _lower(one, other, "passing_loss")
    losses = " against ".join(f"{sample.mean('passing_loss'):.3f}" for sample in (one, other))
    return Check(
        compared.is_below,
        f"At {one.variant.label} the training loss ends lower than at {other.variant.label}: {losses} nats.",
        f"Training loss: {one.variant.label} against {other.variant.label}",
        compared,
    )


def check_size(samples: Sequence[Sample], _: Measurement | None) -> tuple[Check, ...]:
    """Three widths, then one, two and four layers of the middle one."""
    widths, depths = samples[:3], (samples[1], *samples[3:])
    wider = (
        (f"{wide.config.widths} units beat {narrow.config.widths}", wide, narrow) for narrow, wide in pairwise(widths)
    )
    deeper = (
        (f"{len(deep.config.hidden_widths)} hidden layers beat {len(flat.config.hidden_widths)}", deep, flat)
        for flat, deep in pairwise(depths)
    )
    return tuple(_above(words, words, more, less) for words, more, less in (*wider, *deeper))


def check_shuffle(samples: Sequence[Sample], measured: Measurement | None) -> tuple[Check, ...]:
    """Shuffled, in the order of the file, sorted."""
    assert isinstance(measured, SortedTraining)
    shuffled, in_order = samples
    compared = differences(shuffled.values("accuracy"), measured.accuracies)
    return (
        _above(
            "Shuffling beats MNIST’s own order, which is mixed already", "Shuffled against as filed", shuffled, in_order
        ),
        Check(
            compared.is_above,
            f"Shuffling beats images sorted by label: {percent(shuffled.mean('accuracy'))} against "
            f"{percent(float(measured.accuracies.mean()))} for a network that reads {measured.favourite_share:.0%} of "
            f"all digits as “{measured.favourite}”.",
            "Shuffled against sorted",
            compared,
        ),
    )


def check_relu(samples: Sequence[Sample], _: Measurement | None) -> tuple[Check, ...]:
    """With ReLU, without, and without hidden layers."""
    curved, straight, flat = samples
    worth = Comparison(100 * (straight.values("accuracy") - flat.values("accuracy")), WORTHLESS)
    return (
        _above("Two hidden layers with ReLU beat two without", "With ReLU against without", curved, straight),
        Check(
            worth.is_below,
            f"Without ReLU, two hidden layers are worth less than {WORTHLESS:g} points: {_means(straight, flat)} with "
            f"no hidden layer at all, {worth.words}.",
            "Two layers without ReLU against none",
            worth,
        ),
    )


def check_loader(_: Sequence[Sample], measured: Measurement | None) -> tuple[Check, ...]:
    """What is claimed is that it does the work, not that it is quick; its time is shown beside it."""
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


def check_layers(_: Sequence[Sample], measured: Measurement | None) -> tuple[Check, ...]:
    """Edges below, loops above."""
    assert isinstance(measured, LayerProfiles)
    edges, loops = (
        Comparison(100 * shares, limit)
        for shares, limit in ((measured.local_shares, EDGES), (measured.loop_shares, LOOPS))
    )
    return (
        Check(
            edges.is_above,
            f"Of the units in layer 1, {edges.mean:.0f}% look at one small place, as for an edge. The best window "
            f"holds {measured.locality.mean():.0%} of a unit’s weight on average, at most "
            f"{measured.locality.max():.0%}; before training it is {measured.fresh_locality.mean():.0%} and "
            f"{measured.fresh_locality.max():.0%}. The filters of a CNN fit into it whole.",
            "Local units in layer 1, %",
            edges,
        ),
        Check(
            loops.is_above,
            f"Of the units in layer 2, {loops.mean:.0f}% tell closed loops apart, and do so better than they tell any "
            "one digit.",
            "Units for loops in layer 2, %",
            loops,
        ),
    )


def check_balance(samples: Sequence[Sample], measured: Measurement | None) -> tuple[Check, ...]:
    """Counts, then what an even and an uneven set of the same size do to the worst digit."""
    assert isinstance(measured, ClassCounts)
    behind = [100 * (np.nanmean(sample.recalls, axis=1) - np.nanmin(sample.recalls, axis=1)) for sample in samples]
    rarest = [percent(float(sample.recalls[:, -1].mean())) for sample in samples]
    steady, fairer = Comparison(behind[0], BIAS), Comparison(behind[0] - behind[1])
    return (
        Check(
            measured.ratio <= EVEN,
            f"The classes are roughly balanced: the largest has {measured.ratio:.2f} × the images of the smallest.",
        ),
        Check(
            fairer.is_below,
            f"A balanced set treats digits more equally: the worst digit is {behind[0].mean():.2f} points behind the "
            f"average instead of {behind[1].mean():.2f} with the same number of images in uneven shares. The rarest "
            f"digit is read correctly in {rarest[0]} instead of {rarest[1]}.",
            "Worst digit behind the average: even against uneven",
            fairer,
        ),
        Check(
            steady.is_below,
            f"Without a disadvantage for any class, the worst digit would be less than {BIAS:g} points behind the "
            f"average: with even shares it is {behind[0].mean():.2f} points behind.",
            "Worst digit behind the average, even set",
            steady,
        ),
    )


def check_centring(_: Sequence[Sample], measured: Measurement | None) -> tuple[Check, ...]:
    """By mass, by box, and of one size."""
    assert isinstance(measured, Centring)
    by_mass, by_box = (float((offsets <= 1).mean()) for offsets in (measured.mass_offsets, measured.box_offsets))
    sized = float((measured.longest_sides == LARGEST_SIDE).mean())
    return (
        Check(by_mass >= CENTRED, f"Centred by mass: {percent(by_mass)} of all digits lie within one pixel."),
        Check(by_box >= CENTRED, f"Centred by their outline: {percent(by_box)} lie within one pixel."),
        Check(sized >= CENTRED, f"Scaled to one size: the longest side of {percent(sized)} is {LARGEST_SIDE} pixels."),
    )


def check_overfitting(samples: Sequence[Sample], _: Measurement | None) -> tuple[Check, ...]:
    """Without a remedy first."""
    bare, *treated = samples
    gap = Comparison(100 * (bare.values("train_accuracy") - bare.values("accuracy")), OVERFIT)
    helped = [(sample, _lower(sample, bare, "val_loss")) for sample in treated]
    return (
        Check(
            gap.is_above,
            f"Without a remedy it overfits: {percent(bare.mean('train_accuracy'))} on what it has seen, "
            f"{percent(bare.mean('accuracy'))} on what it has not.",
            "Training ahead of validation, no remedy",
            gap,
        ),
        *(
            Check(
                lower.is_below,
                f"{sample.variant.label.capitalize()} helps: a validation loss of {sample.mean('val_loss'):.3f} "
                f"instead of {bare.mean('val_loss'):.3f} nats, and {percent(sample.mean('accuracy'))} correct.",
                f"Validation loss: {sample.variant.label}",
                lower,
            )
            for sample, lower in helped
        ),
    )


def check_augmentation(samples: Sequence[Sample], _: Measurement | None) -> tuple[Check, ...]:
    """Plain, and trained on shifted images: what each reads of shifted ones."""
    plain, augmented = samples
    compared = differences(augmented.values("shifted"), plain.values("shifted"))
    return (
        Check(
            compared.is_above,
            f"Trained on shifted digits, a network reads {percent(augmented.mean('shifted'))} of digits moved by "
            f"{SHIFT} pixels to the right and down, instead of {percent(plain.mean('shifted'))}; of digits in their "
            f"place {percent(augmented.mean('accuracy'))} instead of {percent(plain.mean('accuracy'))}.",
            "Shifted digits: with shifts against without",
            compared,
        ),
    )


def check_start(samples: Sequence[Sample], _: Measurement | None) -> tuple[Check, ...]:
    """He, ±0.5, zeros."""
    he, uniform, zeros = samples
    return (
        _above("Random weights within ±0.5 beat zeros", "±0.5 against zeros", uniform, zeros),
        _above("Random weights by He’s rule beat zeros", "He against zeros", he, zeros),
    )


def check_scaling(samples: Sequence[Sample], _: Measurement | None) -> tuple[Check, ...]:
    """0–255 first."""
    raw, zero_one, minus_one_one, _standard = samples
    return (
        _above("Pixels from 0 to 1 beat pixels from 0 to 255", "0 to 1 against 0 to 255", zero_one, raw),
        _above("Pixels from −1 to 1 beat pixels from 0 to 255", "−1 to 1 against 0 to 255", minus_one_one, raw),
    )


def _above(words: str, name: str, one: Sample, other: Sample) -> Check:
    compared = differences(one.values("accuracy"), other.values("accuracy"))
    return Check(compared.is_above, f"{words}: {_means(one, other)}, {compared.words}.", name, compared)


def _lower(one: Sample, other: Sample, loss: str) -> Comparison:
    return differences(one.values(loss), other.values(loss), scale=1, unit="nats")


def _means(one: Sample, other: Sample) -> str:
    return f"{percent(one.mean('accuracy'))} against {percent(other.mean('accuracy'))}"
