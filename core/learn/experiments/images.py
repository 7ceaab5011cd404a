"""Experiments on images: how they come, how many of each there are, where they lie."""

from core.learn.experiments import checks
from core.learn.experiments.measures import count_classes, measure_loaders
from core.learn.experiments.profiles import measure_centring
from core.learn.experiments.records import Claim, Experiment, Variant
from core.learn.experiments.settings import (
    PAIRED,
    QUESTIONS,
    SETTING,
    SMALL,
    TORCHVISION,
    TUNED,
)

EXPERIMENTS: tuple[Experiment, ...] = (
    Experiment(
        name="loader",
        title="DataLoader",
        question="What does the convenience of a DataLoader cost?",
        setting="10,000 images in batches of 64, loading only, best of three passes.",
        claims=(
            Claim(
                "The `DataLoader` class in `pytorch` conveniently handles the the stochastic, mini-batch sourcing of "
                "our training.",
                TORCHVISION,
            ),
        ),
        measure=measure_loaders,
        check=checks.check_loader,
        rule="The claim holds if each pass gives every image once, in an order of its own. Its time is shown and does "
        "not count: nobody claims that it is quick.",
    ),
    Experiment(
        name="balance",
        title="Class balance",
        question="Does it matter that all digits are about equally frequent?",
        setting=f"{SETTING} {TUNED} Uneven: the same number of images, but each digit is rarer than the one before, "
        "and there are a hundred 0s for each 9.",
        claims=(
            Claim(
                "The distribution of digits is approximately uniform, ensuring that each digit is well-represented in "
                "both the training and testing sets. This uniform distribution helps in training balanced models "
                "without bias toward any particular class.",
                QUESTIONS,
            ),
        ),
        variants=(
            Variant("even", SMALL.replace(learning_rate=0.003)),
            Variant("uneven", SMALL.replace(imbalance=0.99, learning_rate=0.003)),
        ),
        measure=count_classes,
        check=checks.check_balance,
        rule="Even: the largest class has at most a third more images than the smallest. No class is disadvantaged: "
        f"the worst digit is less than {checks.BIAS:g} points behind the average of all digits. {PAIRED}",
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
)
