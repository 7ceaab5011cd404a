"""Write a small home, to be kept as this version of Digit Lab writes it: ``home-0.1.0`` is one.

Run it at the root of a checkout of the version whose home is wanted::

    python -m tests.data.write_home tests/data/home-0.1.0

The home holds an imported dataset of 300 images and three training runs on it: ``calm-otter-000001`` is complete,
``keen-heron-000002`` was stopped after 5 of the 12 batches of its second epoch, and the process that trained
``bold-ibex-000003`` was killed in its third. Later versions must open it, show its training runs and continue the last
two, so it is never written again.
"""

import itertools
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from core.config import TrainConfig
from core.data.catalogue import Catalogue
from core.data.dataset import SourceDataset
from core.data.mnist import load_mnist
from core.runs.store import RunStore
from core.settings import Settings
from core.training.local import train_here

COMPLETED, STOPPED, KILLED = "calm-otter-000001", "keen-heron-000002", "bold-ibex-000003"
BATCHES = 12


def main(home: Path) -> None:
    home.mkdir(parents=True)
    config = TrainConfig(hidden_size=4, epochs=2, batch_size=16, dataset=import_images(home))
    train(home, COMPLETED, config, lambda batch: False)
    train(home, STOPPED, config.replace(epochs=4), lambda batch: batch == BATCHES + 5)
    killed = subprocess.run([sys.executable, "-m", __spec__.name, str(home), KILLED, config.dataset], check=False)
    assert killed.returncode == 1
    store = open_store(home)
    assert store.mark_interrupted() == [KILLED]
    store.close()


def train_and_die(home: Path, run_id: str, dataset: str) -> None:
    config = TrainConfig(hidden_size=4, epochs=5, batch_size=16, dataset=dataset)
    train(home, run_id, config, lambda batch: os._exit(1) if batch > 2 * BATCHES else False)


def import_images(home: Path) -> str:
    images = load_mnist("train").subset(np.arange(300))
    return Catalogue(home).add(SourceDataset(images), "Three hundred", "The first 300 training images of MNIST.").name


def train(home: Path, run_id: str, config: TrainConfig, stop_after: Callable[[int], bool]) -> None:
    store, batches = open_store(home), itertools.count(1)
    store.create(config, run_id)
    for _ in train_here(store, config, run_id, lambda: stop_after(next(batches))):
        pass
    store.close()


def open_store(home: Path) -> RunStore:
    return RunStore(Settings.from_environment({"DIGITLAB_HOME": str(home)}))


if __name__ == "__main__":
    if len(sys.argv) == 2:
        main(Path(sys.argv[1]))
    else:
        train_and_die(Path(sys.argv[1]), *sys.argv[2:])
