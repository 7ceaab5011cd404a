"""All experiments. Each takes a few seconds on two cores: small networks, a part of the images."""

from core.config import TrainConfig
from core.learn.experiments import checks
from core.learn.experiments.measures import (
    BATCH_SIZES,
    count_classes,
    measure_gradient_noise,
    measure_loaders,
    measure_sorted_training,
)
from core.learn.experiments.profiles import measure_centring, profile_layers
from core.learn.experiments.records import Claim, Experiment, Measurement, Variant
from core.learn.experiments.results import CHANCE, LOSSES_APART, SEEDS_APART

TORCHVISION = "MNIST Database (the torchvision notebook)"
QUESTIONS = "MNIST Digit Classification (the 31 questions)"
BREAK_DOWN = "MNIST Classifier Break Down"
FROM_SCRATCH = "MNIST – Recognizing handwritten digits (from scratch)"
TUTORIAL = "Deep Learning on MNIST (the NumPy tutorial)"

_ABOVE = (
    "One accuracy beats another if the same validation images say so (sign test, probability of chance below "
    f"{CHANCE:g}) and the difference is more than another seed may make: {100 * SEEDS_APART:g} points. Less than that, "
    "either way, decides nothing."
)
_SMALL = TrainConfig(hidden_size=64, training_size=10_000, epochs=4, schedule="constant")
_PLAIN = _SMALL.replace(optimizer="sgd", learning_rate=0.05)
_FEW = TrainConfig(hidden_size=256, training_size=1_000, epochs=30, schedule="constant", batch_size=32)
_SETTING = "64 hidden units, 10,000 images, 4 epochs, Adam at a constant rate."
_PLAIN_SETTING = "64 hidden units, 10,000 images, 4 epochs, plain gradient descent."


def _sorted_training() -> Measurement:
    """Train as the experiment on shuffling does, on sorted images."""
    return measure_sorted_training(_SMALL)


