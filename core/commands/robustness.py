"""``robustness``: what a run still reads of test images that were made harder."""

from argparse import Namespace
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from core.commands.chosen import chosen_network, count_look
from core.commands.output import say, tell
from core.settings import Settings

if TYPE_CHECKING:
    from core.corruptions.combination import Combination
    from core.corruptions.corruption import Corruption
    from core.data.dataset import ImageDataset
    from core.models.numpy_model import NumpyModel


def robustness(options: Namespace) -> None:
    """Accuracy of a run on its test images under each corruption of MNIST-C, a line each, or under what is asked for.

    --changes measures the nine changes at each strength, --attacks FGSM and PGD at each epsilon, --together several
    changes of the same images. The corruptions are left out then, unless --all-severities asks for them.
    """
    from core.analysis.accuracy import share_correct
    from core.corruptions.combination import Combination
    from core.data.testing import images_to_test_on

    combinations = [Combination.parse(text) for text in options.together]
    model = chosen_network(options.run)
    home = Settings.from_environment().home
    images = images_to_test_on(model.config, model.class_names, model.config.dataset, home).images
    count_look(options.run, model)
    correct = share_correct(model.logits(images.images), images.labels)
    tell(f"{len(images):,} test images, {correct:.2%} read correctly as they are.")
    if options.all_severities or not (options.changes or options.attacks or combinations):
        _corruptions(model, images, every=options.all_severities)
    if options.changes:
        _changes(model, images)
    if options.attacks:
        _attacks(model, images)
    for combination in combinations:
        _together(model, images, combination)


def _corruptions(model: "NumpyModel", images: "ImageDataset", *, every: bool) -> None:
    from core.corruptions.measuring import corrupted_accuracy
    from core.corruptions.mnist_c import CORRUPTIONS

    published = []
    for name, corruption in CORRUPTIONS.items():
        for severity in _severities(corruption, every=every):
            value = corrupted_accuracy(model, images, name, severity)
            if severity == corruption.published:
                published.append(value)
            say({"corruption": name, "severity": severity, "accuracy": value})
    tell(f"{sum(published) / len(published):.2%} on average, at the severities of MNIST-C.")


def _changes(model: "NumpyModel", images: "ImageDataset") -> None:
    from core.corruptions.changes import CHANGES
    from core.corruptions.measuring import CHANGE, measure

    for name, change in CHANGES.items():
        for line in _lines(change.strengths, "strength", measure(model, images, f"{CHANGE}/{name}")):
            say({"change": name} | line)


def _attacks(model: "NumpyModel", images: "ImageDataset") -> None:
    from core.corruptions.attacks import ATTACKS, EPSILONS
    from core.corruptions.measuring import ATTACK, attacked_sample, measure

    tell(f"Attacks are measured on {len(attacked_sample(images)):,} of them.")
    for name in ATTACKS:
        for line in _lines(EPSILONS, "epsilon", measure(model, images, f"{ATTACK}/{name}")):
            say({"attack": name} | line)


def _lines(strengths: tuple[float, ...], called: str, accuracies: tuple[float, ...]) -> Iterator[dict[str, Any]]:
    for strength, accuracy in zip(strengths, accuracies, strict=True):
        yield {called: strength, "accuracy": accuracy}


def _together(model: "NumpyModel", images: "ImageDataset", combination: "Combination") -> None:
    """One line, with the changes in the order in which they are made."""
    from core.corruptions.measuring import TOGETHER, measure

    (value,) = measure(model, images, f"{TOGETHER}/{combination.text}")
    say({"together": dict(combination.steps), "accuracy": value})


def _severities(corruption: "Corruption", *, every: bool) -> list[int]:
    return list(range(1, len(corruption.parameters) + 1)) if every else [corruption.published]
