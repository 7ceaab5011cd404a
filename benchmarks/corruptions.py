"""How many images a second one core makes harder: each corruption of MNIST-C, each change, and both attacks."""

from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.report import Row
from benchmarks.timing import processor_seconds
from core.corruptions.attacks import ATTACKS
from core.corruptions.changes import CHANGES
from core.corruptions.mnist_c import CORRUPTIONS
from core.data.mnist import load_mnist
from core.explain.gradients import ink_of
from core.runs.archive import DEMO_DIRECTORY
from core.runs.files import CHECKPOINT
from core.runs.model_tensors import read_model

IMAGES, QUICK_IMAGES = 1_000, 200
FIFTEEN_A_SECOND = 200
"""Images that get all fifteen corruptions in a second: a page that measures a thousand waits for five."""


def measure(quick: bool) -> dict[str, Sequence[Row]]:
    """Processor time, so that what else runs does not count."""
    test = load_mnist("test").subset(np.arange(QUICK_IMAGES if quick else IMAGES))
    images, model = test.images, read_model(DEMO_DIRECTORY / CHECKPOINT)
    ink = ink_of(images)

    def strongest(name: str) -> Callable[[], object]:
        change = CHANGES[name]
        ends = (change.strengths[0], change.strengths[-1])
        return lambda: change.apply(images, max(ends, key=lambda end: abs(end - change.neutral)))

    def attacked(name: str) -> Callable[[], object]:
        return lambda: ATTACKS[name].function(model, ink, test.labels, 0.1, 0)

    corruptions = {each.title: lambda each=each: each.apply(images) for each in CORRUPTIONS.values()}
    seconds = {name: processor_seconds(make) for name, make in corruptions.items()}
    every = tuple(len(images) / sum(turn) for turn in zip(*seconds.values(), strict=True))
    return {
        f"Corruptions of MNIST-C, {len(images):,} images, one core": [
            *(_row(name, len(images), taken) for name, taken in seconds.items()),
            Row("All fifteen", every, "images/s", reach=FIFTEEN_A_SECOND, bound="at least"),
        ],
        "Changes at their strongest, and attacks on the demo run": [
            *(_row(change.title, len(images), processor_seconds(strongest(name))) for name, change in CHANGES.items()),
            *(_row(attack.title, len(images), processor_seconds(attacked(name))) for name, attack in ATTACKS.items()),
        ],
    }


def _row(name: str, images: int, seconds: Sequence[float]) -> Row:
    return Row(name, tuple(images / max(taken, 1e-9) for taken in seconds), "images/s")
