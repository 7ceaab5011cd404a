"""Every view of a run has its sentence, or works, where something is missing: epochs, hidden units, images, workers."""

import json
import shutil
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.data.catalogue import Catalogue
from core.data.dataset import DatasetEntry, SourceDataset
from core.data.my_drawings import MyDrawings
from core.errors import EngineError
from core.runs.records import Run
from core.runs.status import RunOrigin
from core.runs.store import RunStore
from tests.app.conftest import ROOT, train_small
from ui.draw.state import CardState
from ui.robustness import subjects
from ui.shell import series
from ui.shell.resources import framing_of_run

NO_WORKER = "No worker is there."
STATES = ("thinned", "short", "imported", "others", "linear", "gone")
"""Kept epochs gone by budget, one epoch, an imported model, other classes, no hidden layers, images deleted."""
THINNED = "The weights of earlier places were removed to stay within the space for weights"
NO_REPLAY = "Nothing to replay: how this network learned was not kept."
DELETED = "The images of this run have been deleted: nothing can be measured on them any more."
NO_DATA = "There is no dataset called “gone-"
FOLLOWS = "follow this control. Everything else shows the network after its last epoch."
SAID: dict[str, dict[str, tuple[str, ...]]] = {
    "inside": {
        "thinned": (
            THINNED,
            "A path needs two epochs, and none is kept",
            "Earlier epochs cannot be measured, and none",
        ),
        "short": (FOLLOWS, "Map the loss", "Leave things out"),
        "imported": (NO_REPLAY, "A path needs two epochs, and an imported model comes", "Leave things out"),
        "others": (FOLLOWS, "An image on its way", "Labelled **ring**", "Map the loss", "Make the map follow"),
        "linear": ("This network has no hidden layer: its outputs look at the pixels themselves.", "Map the loss"),
        "gone": (NO_DATA, "Without its images, only its weights can be shown.", *4 * (DELETED,)),
    },
    "robustness": {
        **dict.fromkeys(("imported", "linear"), ("could not be measured: No worker is there.", "Measure all fifteen")),
        "gone": (NO_DATA,),
    },
    "errors": {
        "thinned": (
            THINNED,
            "An order needs the weights of two epochs: none are left",
            "This is about the network after",
        ),
        "short": ("An order needs two epochs: this run has one.",),
        "imported": (NO_REPLAY, "This network was imported without the weights of its epochs"),
        "others": ("When each image was learned", "Find out", "Find them"),
        "linear": ("When each image was learned", "Find out"),
        "gone": (NO_DATA, "Show the demo run"),
    },
    "evaluate": {
        "thinned": (THINNED, "to follow, it needs the weights of two epochs"),
        "short": ("to follow, it needs the weights of two epochs",),
        "imported": (NO_REPLAY,),
        "others": ("Make the matrix follow", "Click an image to see"),
        "linear": ("Make the matrix follow",),
        "gone": (NO_DATA, "The images of this run have been deleted: no other method can be trained on them."),
    },
    "train": {
        "thinned": (THINNED,),
        "short": ("after 1 epoch",),
        "imported": ("There is no result of the training run: an imported model comes without what was measured.",),
        "others": ("Probe images",),
        "linear": ("3 of 3 units",),
        "gone": ("Validation images cannot be shown.", "Its images have been deleted"),
    },
    "draw": {
        **dict.fromkeys(STATES, ("Your report card", "of the 120 test images, it reads", "My drawings", "Version ")),
        "thinned": (THINNED, "Your report card", "My drawings"),
        "imported": (NO_REPLAY, "Your report card", "My drawings"),
        "gone": ("Your report card", NO_DATA, "My drawings", "its confidence is not calibrated"),
    },
}
"""Pages with every view of a network, and what each says or offers; no view of Robustness knows of epochs."""


class NoWorker:
    """The engine when its last worker is gone."""

    def analyse(self, *_: object) -> Future:
        future: Future = Future()
        future.set_exception(EngineError(NO_WORKER))
        return future


@pytest.fixture(autouse=True)
def no_worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(series, "engine", NoWorker)
    monkeypatch.setattr(subjects, "SAMPLE", 20)
    subjects._sample.clear()
    series._kept.clear()
    yield
    series._kept.clear()
    subjects._sample.clear()


