"""Experiments on how networks are trained."""

from collections.abc import Sequence

from core.learn.experiments import checks
from core.learn.experiments.measures import BATCH_SIZES, measure_gradient_noise, measure_sorted_training
from core.learn.experiments.records import Claim, Experiment, Measurement, Read, Said, Variant
from core.learn.experiments.settings import (
    BREAK_DOWN,
    FROM_SCRATCH,
    PAIRED,
    PLAIN,
    PLAIN_SETTING,
    QUESTIONS,
    SETTING,
    SMALL,
    TORCHVISION,
    TUNED,
)


def _sorted_training(seeds: Sequence[int]) -> Measurement:
    """Train as the experiment on shuffling does, on sorted images."""
    return measure_sorted_training(SMALL.replace(learning_rate=0.0003), seeds)


EXPERIMENTS: tuple[Experiment, ...] = (
    Experiment(
        name="batch_size",
        title="Batch size",
        question="What do small and large batches do to the gradient, the time and the result?",
        setting=f"{SETTING} The last: 19 epochs at 8 times the rate, to learn as much as the small batch does.",
        claims=(
            Claim(
                "Larger batches provide a more accurate estimate of the gradient but require more memory and can lead "
                "to a less exploratory update path, potentially getting stuck in shallow local minima.",
                TORCHVISION,
            ),
            Claim(
                "Smaller batches offer more update opportunities and better generalization at the cost of increased "
                "noise in the updates and potentially longer training times.",
                TORCHVISION,
            ),
        ),
        variants=(
            Variant("16 images", SMALL.replace(batch_size=BATCH_SIZES[0])),
            Variant("1,024 images", SMALL.replace(batch_size=BATCH_SIZES[-1])),
            Variant(
                "1,024 images, equal loss", SMALL.replace(batch_size=BATCH_SIZES[-1], epochs=19, learning_rate=0.008)
            ),
        ),
        read=Read.TRAINING,
        measure=measure_gradient_noise,
        check=checks.check_batch_size,
        rule="Generalisation is compared at equal training losses: neither more than "
        f"{checks.EQUAL_LOSS:g} × the other. {PAIRED}",
        left_open="How exploratory the path is, and whether it gets stuck in shallow local minima, is not tested here.",
    ),
    Experiment(
        name="learning_rate",
        title="Learning rate",
        question="How much depends on the learning rate?",
        setting=PLAIN_SETTING,
        claims=(
            Claim(
                "Here we experiment with different learning rates, batch sizes, and network architectures to "
                "demonstrate how these factors influence the convergence and generalization of the model.",
                QUESTIONS,
                Said.PLANNED,
            ),
        ),
        statement="A hundred times less or ten times more than a rate that suits it, and the network ends with a "
        "higher training loss and reads fewer new images.",
        variants=tuple(Variant(f"{rate:g}", PLAIN.replace(learning_rate=rate)) for rate in (0.001, 0.1, 1.0)),
        check=checks.check_learning_rate,
        rule=PAIRED,
        left_open="Batch sizes and architectures have experiments of their own.",
    ),
    Experiment(
        name="shuffle",
        title="Shuffle",
        question="What happens without shuffling?",
        setting=f"{SETTING} {TUNED}",
        claims=(
            Claim("Shuffle (mix up the data order so that the model learns and not memorize the order)", BREAK_DOWN),
        ),
        variants=(
            Variant("shuffled", SMALL.replace(learning_rate=0.003)),
            Variant("as in the file", SMALL.replace(shuffle=False, learning_rate=0.003)),
        ),
        measure=_sorted_training,
        measures_seeds=True,
        check=checks.check_shuffle,
        rule=PAIRED,
    ),
    Experiment(
        name="start",
        title="First weights",
        question="Why do weights begin at random?",
        setting=f"{PLAIN_SETTING} {TUNED}",
        claims=(
            Claim(
                "It’s good practice to allow the weights to be somewhat random, allowing for our model to more easily "
                "*converge*.",
                FROM_SCRATCH,
            ),
        ),
        variants=(
            Variant("He", PLAIN.replace(initialisation="he")),
            Variant("uniform ±0.5", PLAIN.replace(initialisation="uniform", initial_range=0.5, learning_rate=0.3)),
            Variant("zeros", PLAIN.replace(initialisation="zeros")),
        ),
        check=checks.check_start,
        rule=PAIRED,
    ),
    Experiment(
        name="scaling",
        title="Scaling",
        question="Why are pixels scaled down?",
        setting=f"{PLAIN_SETTING} {TUNED}",
        claims=(
            Claim(
                "Normalization (scale numbers down so that it’s easier for the model to learn, usually between 0 and 1 "
                "or -1 and 1.)",
                BREAK_DOWN,
            ),
        ),
        variants=(
            Variant("0 to 255", PLAIN.replace(normalisation="none", learning_rate=0.0001)),
            Variant("0 to 1", PLAIN.replace(normalisation="zero_one", learning_rate=0.3)),
            Variant("−1 to 1", PLAIN.replace(normalisation="minus_one_one", learning_rate=0.01)),
            Variant("standardised", PLAIN.replace(normalisation="standardise")),
        ),
        check=checks.check_scaling,
        rule=PAIRED,
    ),
)
