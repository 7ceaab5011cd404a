"""How numbers are spread, on Inside."""

import json

import pytest

from core.config import TrainConfig
from tests.app.conftest import live_data, train_small
from tests.app.inside.conftest import labels, press
from ui.shell import series


@pytest.mark.slow
def test_layers_are_measured_once_and_another_kind_asks_no_worker(open_page, trained_run, worker):
    page = press(open_page("inside", run=trained_run.run_id, spread="activations"), "Measure the spread")
    worker.answer()
    page.run()
    titles = [json.loads(live_data(page, f"spread_{row}")["figure"])["layout"]["title"]["text"] for row in (2, 3)]
    assert titles == ["Hidden layer 1", "Output"]
    # The start and two epochs.
    assert len(worker.asked) == 3
    page.segmented_control(key="spread").set_value("gradients").run()
    assert "Gradients of hidden layer 1" in live_data(page, "spread_4")["alt"]
    assert "of 16 units of hidden layer 1" in live_data(page, "unit_states")["alt"]
    assert len(worker.asked) == 3
    series._kept.clear()
    assert "Measure the spread" not in labels(open_page("inside", run=trained_run.run_id))


@pytest.mark.slow
def test_a_network_without_hidden_layers_has_one_layer_and_no_units(open_page, store, worker):
    run = train_small(store, TrainConfig(hidden_layers=0, epochs=1, training_size=200))
    page = press(open_page("inside", run=run.run_id), "Measure the spread")
    worker.answer()
    page.run()
    assert "so no unit can die" in live_data(page, "unit_states")["alt"]
    store.delete(run.run_id)
