"""What can be left out, on Inside."""

import json

import pytest

from core.explain.compression import Change, accuracy_after
from tests.app.conftest import live_data
from tests.app.inside.conftest import labels, press
from ui.inside import compression as part
from ui.inside.measured import validation_sample
from ui.shell import series
from ui.shell.resources import model


@pytest.mark.slow
def test_curves_are_measured_once_and_kept(open_page, trained_run, worker, monkeypatch):
    monkeypatch.setattr(part, "COMPRESSION_IMAGES", 50)
    page = press(open_page("inside", run=trained_run.run_id), "Leave things out")
    worker.answer(3)
    page.run()
    assert "Stop" in labels(page)
    worker.answer()
    page.run()
    figure = json.loads(live_data(page, "pruning")["figure"])
    images = validation_sample(trained_run, 50)
    expected = accuracy_after(model(trained_run.run_id), images, Change("prune", 0.0))
    assert figure["layout"]["shapes"][0]["y0"] == pytest.approx(expected)
    assert "can go" in figure["layout"]["title"]["text"]
    assert "bit" in json.loads(live_data(page, "bits")["figure"])["layout"]["title"]["text"]
    series._kept.clear()
    assert "Leave things out" not in labels(open_page("inside", run=trained_run.run_id))
