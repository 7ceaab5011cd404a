"""What the tests of core share: MNIST read once, small pieces of it, stores in folders of their own."""

import asyncio
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import settings as hypothesis_settings

from core.config import TrainConfig
from core.data.dataset import ImageDataset, Splits
from core.data.mnist import load_mnist
from core.data.splits import make_splits
from core.runs.store import RunStore
from core.settings import Settings

# The same examples every time, and no deadline: the machine may be busy.
hypothesis_settings.register_profile("digitlab", deadline=None, derandomize=True)
hypothesis_settings.load_profile("digitlab")

OpenStore = Callable[..., RunStore]


@pytest.fixture(scope="session")
def mnist_train() -> ImageDataset:
    return load_mnist("train")


@pytest.fixture(scope="session")
def mnist_test() -> ImageDataset:
    return load_mnist("test")


@pytest.fixture(scope="session")
def torchvision() -> ModuleType:
    """The library, for tests that hold their results to it: imported by every process that collects tests, it would
    cost each two seconds.
    """
    import torchvision

    return torchvision


@pytest.fixture(scope="session")
def small_splits(mnist_train: ImageDataset, mnist_test: ImageDataset) -> Splits:
    """600 training, 200 validation and 100 test images: enough to learn from, trained on in a moment."""
    return make_splits(
        mnist_train.subset(np.arange(3_000)),
        mnist_test.subset(np.arange(100)),
        TrainConfig(training_size=600, validation_size=200),
    )


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with a home of this test's own, untouched by the environment."""
    return Settings.from_environment({"DIGITLAB_HOME": str(tmp_path / "home")})


@pytest.fixture
def open_store(settings: Settings) -> Iterator[OpenStore]:
    """``open_store(run_budget=…)``: another store on the same home, closed when the test ends."""
    opened = []

    def open_it(**changes: object) -> RunStore:
        opened.append(RunStore(settings.model_copy(update=changes)))
        return opened[-1]

    yield open_it
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: OpenStore) -> RunStore:
    return open_store()


@pytest.fixture
def environment_for_subprocesses(tmp_path: Path) -> dict[str, str]:
    """The environment of a user whose home is empty."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DIGITLAB_")}
    return inherited | {"DIGITLAB_HOME": str(tmp_path / "home"), "PYTHONUNBUFFERED": "1"}


@pytest.fixture(autouse=True)
def no_running_loop() -> Iterator[None]:
    """A process that has driven a browser has Playwright’s loop running, in which nobody can start another."""
    running = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(running)
