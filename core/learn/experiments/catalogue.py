"""All experiments. Each takes a few seconds on two cores: small networks, a part of the images."""

from core.config import TrainConfig
from core.learn.experiments import checks as judges
from core.learn.experiments.measures import (
    BATCH_SIZES,
    count_classes,
    measure_gradient_noise,
    measure_loaders,
    measure_sorted_training,
)
from core.learn.experiments.profiles import measure_centring, portray_layers
from core.learn.experiments.records import Claim, Experiment, Measurement, Variant

TORCHVISION = "MNIST Database (the torchvision notebook)"
QUESTIONS = "MNIST Digit Classification (the 31 questions)"
BREAK_DOWN = "MNIST Classifier Break Down"
FROM_SCRATCH = "MNIST – Recognizing handwritten digits (from scratch)"
TUTORIAL = "Deep Learning on MNIST (the NumPy tutorial)"

_ABOVE = (
    "One accuracy beats another only if the difference is more than chance: about twice the standard error on the "
    "validation images."
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
        setting=_SETTING,
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
        variants=tuple(Variant(f"{size:,} images", _SMALL.replace(batch_size=size)) for size in BATCH_SIZES),
        measure=measure_gradient_noise,
        judge=judges.judge_batch_size,
        rule=_ABOVE,
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
        judge=judges.judge_learning_rate,
        rule=f"Convergence counts if the largest training loss is {judges.CONVERGENCE:g} × the smallest. {_ABOVE}",
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
        judge=judges.judge_size,
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
        judge=judges.judge_shuffle,
        rule=_ABOVE,
    ),
    Experiment(
        name="relu",
        title="ReLU",
        question="What are hidden layers worth without a bend between them?",
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
        judge=judges.judge_relu,
        rule=_ABOVE,
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
        judge=judges.judge_loader,
        rule=f"As quick means at most {judges.SLOWER:g} × the time of slices.",
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
        measure=portray_layers,
        portrays=True,
        judge=judges.judge_layers,
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
        judge=judges.judge_balance,
        rule="Even: the largest class has at most a third more images than the smallest. No favourites: the worst "
        f"digit is within {100 * judges.BIAS:g} points of the average. {_ABOVE}",
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
        judge=judges.judge_centring,
        rule=f"A part holds if it is true of {judges.CENTRED:.0%} of all digits.",
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
        judge=judges.judge_overfitting,
        rule=f"It overfits if training is {100 * judges.OVERFIT:g} points ahead of validation. A remedy helps if the "
        "validation loss at the end is at least a tenth lower than without it.",
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
        judge=judges.judge_start,
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
        judge=judges.judge_scaling,
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