EXPERIMENTS: tuple[Experiment, ...] = (
    Experiment(
        name="batch_size",
        title="Batch size",
        question="What do small and large batches do to the gradient, the time and the result?",
        setting=f"{_SETTING} The last: 12 epochs at 8 times the rate, to learn as much as the smallest batch does.",
        claims=(
            Claim(
                "Larger batches provide a more accurate estimate of the gradient but require more memory", TORCHVISION
            ),
            Claim(
                "Smaller batches offer more update opportunities and better generalization at the cost of increased "
                "noise in the updates and potentially longer training times.",
                TORCHVISION,
            ),
        ),
        variants=(
            *(Variant(f"{size:,} images", _SMALL.replace(batch_size=size)) for size in BATCH_SIZES),
            Variant(
                "1,024 images, equal loss", _SMALL.replace(batch_size=BATCH_SIZES[-1], epochs=12, learning_rate=0.008)
            ),
        ),
        measure=measure_gradient_noise,
        check=checks.check_batch_size,
        rule="Generalisation is compared at equal training losses: neither more than "
        f"{checks.EQUAL_LOSS:g} × the other. {_ABOVE}",
    ),
    Experiment(
        name="learning_rate",
        title="Learning rate",
        question="How much depends on the learning rate?",
        setting=_PLAIN_SETTING,
        claims=(
            Claim(
                "different learning rates, batch sizes, and network architectures to demonstrate how these factors "
                "influence the convergence and generalization of the model",
                QUESTIONS,
            ),
        ),
        variants=tuple(
            Variant(f"{rate:g}", _PLAIN.replace(learning_rate=rate)) for rate in (0.0001, 0.001, 0.01, 0.1, 1.0, 10.0)
        ),
        check=checks.check_learning_rate,
        rule=f"Convergence counts if the largest training loss is {checks.CONVERGENCE:g} × the smallest. {_ABOVE}",
    ),
    Experiment(
        name="size",
        title="Width and depth",
        question="Is a network with more units and more layers always better?",
        setting="10,000 images, 4 epochs, Adam at a constant rate.",
        claims=(Claim("Generally, the more units/layers we have the better our model will be.", FROM_SCRATCH),),
        variants=tuple(
            Variant(widths.replace(",", " + "), _SMALL.replace(widths=widths))
            for widths in ("5", "20", "100", "500", "100,100", "100,100,100,100")
        ),
        check=checks.check_size,
        rule=_ABOVE,
    ),
    Experiment(
        name="shuffle",
        title="Shuffle",
        question="What happens without shuffling?",
        setting=_SETTING,
        claims=(Claim("mix up the data order so that the model learns and not memorize the order", BREAK_DOWN),),
        variants=(
            Variant("shuffled", _SMALL),
            Variant("as in the file", _SMALL.replace(shuffle=False)),
        ),
        measure=_sorted_training,
        check=checks.check_shuffle,
        rule=_ABOVE,
    ),
    Experiment(
        name="relu",
        title="ReLU",
        question="What are hidden layers worth without a non-linearity between them?",
        setting="10,000 images, 4 epochs, Adam at a constant rate.",
        claims=(
            Claim(
                "each hidden layer does a linear transformation and so after ReLU should be used allowing the network "
                "to model complex patterns",
                BREAK_DOWN,
            ),
        ),
        variants=(
            Variant("64 + 64, ReLU", _SMALL.replace(widths="64,64")),
            Variant("64 + 64, none", _SMALL.replace(widths="64,64", activation="none")),
            Variant("no hidden layer", _SMALL.replace(architecture="linear")),
        ),
        check=checks.check_relu,
        rule=f"Worth at most {100 * checks.WORTHLESS:g} points: by more than another seed may make. {_ABOVE}",
    ),
    Experiment(
        name="loader",
        title="DataLoader",
        question="What does the convenience of a DataLoader cost?",
        setting="10,000 images in batches of 64, loading only, best of three passes.",
        claims=(
            Claim(
                "The DataLoader class in pytorch conveniently handles the the stochastic, mini-batch sourcing of our "
                "training.",
                TORCHVISION,
            ),
        ),
        measure=measure_loaders,
        check=checks.check_loader,
        rule="The claim holds if each pass gives every image once, in an order of its own. Its time is shown and does "
        "not count: nobody claims that it is quick.",
    ),
    Experiment(
        name="layers",
        title="Edges and loops",
        question="Does layer 1 see edges and layer 2 loops?",
        setting="A network with 64 + 64 hidden units, 20,000 images, 5 epochs.",
        claims=(
            Claim("layer 1 (learn patterns from data, first run may detect edges/simple shapes)", BREAK_DOWN),
            Claim("layer 2 (may detect loops, intersections etc)", BREAK_DOWN),
        ),
        variants=(Variant("64 + 64", TrainConfig(widths="64,64", training_size=20_000)),),
        measure=profile_layers,
        profiles_network=True,
        link="inside?run=demo",
        link_label="Look at the units of any network",
        check=checks.check_layers,
        rule="A unit of layer 1 sees an edge if half of its squared weights lie in a window of 9 × 9 pixels; the claim "
        "holds if half the units do. A unit of layer 2 sees loops if they explain a quarter of its activity, and more "
        "than any one digit does; the claim holds if a tenth of the units do.",
    ),
    Experiment(
        name="balance",
        title="Class balance",
        question="What does it help that every digit is there about equally often?",
        setting=f"{_SETTING} Uneven: each digit is rarer than the one before, the 9 has a hundredth of its images.",
        claims=(
            Claim(
                "The distribution of digits is approximately uniform […] This uniform distribution helps in training "
                "balanced models without bias toward any particular class.",
                QUESTIONS,
            ),
        ),
        variants=(Variant("even", _SMALL), Variant("uneven", _SMALL.replace(imbalance=0.99))),
        measure=count_classes,
        check=checks.check_balance,
        rule="Even: the largest class has at most a third more images than the smallest. No favourites: the worst "
        f"digit is within {100 * checks.BIAS:g} points of the average. {_ABOVE}",
    ),
    Experiment(
        name="centred",
        title="Centred digits",
        question="Is each image centred, and on what?",
        setting="All 70,000 digits.",
        claims=(
            Claim("Each image in the dataset is normalized and centered in a fixed-size 28x28 pixel grid.", QUESTIONS),
        ),
        measure=measure_centring,
        check=checks.check_centring,
        rule=f"A part holds if it is true of {checks.CENTRED:.0%} of all digits.",
    ),
    Experiment(
        name="overfitting",
        title="Overfitting",
        question="Which remedies keep a network from learning its few images by heart?",
        setting="256 hidden units, 1,000 images, 30 epochs.",
        claims=(
            Claim(
                "What regularization techniques can you implement to prevent overfitting in the MNIST neural network?",
                QUESTIONS,
            ),
            Claim(
                "Common augmentation techniques include random rotations, shifts, and scaling, which help models "
                "become more robust",
                QUESTIONS,
            ),
        ),
        variants=(
            Variant("no remedy", _FEW),
            Variant("dropout 0.5", _FEW.replace(dropout=0.5)),
            Variant("weight decay", _FEW.replace(optimizer="adamw", weight_decay=0.5)),
            Variant("augmentation", _FEW.replace(rotation=10, shift=2, zoom=0.1)),
        ),
        check=checks.check_overfitting,
        rule=f"It overfits if training is {100 * checks.OVERFIT:g} points ahead of validation. A remedy helps if it "
        "lowers the loss of the same validation images by more than chance and by more than another seed may: "
        f"{LOSSES_APART:.0%}.",
    ),
    Experiment(
        name="start",
        title="First weights",
        question="Why do weights begin at random?",
        setting=_PLAIN_SETTING,
        claims=(
            Claim(
                "It's good practice to allow the weights to be somewhat random, allowing for our model to more easily "
                "converge.",
                FROM_SCRATCH,
            ),
        ),
        variants=(
            Variant("He", _PLAIN.replace(initialisation="he")),
            Variant("uniform ±0.5", _PLAIN.replace(initialisation="uniform", initial_range=0.5)),
            Variant("zeros", _PLAIN.replace(initialisation="zeros")),
        ),
        check=checks.check_start,
        rule=_ABOVE,
    ),
    Experiment(
        name="scaling",
        title="Scaling",
        question="Why are pixels scaled down?",
        setting=_PLAIN_SETTING,
        claims=(
            Claim(
                "Normalization (scale numbers down so that it's easier for the model to learn, usually between 0 and 1 "
                "or -1 and 1.)",
                BREAK_DOWN,
            ),
        ),
        variants=(
            Variant("0 to 255", _PLAIN.replace(normalisation="none")),
            Variant("0 to 1", _PLAIN.replace(normalisation="zero_one")),
            Variant("−1 to 1", _PLAIN.replace(normalisation="minus_one_one")),
            Variant("standardised", _PLAIN.replace(normalisation="standardise")),
        ),
        check=checks.check_scaling,
        rule=_ABOVE,
    ),
)


def experiment_named(name: str) -> Experiment:
    """One experiment by its name.

    Raises
    ------
    ValueError
        If there is none.
    """
    for experiment in EXPERIMENTS:
        if experiment.name == name:
            return experiment
    raise ValueError(name)
