"""``robustness``: what a run still reads of corrupted test images."""

from argparse import Namespace
from typing import TYPE_CHECKING

from core.commands.chosen import chosen_network, count_look
from core.commands.output import say, tell
from core.settings import Settings

if TYPE_CHECKING:
    from core.corruptions.corruption import Corruption


def robustness(options: Namespace) -> None:
    """Accuracy of a run on its test images under each corruption of MNIST-C, a line each."""
    from core.corruptions.measuring import accuracy, corrupted_accuracy
    from core.corruptions.mnist_c import CORRUPTIONS
    from core.data.testing import images_to_test_on

    model = chosen_network(options.run)
    home = Settings.from_environment().home
    images = images_to_test_on(model.config, model.class_names, model.config.dataset, home).images
    count_look(options.run, model)
    clean = accuracy(model.logits(images.images), images)
    tell(f"{len(images):,} test images, {clean:.2%} read correctly as they are.")
    published = []
    for name, corruption in CORRUPTIONS.items():
        for severity in _severities(corruption, every=options.all_severities):
            value = corrupted_accuracy(model, images, name, severity)
            if severity == corruption.published:
                published.append(value)
            say({"corruption": name, "severity": severity, "accuracy": value})
    tell(f"{sum(published) / len(published):.2%} on average, at the severities of MNIST-C.")


def _severities(corruption: "Corruption", *, every: bool) -> list[int]:
    return list(range(1, len(corruption.parameters) + 1)) if every else [corruption.published]
