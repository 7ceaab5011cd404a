"""Experiments on what networks are made of, what they learn by heart, and what they withstand."""

from core.learn.experiments import checks
from core.learn.experiments.profiles import profile_layers
from core.learn.experiments.records import SEEDS, Claim, Experiment, Read, Said, Variant
from core.learn.experiments.samples import SHIFT
from core.learn.experiments.settings import (
    BREAK_DOWN,
    FEW,
    FROM_SCRATCH,
    PAIRED,
    QUESTIONS,
    SETTING,
    SMALL,
    TUNED,
    TUNED_BY_LOSS,
)

EXPERIMENTS: tuple[Experiment, ...] = (
    Experiment(
        name="size",
        title="Width and depth",
        question="Is a network with more units and more layers always better?",
        setting=f"5,000 images, 5 epochs, Adam at a constant rate. {TUNED}",
        claims=(Claim("Generally, the more units/layers we have the better our model will be.", FROM_SCRATCH),),
        variants=tuple(
            Variant(widths.replace(",", " + "), SMALL.replace(widths=widths, learning_rate=rate))
            for widths, rate in (
                ("20", 0.003),
                ("80", 0.003),
                ("320", 0.003),
                ("80,80", 0.003),
                ("80,80,80,80", 0.001),
            )
        ),
        check=checks.check_size,
        rule=PAIRED,
    ),
    Experiment(
        name="relu",
        title="ReLU",
        question="What are hidden layers worth without a non-linearity between them?",
        setting=f"5,000 images, 5 epochs, Adam at a constant rate. {TUNED}",
        claims=(
            Claim(
                "Within the hidden layers use Rectified Linear Unit (ReLU) Function (this is because images are "
                "nonlinear, but each hidden layer does a linear transformation and so after ReLU should be used "
                "allowing the network to model complex patterns)",
                BREAK_DOWN,
            ),
        ),
        variants=(
            Variant("64 + 64, ReLU", SMALL.replace(widths="64,64", learning_rate=0.003)),
            Variant("64 + 64, none", SMALL.replace(widths="64,64", activation="none", learning_rate=0.001)),
            Variant("no hidden layer", SMALL.replace(architecture="linear", learning_rate=0.003)),
        ),
        check=checks.check_relu,
        rule=f"Worth less than {checks.WORTHLESS:g} points: the mean difference is below that by more than chance. "
        f"{PAIRED}",
        left_open="Whether images are “nonlinear” is not a question that training answers; see the puzzle about it.",
    ),
    Experiment(
        name="layers",
        title="Edges and loops",
        question="Does layer 1 see edges and layer 2 loops?",
        setting="Networks with 64 + 64 hidden units, 5,000 images, 5 epochs, at the best of three learning rates.",
        claims=(
            Claim("(Hidden) layer 1 (learn patterns from data, first run may detect edges/simple shapes)", BREAK_DOWN),
            Claim("(Hidden) layer 2 (may detect loops, intersections etc)", BREAK_DOWN),
        ),
        variants=(Variant("64 + 64", SMALL.replace(widths="64,64", learning_rate=0.003)),),
        measure=profile_layers,
        profiles_networks=True,
        link="inside?run=demo",
        link_label="Look at the units of any network",
        check=checks.check_layers,
        rule="A unit of layer 1 looks for an edge if half of its squared weights lie in a window of 9 × 9 pixels, as "
        f"all of a CNN’s filter do; the claim holds if more than {checks.EDGES:g}% of the units do. A unit of layer 2 "
        "looks for loops if they explain a quarter of its activity, and more than any one digit does; the claim holds "
        f"if more than {checks.LOOPS:g}% of the units do. By a t-test over {SEEDS} networks each.",
        left_open="Intersections are not tested here.",
    ),
    Experiment(
        name="overfitting",
        title="Overfitting",
        question="Which remedies keep a network from learning its few images by heart?",
        setting=f"128 hidden units, 1,000 images, 15 epochs, Adam at a constant rate. {TUNED_BY_LOSS}",
        claims=(
            Claim(
                "What regularization techniques can you implement to prevent overfitting in the MNIST neural network?",
                QUESTIONS,
                Said.ASKED,
            ),
        ),
        statement="A network overfits 1,000 images; dropout, weight decay and augmentation each lower its validation "
        "loss.",
        variants=(
            Variant("no remedy", FEW.replace(learning_rate=0.0003)),
            Variant("dropout 0.5", FEW.replace(dropout=0.5, learning_rate=0.001)),
            Variant("weight decay", FEW.replace(optimizer="adamw", weight_decay=0.5, learning_rate=0.003)),
            Variant("augmentation", FEW.replace(rotation=10, shift=2, zoom=0.1, learning_rate=0.003)),
        ),
        read=Read.TRAINING,
        check=checks.check_overfitting,
        rule=f"It overfits if training is more than {checks.OVERFIT:g} points ahead of validation. A remedy helps if "
        f"it lowers the validation loss. {PAIRED}",
    ),
    Experiment(
        name="augmentation",
        title="Augmentation",
        question="Does a network that was trained on shifted digits read shifted digits?",
        setting=f"{SETTING} {TUNED} Twice: on digits as they are, and on digits moved by up to {SHIFT} pixels.",
        claims=(
            Claim(
                "Common augmentation techniques include random rotations, shifts, and scaling, which help models "
                "become more robust to variations in the input data.",
                QUESTIONS,
            ),
        ),
        variants=(
            Variant("as they are", SMALL.replace(learning_rate=0.003)),
            Variant("shifted", SMALL.replace(shift=SHIFT, learning_rate=0.003)),
        ),
        read=Read.SHIFTED,
        check=checks.check_augmentation,
        rule=f"Both read the validation digits moved by {SHIFT} pixels to the right and down. {PAIRED}",
        left_open="Rotations and scaling are not tested here; Robustness shows both.",
        link="robustness?run=demo",
        link_label="See what a network still reads",
    ),
)
