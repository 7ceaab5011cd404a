"""One image, read by the run as it was at each place of its training."""

import json

import numpy as np
import pytest
from sklearn import metrics
from streamlit.testing.v1 import AppTest

from core.analysis.percent import probability_percent
from core.config import TrainConfig
from core.runs.records import DEMO_RUN_ID, Run
from core.runs.store import RunStore
from tests.app.conftest import OpenPage, live_data, train_small
from tests.app.errors.test_learned import Worker
from ui.results import through_epochs
from ui.shell import series
from ui.shell.resources import splits


def frames_of(page: AppTest, key: str) -> dict:
    """By place, what is different in the bars."""
    frames = json.loads(live_data(page, key)["frames"])
    assert frames["run"] == live_data(page, key.split("_")[0].replace("inspected", "errors") + "_replay")["run"]
    return frames["places"]


@pytest.mark.parametrize(
    ("name", "query", "key"),
    [
        ("errors", {"digit": "8"}, "inspected_probabilities"),
        ("draw", {"source": "test", "digit": "8"}, "draw_bars"),
    ],
)
def test_bars_show_what_each_kept_epoch_made_of_the_image(
    open_page: OpenPage, store: RunStore, name: str, query: dict[str, str], key: str
) -> None:
    places = frames_of(open_page(name, run=DEMO_RUN_ID, **query), key)
    models = dict(store.epoch_models(DEMO_RUN_ID))
    assert places.keys() == {str(epoch) for epoch in models}
    image = splits().test.images[8:9]
    for place, frame in places.items():
        expected = models[int(place)].probabilities(image)[0]
        bars = frame["data"]["0"]
        np.testing.assert_allclose(bars["y"], expected, atol=2e-3 if name == "draw" else 5e-5)
        if name == "errors":
            assert bars["customdata"][5] == f"5: {probability_percent(float(expected[5]))}"


def test_a_place_without_weights_says_so(
    open_page: OpenPage, store: RunStore, trained_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = dict(store.files.epoch_paths(trained_run.run_id))[1]
    paths = through_epochs.kept_paths

    def without_first(run_id: str):
        return {place: path for place, path in paths(run_id).items() if path != str(first)}

    monkeypatch.setattr(through_epochs, "kept_paths", without_first)
    places = frames_of(open_page("errors", run=trained_run.run_id, digit="8"), "inspected_probabilities")
    assert places["1"]["layout"]["annotations"][0]["text"] == "Its weights at this point were not kept."
    assert len(places["2"]["data"]["0"]["y"]) == 10


def test_of_large_networks_only_some_places_are_read(
    store: RunStore, trained_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    image, newest = splits().test.images[0], np.full(10, 0.1, np.float32)
    size = sum(array.nbytes for array in store.epoch_models(trained_run.run_id)[0][1].weights.values())
    monkeypatch.setattr(through_epochs, "_MOST_BYTES", 2 * size)
    through_epochs._frames.clear()
    found = through_epochs.answer_frames(trained_run, image, newest, true_label=1).by_place
    read = [name for name, frame in found.items() if frame["data"][0]["y"]]
    assert 0 < len(read) <= 2 < len(found)
    through_epochs._frames.clear()


def test_evaluate_has_the_control_and_a_line_in_its_curves(open_page: OpenPage) -> None:
    page = open_page("evaluate", run=DEMO_RUN_ID, epoch="2")
    assert live_data(page, "evaluate_replay")["start"] == "2"
    for key in ("loss_curves", "accuracy_curves"):
        places = json.loads(live_data(page, key)["frames"])["places"]
        assert places["2"]["layout"]["shapes"][0]["x0"] == 2


@pytest.mark.slow
def test_the_matrix_of_evaluate_follows_once_a_worker_has_read_the_test_images(
    open_page: OpenPage, store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = Worker()
    monkeypatch.setattr(series, "engine", lambda: worker)
    # A run of its own, of which no other test has had anything read.
    run_id = train_small(store, TrainConfig(hidden_size=8, epochs=2, training_size=500, seed=77)).run_id
    page = open_page("evaluate", run=run_id, cells="by_true_row")
    assert live_data(page, "evaluate_confusion")["frames"] is None
    next(button for button in page.button if button.label == "Make the matrix follow").click().run()
    worker.answer()
    assert "50% done" in page.run().get("progress")[0].text
    worker.answer()
    places = json.loads(live_data(page.run(), "evaluate_confusion")["frames"])["places"]
    test = splits().test
    for epoch, network in store.epoch_models(run_id):
        matrix = metrics.confusion_matrix(
            test.labels, network.probabilities(test.images).argmax(1), labels=range(10), normalize="true"
        )
        shown = [float(text.replace("·", "0")) for text in places[str(epoch)]["data"]["2"]["text"]]
        np.testing.assert_allclose(shown, 100 * matrix.ravel(), atol=0.051)
    assert places["0"]["layout"]["annotations"][0]["text"].startswith("Unknown: the weights")
    assert not any(button.label == "Make the matrix follow" for button in page.button)
    store.delete(run_id)
