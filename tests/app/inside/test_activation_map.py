"""The map of a layer, on Inside."""

import json

import numpy as np
import pytest

from core.analysis.embedding import pca_points
from core.analysis.tsne import tsne_part
from core.errors import EngineError
from core.explain.activation_map import layer_rows
from tests.app.conftest import live_data
from tests.app.inside.conftest import labels, press
from tests.core.analysis.whole_map import tsne_points
from ui.inside import activation_map as part
from ui.inside.measured import validation_sample
from ui.shell import series
from ui.shell.resources import model


@pytest.fixture(autouse=True)
def few_digits(monkeypatch):
    monkeypatch.setattr(part, "MAP_DIGITS", 60)
    for kept in (part._pca, part._probabilities, part._sheet, part._hover):
        kept.clear()
    yield
    for kept in (part._pca, part._probabilities, part._sheet, part._hover):
        kept.clear()


def points_on(page) -> dict[int, tuple[float, float]]:
    """Where each digit is, by its position in the sample."""
    traces = json.loads(live_data(page, "activation_map")["figure"])["data"]
    rows = [zip(*(numbers(trace[name]) for name in ("customdata", "x", "y")), strict=True) for trace in traces]
    return {int(position): (float(x), float(y)) for row in rows for position, x, y in row}


def numbers(coded) -> np.ndarray:
    import base64

    return np.frombuffer(base64.b64decode(coded["bdata"]), coded["dtype"]) if isinstance(coded, dict) else coded


@pytest.mark.slow
def test_pca_of_the_layer_is_there_at_once_and_sliders_choose(open_page, trained_run):
    page = open_page("inside", run=trained_run.run_id, map_layer="1", colours="correct")
    images = validation_sample(trained_run, 60)
    expected = pca_points(layer_rows(model(trained_run.run_id), images.images, 1))
    found = points_on(page)
    np.testing.assert_allclose([found[place] for place in range(60)], expected, rtol=1e-5, atol=1e-5)
    data = live_data(page, "activation_map")
    assert "hidden layer 1, coloured by correct or not" in data["alt"]
    assert {trace["name"] for trace in json.loads(data["figure"])["data"]} <= {"read correctly"[:14], "misread"}
    assert data["thumbnails"] is not None
    page.slider(key="spot_across").set_value((0, 50)).run()
    assert any("chosen**" in text.value for text in page.markdown)


@pytest.mark.slow
def test_the_map_follows_the_run_when_a_worker_has_looked(open_page, trained_run, store, worker):
    page = open_page("inside", run=trained_run.run_id, map_layer="1")
    assert live_data(page, "activation_map")["frames"] is None
    press(page, "Make the map follow")
    worker.answer(most=1)
    page.run()
    assert "Stop" in labels(page)
    while any(not future.done() for future, *_ in worker.asked):
        worker.answer()
    page.run()
    assert "Make the map follow" not in labels(page)
    data = live_data(page, "activation_map")
    images, places = validation_sample(trained_run, 60).images, json.loads(data["frames"])["places"]
    # The oracle: the directions of the last network, by singular values.
    last = layer_rows(model(trained_run.run_id), images, 1)
    first = layer_rows(dict(store.epoch_models(trained_run.run_id))[1], images, 1)
    axes = np.linalg.svd(last - last.mean(axis=0), full_matrices=False)[2][:2].T
    expected = (first - last.mean(axis=0)) @ (axes * np.sign(axes[np.abs(axes).argmax(axis=0), [0, 1]]))
    traces = json.loads(data["figure"])["data"]
    for number, trace in enumerate(traces):
        moved = places["1"]["data"][str(number)]
        found = np.stack([numbers(moved["x"]), numbers(moved["y"])], axis=1)
        np.testing.assert_allclose(found, expected[numbers(trace["customdata"])], rtol=1e-3, atol=1e-3)
    assert "after the last epoch read as" in traces[0]["text"][0]
    again = open_page("inside", run=trained_run.run_id, map_layer="1")
    assert live_data(again, "activation_map")["frames"] == data["frames"]


@pytest.mark.slow
def test_tsne_is_made_by_a_worker_part_by_part_and_kept(open_page, trained_run, worker):
    page = open_page("inside", run=trained_run.run_id, layout="tsne", map_layer="2")
    ((future, function, (_seed, before, rows)),) = worker.asked
    assert (function, before) == (tsne_part, None)
    assert rows.shape == (60, 10)
    assert "by PCA of output" in live_data(page, "activation_map")["alt"]
    future.set_exception(EngineError("No worker is there."))
    page.run()
    assert "It could not be measured: No worker is there." in [error.value for error in page.error]
    press(page, "Compute the t-SNE map")
    worker.answer(most=1)
    page.run()
    assert "by PCA of output" in live_data(page, "activation_map")["alt"]
    while any(not future.done() for future, *_ in worker.asked):
        worker.answer()
    page.run()
    assert "by t-SNE of output" in live_data(page, "activation_map")["alt"]
    found = points_on(page)
    np.testing.assert_allclose([found[place] for place in range(60)], tsne_points(rows, 0), rtol=1e-4)
    series._kept.clear()
    again = open_page("inside", run=trained_run.run_id, layout="tsne", map_layer="2")
    assert "by t-SNE of output" in live_data(again, "activation_map")["alt"]
    assert "Compute the t-SNE map" not in labels(again)
    assert len(worker.asked) == 5


@pytest.mark.slow
def test_tsne_that_is_stopped_waits_until_it_is_asked_for(open_page, trained_run, worker):
    page = open_page("inside", run=trained_run.run_id, layout="tsne", map_layer="1")
    assert len(worker.asked) == 1
    press(page, "Stop")
    page.run()
    assert len(worker.asked) == 1
    assert "by PCA of hidden layer 1" in live_data(page, "activation_map")["alt"]
    press(page, "Compute the t-SNE map")
    assert len(worker.asked) == 2
    assert "Stop" in labels(page)


def test_a_layer_that_is_not_there_is_named(open_page, trained_run):
    page = open_page("inside", run=trained_run.run_id, map_layer="7")
    assert page.warning[0].value == "The layer to map must be a number from 0 to 2, not “7”."
    assert page.query_params.get("map_layer") is None
