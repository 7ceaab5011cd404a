"""Explore, Labels: asked of workers, decided on by a person, learned from by a run."""

from collections.abc import Iterator
from concurrent.futures import Future
from typing import ClassVar

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.config import TrainConfig
from core.data.decided import forget_decisions
from core.errors import EngineError
from core.labels.copies import Copies
from core.labels.examination import PARTS
from tests.app.conftest import live_data
from ui.choices.dataset import whole_splits
from ui.explore import corrected, examined
from ui.shell import series


class Worker:
    """Answers when the test says so."""

    asked: ClassVar[list[tuple[Future, tuple]]] = []

    def analyse(self, _function, *arguments) -> Future:
        self.asked.append((Future(), arguments))
        return self.asked[-1][0]


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch, home) -> Iterator[type[Worker]]:
    monkeypatch.setattr(Worker, "asked", [])
    monkeypatch.setattr(series, "engine", Worker)
    series._kept.clear()
    yield Worker
    series._kept.clear()
    forget_decisions(home, "sklearn-digits")
    for path in (home / "cache").glob("labels-*"):
        path.unlink()


def said(page: AppTest) -> str:
    assert not page.exception, page.exception
    parts = (*page.markdown, *page.caption, *page.info, *page.error, *page.warning)
    return "\n".join(str(part.value) for part in parts)


def press(page: AppTest, key: str) -> AppTest:
    return page.button(key=key).click().run()


def answer(worker: type[Worker]) -> np.ndarray:
    """Give every part its answer: all labels look right but those of images 4 and 9; image 20 is held out as well."""
    labels = whole_splits("sklearn-digits").train.labels
    probabilities = np.full((len(labels), 10), 0.01, np.float32)
    probabilities[np.arange(len(labels)), labels] = 0.85
    for position, own in ((9, 0.001), (4, 0.002)):
        probabilities[position, labels[position]] = own
        probabilities[position, (labels[position] + 1) % 10] = 0.9
    nobody = np.empty(0, np.int64)
    for part in PARTS:
        future, (_config, published, asked) = worker.asked[-1]
        assert (published, asked) == (None, part)
        if isinstance(part, int):
            positions = np.arange(part, len(labels), 5)
            future.set_result((positions, probabilities[positions]))
        elif part == "Test":
            future.set_result(Copies(np.array([3]), np.array([20]), np.array([0.1])))
        else:
            future.set_result(Copies(nobody, nobody, np.empty(0)))
    return labels


@pytest.mark.slow
def test_labels_are_examined_decided_on_and_learned_from(open_page, worker, monkeypatch) -> None:
    submitted: list[TrainConfig] = []
    monkeypatch.setattr(corrected, "submit", submitted.append)
    page = press(open_page("explore", view="labels", dataset="sklearn-digits"), "start_labels")
    assert page.button(key="stop_labels").label == "Stop"
    labels = answer(worker)
    page.run()
    train = whole_splits("sklearn-digits").train
    indices = train.file_indices
    assert f"**{len(train):,} training digits examined** · about 2 labels look wrong" in said(page)
    assert f"Labelled {labels[9]}, read as {(labels[9] + 1) % 10} with 90%; its label gets 0.1%" in said(page)
    assert f"index **{indices[9]:,}** · training split" in said(page)

    press(page, "relabel")
    assert f"Labelled {labels[4]}, read as" in said(page)
    assert page.query_params["index"] in (str(indices[4]), [str(indices[4])])
    for place in (9, 4):
        page.query_params["index"] = str(indices[place])
        assert f"Labelled {labels[place]}, read as" in said(page.run()), "as the address says, after Back too"
    press(page, "exclude")
    assert "**1 relabelled, 1 left out**, of 2 labels" in said(page)
    press(page, "undo")
    press(page, "keep")
    assert "**1 relabelled**, of 2 labels" in said(page)

    page.segmented_control(key="candidates").set_value("copies").run()
    assert "they differ by 10.0%" in said(page)
    assert f"index **{indices[20]:,}** · training split" in said(page)
    # The image that is held out is beside it.
    held_out = whole_splits("sklearn-digits").test.file_indices[3]
    assert live_data(page, "explore_pair")["alt"] == f"This training image, and beside it the test image {held_out:,}."
    press(page, "exclude")

    next(button for button in page.button if button.label == "Train on the corrected labels").click().run()
    (config,) = submitted
    wanted = sorted([(indices[9], labels[9], str((labels[9] + 1) % 10)), (indices[20], labels[20], "x")])
    assert config.corrections == ",".join(f"{index}:{label}:{new}" for index, label, new in wanted)
    assert config.dataset == "sklearn-digits"
    assert np.array_equal(whole_splits("sklearn-digits").train.labels, labels)

    # Another server finds what this one has kept.
    series._kept.clear()
    assert examined.examination("sklearn-digits").result() is not None


def test_it_can_be_stopped_and_a_failure_is_said(open_page, worker) -> None:
    page = press(open_page("explore", view="labels", dataset="sklearn-digits"), "start_labels")
    press(page, "stop_labels")
    assert worker.asked[-1][0].cancelled()
    assert len(worker.asked) == 1
    press(page, "start_labels")
    worker.asked[-1][0].set_exception(EngineError("No worker is there."))
    page.run()
    assert "The labels could not be examined: No worker is there." in said(page)
    page.segmented_control(key="images").set_value("validation").run()
    assert "choose the split Training." in said(page)
