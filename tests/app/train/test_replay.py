"""What Train sends along so that a browser can show a run as it was."""

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.analysis.percent import percent
from core.runs.records import DEMO_RUN_ID, Run
from tests.app.conftest import OpenPage, live_data
from ui.results import replay


def component(page: AppTest, name: str) -> dict[str, Any]:
    """What a component of ui/live was given, by its key on Train."""
    return live_data(page, f"train_{name}")


def query_of(run: Run) -> dict[str, str]:
    config = run.config.model_dump()
    names = ("hidden_size", "epochs", "training_size", "seed")
    return {"run": run.run_id} | {name: str(config[name]) for name in names}


def test_a_run_is_replayed_from_before_its_first_batch(open_page: OpenPage, trained_run: Run) -> None:
    page = open_page("train", **query_of(trained_run), epoch="0")
    replay = component(page, "replay")
    said = [place["said"] for place in replay["places"]]
    assert (replay["run"], replay["start"]) == (trained_run.run_id, "0")
    assert said[0].startswith("Before the first batch · validation accuracy ")
    assert said[0].endswith(" on 500 images")
    assert said[-1].startswith("Epoch 2 · validation accuracy ")
    names = {place["name"] for place in replay["places"]}
    for figure in ("loss_curve", "accuracy_curve", "probes", "weights", "confusion"):
        frames = json.loads(component(page, figure)["frames"])
        assert (frames["run"], frames["places"].keys()) == (trained_run.run_id, names), figure
    first = trained_run.early[0]
    captions = json.loads(component(page, "probes")["frames"])["places"]["0"]["data"]["1"]["text"]
    assert captions == [str(label) for label in first.probe_predicted]
    matrices = json.loads(component(page, "confusion")["frames"])["places"]
    assert matrices["0"]["layout"]["annotations"][0]["text"] == "Measured when an epoch ends."
    counts = [[int(text.replace("·", "0")) for text in matrices[name]["data"]["2"]["text"]] for name in ("1", "2")]
    assert counts == [epoch.confusion.ravel().tolist() for epoch in trained_run.epochs]


def test_a_run_of_an_earlier_version_says_that_its_beginning_was_not_kept(open_page: OpenPage) -> None:
    control = component(open_page("train", run=DEMO_RUN_ID), "replay")
    assert control["places"][0]["said"].endswith(" · the start was not kept")
    assert len(control["places"]) == 8
    # Its answers come from the weights that were kept.
    frames = json.loads(component(open_page("train", run=DEMO_RUN_ID), "probes")["frames"])
    assert len(frames["places"]) == 8


def test_places_whose_weights_are_gone_say_so(trained_run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "kept_paths", lambda _run_id: {(None, 2): "epoch-0002.safetensors"})
    *earlier, last = [stop.said for stop in replay.replay_stops(trained_run)]
    assert earlier
    assert all(said.endswith(" · weights not kept") for said in earlier)
    assert "not kept" not in last


def test_a_place_that_is_none_gets_a_sentence(open_page: OpenPage) -> None:
    page = open_page("train", run=DEMO_RUN_ID, epoch="soon")
    assert [warning.value for warning in page.warning] == [
        "The epoch to show must be a number from 0 to 200, not “soon”."
    ]
    assert component(page, "replay")["start"] is None


def test_axis_and_smoothing_are_in_the_url(open_page: OpenPage) -> None:
    page = open_page("train", run=DEMO_RUN_ID, accuracy_axis="error_rate", smoothing="0.9", epoch_axis="logarithmic")
    figure = json.loads(component(page, "accuracy_curve")["figure"])
    assert figure["layout"]["yaxis"]["type"] == "log"
    assert figure["layout"]["xaxis"]["type"] == "log"
    assert not page.warning
    page = open_page("train", run=DEMO_RUN_ID, accuracy_axis="upside_down", smoothing="2", epoch_axis="round")
    assert len(page.warning) == 3


def test_the_training_value_is_measured_afterwards_on_demand(open_page: OpenPage, trained_run: Run) -> None:
    from ui.shell.resources import model, splits_of

    page = open_page("train", **query_of(trained_run))
    next(button for button in page.button if button.label == "Measure afterwards").click().run()
    train = splits_of(trained_run.config).train
    accuracy = (model(trained_run.run_id).probabilities(train.images).argmax(1) == train.labels).mean()
    (said,) = [text.value for text in page.caption if text.value.startswith("Measured after ")]
    assert f"after {trained_run.epochs_done:g} epoch" in said
    assert f"of {len(train):,} training images" in said
    assert f"**{percent(float(accuracy))}**" in said