@pytest.fixture(scope="module")
def runs(store: RunStore, run_on_shapes: Run, home: Path) -> Iterator[dict[str, Run]]:
    """A run in each state, with few images so that its pages are quick."""

    def copy(name: str, *without: str, **changes: object) -> Run:
        made = replace(run_on_shapes, run_id=f"{name}-heron-00ee22", name=name, **changes)
        store.insert(made)
        shutil.copytree(store.files.folder(run_on_shapes.run_id), store.files.folder(made.run_id))
        for pattern in without:
            for path in store.files.folder(made.run_id).glob(pattern):
                path.unlink()
        return made

    config = run_on_shapes.config
    entry = Catalogue(home).add(SourceDataset(Catalogue(home).load(config.dataset).train), "Gone", "Deleted soon.")
    Catalogue(home).delete(entry.name)
    files = ("epoch-*", "early-*")
    found = {
        "thinned": copy("thinned", *files),
        "short": copy("short", "epoch-0002*", epochs=run_on_shapes.epochs[:1], config=config.replace(epochs=1)),
        "imported": copy("imported", *files, origin=RunOrigin.IMPORTED, epochs=(), early=()),
        "linear": train_small(store, config.replace(hidden_layers=0)),
        "gone": copy("orphan", config=config.replace(dataset=entry.name)),
    }
    yield found | {"others": run_on_shapes}
    for run in found.values():
        store.delete(run.run_id)


@pytest.mark.slow
@pytest.mark.parametrize("state", STATES)
def test_each_page_says_what_a_run_lacks(runs: dict[str, Run], mine: MyDrawings, state: str) -> None:
    run, drawing = runs[state], np.zeros((28, 28), np.uint8)
    drawing[6:22, 12:16] = 255
    card = CardState([drawing], meant_for=(*run.class_names, framing_of_run(run.config).value))
    mine.add([drawing], [1], run.class_names)
    for name, sentences in SAID.items():
        if state not in sentences:
            continue
        page = opened(name, card, run=run.run_id, why="neighbours")
        said = words(page)
        for sentence in sentences[state]:
            assert said.count(sentence) >= sentences[state].count(sentence), f"{name}: {sentence}\n{said}"


@pytest.mark.slow
def test_without_a_worker_each_view_says_so_and_can_be_asked_again(runs: dict[str, Run]) -> None:
    for name, buttons, sentences in (
        ("inside", ("Map the loss", "Leave things out", "Measure the spread", "Make the map follow"), 4),
        ("robustness", ("Measure all fifteen", "Measure both attacks"), 4),
        ("errors", ("Find out",), 2),
        ("evaluate", ("Make the matrix follow",), 1),
    ):
        page = opened(name, CardState(), run=runs["others"].run_id, why="neighbours")
        asked(page, buttons)
        assert words(page).count(NO_WORKER) >= sentences, f"{name}\n{words(page)}"
        assert set(buttons) <= {button.label for button in page.button}


def test_labels_of_other_classes_without_a_worker_and_of_images_that_are_gone(
    runs: dict[str, Run], shapes: DatasetEntry
) -> None:
    page = opened("explore", CardState(), dataset=shapes.name, view="labels", split="training")
    asked(page, ("Look for wrong labels",))
    assert f"The labels could not be examined: {NO_WORKER}" in words(page)
    assert "Look for wrong labels" in words(page)
    gone = opened("explore", CardState(), dataset=runs["gone"].config.dataset, view="labels")
    assert NO_DATA in words(gone)


def opened(name: str, card: CardState, **query: str) -> AppTest:
    """A page of somebody who has drawn for a report card, and asked why."""
    page = AppTest.from_file(str(ROOT / "pages" / "main.py"), default_timeout=60)
    for key, value in query.items():
        page.query_params[key] = value
    page.session_state[f"{CardState.__module__}.{CardState.__qualname__}"] = card
    page.switch_page(f"{name}.py")
    page.run()
    assert not page.exception, page.exception
    return page


def asked(page: AppTest, buttons: tuple[str, ...]) -> None:
    """Press all of them, and look what came of it."""
    for label in buttons:
        next(button for button in page.button if button.label == label).click()
    page.run()
    page.run()
    assert not page.exception, page.exception


def words(page: AppTest) -> str:
    """Everything that is read on the page, the buttons and the control of the places among it."""
    kinds = [page.header, page.markdown, page.caption, page.info, page.warning, page.error]
    said = [str(element.value) for kind in kinds for element in kind] + [button.label for button in page.button]
    protos = [found.proto for found in page.get("bidi_component")]
    controls = [json.loads(proto.json) for proto in protos if proto.id.endswith("_replay")]
    return "\n".join([*said, *(control["empty"] for control in controls if not control["places"])])
