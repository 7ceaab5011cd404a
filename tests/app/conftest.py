"""Pages without a browser: AppTest from the entry script, on a home of their own."""

import json
import os
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest, local_script_runner

from core.config import TrainConfig
from core.data.catalogue import Catalogue
from core.data.dataset import DatasetEntry, ImageDataset, SourceDataset
from core.data.drawn import mark_of
from core.data.mnist import load_mnist
from core.data.my_drawings import MyDrawings
from core.runs.records import Run
from core.runs.store import RunStore
from core.training.local import train_here
from scripts.serve import wait_until
from tests.machine import on_a_known_machine
from ui.shell import browser
from ui.shell.polling import POLL_SECONDS

ROOT = Path(__file__).resolve().parents[2]
OpenPage = Callable[..., AppTest]


# A new AppTest looks through every installed package for components, for half of the time that a page test takes. No
# package is installed meanwhile.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)


def wait_for_the_script(runner: local_script_runner.LocalScriptRunner, timeout: float) -> None:
    """Wait without looking: Streamlit’s own goes through all that the page has said, a thousand times a second."""
    thread = runner._script_thread
    assert thread is not None
    thread.join(timeout)
    if thread.is_alive():
        runner.request_stop()
        runner.join()
        raise RuntimeError(f"The page has run for more than {timeout} s.")


local_script_runner.require_widgets_deltas = wait_for_the_script


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home for all page tests: one engine, one store, as on a real server."""
    folder = on_a_known_machine(tmp_path_factory.mktemp("home"))
    os.environ["DIGITLAB_HOME"] = str(folder)
    os.environ["DIGITLAB_WORKERS"] = "1"
    yield folder
    from ui.shell.resources import engine

    engine().close()


@pytest.fixture(scope="session")
def store(home: Path) -> RunStore:
    """The very store that the pages use."""
    from ui.shell.resources import run_store

    return run_store()


@pytest.fixture(scope="session")
def trained_run(store: RunStore) -> Run:
    """A small completed run beside the demo."""
    return train_small(store, TrainConfig(hidden_size=16, epochs=2, training_size=2_000, seed=3))


@pytest.fixture(scope="session")
def shapes(home: Path) -> DatasetEntry:
    """600 images of three classes that are no digits, without a test set of their own: 120 are cut off for one."""
    train = load_mnist("train")
    chosen = np.concatenate([np.flatnonzero(train.labels == label)[:200] for label in range(3)])
    order = np.random.default_rng(0).permutation(chosen)
    images = ImageDataset("shapes", train.images[order], train.labels[order], ("ring", "bar", "long-necked swan"))
    return Catalogue(home).add(SourceDataset(images), "Shapes", "Rings, bars and swans.")


@pytest.fixture(scope="session")
def run_on_shapes(store: RunStore, shapes: DatasetEntry) -> Run:
    """A small completed run on images other than MNIST."""
    return train_small(store, TrainConfig(hidden_size=8, epochs=2, dataset=shapes.name))


def live_data(page: AppTest, key: str) -> dict[str, Any]:
    """What the component of ui/live with this key was given."""
    (proto,) = [found.proto for found in page.get("bidi_component") if found.proto.id.endswith(f"-{key}")]
    data: dict[str, Any] = json.loads(proto.json)
    return data


def train_small(store: RunStore, config: TrainConfig, owner: str | None = None) -> Run:
    """Train in this process and return the completed run."""
    run = store.create(config, owner=owner)
    for _ in train_here(store, config, run.run_id):
        pass
    return store.get(run.run_id)


def discard(store: RunStore, run_id: str) -> None:
    """End a training that a page began, and delete its run: other tests share the engine, the store and its lists."""
    from ui.shell.resources import engine

    job = engine().job(run_id)
    assert job is not None, f"{run_id} is not trained by this server"
    job.stop()
    wait_until(lambda: not store.get(run_id).status.is_active, f"{run_id} has ended")
    store.delete(run_id)


def rerun_until(page: AppTest, condition: Callable[[], bool], seconds: float = 300) -> None:
    """Rerun the page as its own polling would: without a pause, it would take the time of what it waits for."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, [element.value for element in (*page.info, *page.caption)]
        time.sleep(POLL_SECONDS)
        page.run()
        assert not page.exception, page.exception


@pytest.fixture
def me(monkeypatch: pytest.MonkeyPatch) -> str:
    """Every session of the test comes from one browser; its id."""
    monkeypatch.setattr(browser, "known_id", lambda _cookies: "a" * 32)
    return "a" * 32


@pytest.fixture
def open_page() -> OpenPage:
    """``open_page("train", epochs="3")``: a fresh session that opens a page by deep link."""

    def open_it(name: str, **query: str) -> AppTest:
        page = AppTest.from_file(str(ROOT / "pages" / "main.py"), default_timeout=60)
        for key, value in query.items():
            page.query_params[key] = value
        page.switch_page(f"{name}.py")
        page.run()
        assert not page.exception, page.exception
        return page

    return open_it


@pytest.fixture
def mine(me: str, store: RunStore, home: Path) -> Iterator[MyDrawings]:
    """The drawings of the browser that the test is; gone afterwards."""
    catalogue = Catalogue(home)
    yield MyDrawings(catalogue, me, store.listing.is_dataset_named)
    for entry in catalogue.drawn_entries(mark_of(me)):
        catalogue.delete(entry.name)


@pytest.fixture
def trained_at_once(store: RunStore, home: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a page queues is trained here, at once: the engine has tests of its own. The runs, as they come."""
    from ui.shell.resources import engine

    queued: list[str] = []

    def submit(config: TrainConfig, **options: Any) -> Run:
        run = store.create(config, owner=options["session"])
        queued.append(run.run_id)
        for _ in train_here(store, config, run.run_id):
            pass
        return run

    monkeypatch.setattr(engine(), "submit", submit)
    return queued
