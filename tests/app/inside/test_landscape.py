"""The loss landscape on Inside, with a worker that answers when the test says so."""

from dataclasses import replace

import numpy as np
import pytest

from core.config import TrainConfig
from core.data.catalogue import Catalogue
from core.data.dataset import SourceDataset
from core.data.mnist import load_mnist
from core.errors import EngineError
from core.explain.landscape import losses_at
from core.explain.moments import kept_moments
from core.explain.plane import plane_through
from core.runs.status import RunOrigin
from tests.app.conftest import live_data, train_small
from tests.app.inside.conftest import labels, press
from ui.inside import landscape as part
from ui.shell import series

START = "Map the loss"


def captions(page) -> str:
    return " ".join(caption.value for caption in page.caption)


@pytest.fixture(autouse=True)
def few_images(monkeypatch):
    monkeypatch.setattr(part, "LANDSCAPE_IMAGES", 20)


@pytest.mark.slow
def test_it_is_mapped_once_can_be_stopped_and_is_kept(open_page, trained_run, store, worker):
    page = press(open_page("inside", run=trained_run.run_id), START)
    assert "Stop" in labels(page)
    worker.answer(1)
    press(page, "Stop")
    worker.answer()
    assert len(worker.asked) == 2
    press(page, START)
    worker.answer()
    page.run()
    figure = live_data(page, "landscape")["figure"]
    assert '"contour"' in figure
    for name in ("start", "epoch 1", "epoch 2"):
        assert f'"{name}"' in figure
    assert "20 validation images" in captions(page)
    # Three moments lie on one plane.
    assert "The plane holds 100.00%" in captions(page)
    plane = plane_through(kept_moments(store.files, trained_run.run_id))
    assert worker.asked[-1][1] is losses_at
    np.testing.assert_allclose(worker.asked[-1][2][0].path, plane.path)
    series._kept.clear()
    again = open_page("inside", run=trained_run.run_id)
    assert live_data(again, "landscape")["figure"] == figure


@pytest.mark.slow
def test_a_worker_that_is_missing_is_named_and_asked_again(open_page, trained_run, worker):
    changed = open_page("inside", run="demo")
    press(changed, START)
    worker.asked[-1][0].set_exception(EngineError("No worker is there."))
    changed.run()
    assert changed.error[0].value == "It could not be measured: No worker is there."
    press(changed, START)
    assert len(worker.asked) == 2


def test_runs_without_a_path_say_why(open_page, store, trained_run):
    for changes, words in (
        ({}, "none is kept for this run: the others were removed"),
        ({"origin": RunOrigin.IMPORTED}, "an imported model comes without its earlier epochs"),
        ({"epochs": trained_run.epochs[:1]}, "this run has one epoch so far"),
    ):
        run = replace(trained_run, run_id="calm-heron-00bb22", **changes)
        store.insert(run)
        page = open_page("inside", run=run.run_id)
        assert words in "".join(info.value for info in page.info)
        assert START not in labels(page)
        store.delete(run.run_id)


def test_a_run_whose_images_are_gone_says_so(open_page, store, home):
    images = load_mnist("test").subset(np.arange(60))
    entry = Catalogue(home).add(SourceDataset(replace(images, name="passing")), "Passing", "")
    run = train_small(store, TrainConfig(hidden_layers=0, epochs=2, dataset=entry.name))
    Catalogue(home).delete(entry.name)
    page = open_page("inside", run=run.run_id)
    assert START not in labels(page)
    assert any("have been deleted" in caption.value for caption in page.caption)
    store.delete(run.run_id)
