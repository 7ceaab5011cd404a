"""What Train says of a run that runs, waits or was stopped."""

import base64
import io
import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.config import TrainConfig
from core.engine.job import JobSnapshot
from core.figures.weights import weight_montage
from core.runs.records import EpochMetrics
from core.runs.status import RunStatus
from core.training.events import BatchProgress
from tests.app.conftest import OpenPage, live_data
from ui.shell.words import escape_markdown

CONFIG = TrainConfig(epochs=150)
WHOLE = EpochMetrics(
    epoch=22,
    step=10,
    steps_per_epoch=10,
    train_loss=0.2,
    train_accuracy=0.9,
    val_loss=0.3,
    val_accuracy=0.8,
    seconds=1.0,
    images_per_second=20_000.0,
    batch_losses=np.ones(10, dtype=np.float32),
    confusion=np.eye(10, dtype=np.int64),
)
CUT_OFF = replace(WHOLE, epoch=23, step=3, images_per_second=1_106.0)


def shown(snapshot: JobSnapshot) -> tuple[dict[str, str], str]:
    """The numbers by their labels, and the words on the bar."""

    def script() -> None:
        import streamlit as st

        from ui.train.progress import show_numbers
        from ui.train.status import show_status

        show_status(st.session_state["snapshot"])
        show_numbers(st.session_state["snapshot"])

    page = AppTest.from_function(script, default_timeout=60)
    page.session_state["snapshot"] = snapshot
    page.run()
    assert not page.exception, page.exception
    return {metric.label: metric.value for metric in page.metric}, page.get("progress")[0].text


@pytest.mark.parametrize(
    ("status", "epochs", "epoch"),
    [
        (RunStatus.QUEUED, (), "0 of 150"),
        (RunStatus.QUEUED, (WHOLE, CUT_OFF), "22.3 of 150"),
        (RunStatus.RUNNING, (), "1 of 150"),
        (RunStatus.RUNNING, (WHOLE,), "23 of 150"),
        (RunStatus.STOPPED, (WHOLE, CUT_OFF), "22.3 of 150"),
        (RunStatus.COMPLETED, (replace(WHOLE, epoch=150),), "150 of 150"),
    ],
)
def test_an_epoch_counts_as_begun_only_while_it_runs(status: RunStatus, epochs: tuple, epoch: str) -> None:
    numbers, words = shown(JobSnapshot("x", CONFIG, status, epochs=epochs))
    assert numbers["Epoch"] == epoch
    if status is RunStatus.STOPPED:
        assert words == f"**Stopped** after {epoch} epochs; what it had learned is kept."


_FOR_A_WORKER = "**Queued** · place 2: it starts as soon as the cluster has a worker for it."
PROGRESS = BatchProgress(1, 5, 10, 1_000, 0.5, 1_000.0, 0.5, (1,) * 20, (0.5,) * 20)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"run_id": ""}, "**Ready** · press Train and watch it learn"),
        ({}, "**Queued** · place 2: it starts as soon as a worker is free"),
        (
            {"workers": 0},
            "**Queued** · place 2: the cluster has no worker at the moment; it starts as soon as one joins",
        ),
        ({"status": RunStatus.RUNNING}, "**Starting** · a worker is reading the images"),
        ({"status": RunStatus.RUNNING, "progress": PROGRESS}, "**Learning** · about 2 min left"),
        (
            {"status": RunStatus.RUNNING, "progress": replace(PROGRESS, slow_motion_is_over=True)},
            "**Learning** · about 2 min left · at full speed: the 10 minutes of slow motion are used up",
        ),
        ({"status": RunStatus.STOPPING}, "**Stopping** · saving what it has learned"),
        ({"status": RunStatus.STOPPED}, "**Stopped** before it had learned anything."),
        ({"status": RunStatus.FAILED}, "**Failed** before it had learned anything."),
        (
            {"status": RunStatus.INTERRUPTED, "epochs": (WHOLE,)},
            "**Interrupted** after 22 of 150 epochs; what it had learned is kept.",
        ),
        (
            {"status": RunStatus.COMPLETED, "epochs": (WHOLE,)},
            "**Done** · early stopping ended it after 22 of 150 epochs.",
        ),
    ],
)
def test_every_state_has_its_words(change: dict, sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = SimpleNamespace(is_ready=True, seconds_to_start=lambda _: None, troubles=())
    monkeypatch.setattr("ui.train.status.engine", lambda: engine)
    queued = JobSnapshot("x", CONFIG, RunStatus.QUEUED, queue_place=2, workers=1)
    assert shown(replace(queued, **change))[1] == sentence


@pytest.mark.parametrize(
    ("ready", "wait", "workers", "troubles", "sentence"),
    [
        (False, None, 1, (), "**Starting** · the workers are getting ready"),
        (True, 0.0, 1, (), "**Starting** · a worker is picking it up"),
        (True, 150.0, 1, (), "**Queued** · place 2: it starts in about 2 min"),
        # Others train it.
        (True, 150.0, 1, ("Worker a lacks torch.",), "**Queued** · place 2: it starts in about 2 min"),
        (
            *(True, None, 0, ("Worker a (tls://lab:37551) lacks torch.", "Worker b lacks torch.")),
            f"{_FOR_A_WORKER} {escape_markdown('Worker a (tls://lab:37551) lacks torch.')} Worker b lacks torch.",
        ),
        (
            *(False, None, 0, ("The scheduler does not answer.",)),
            f"{_FOR_A_WORKER} The scheduler does not answer.",
        ),
    ],
)
def test_who_waits_reads_how_long_or_why(
    ready: bool,
    wait: float | None,
    workers: int,
    troubles: tuple[str, ...],
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = SimpleNamespace(is_ready=ready, seconds_to_start=lambda _: wait, troubles=troubles)
    monkeypatch.setattr("ui.train.status.engine", lambda: engine)
    assert shown(JobSnapshot("x", CONFIG, RunStatus.QUEUED, queue_place=2, workers=workers))[1] == sentence


@pytest.mark.parametrize(("epochs", "speed"), [((WHOLE, CUT_OFF), "20,000"), ((CUT_OFF,), "1,106"), ((), "–")])
def test_speed_is_that_of_a_whole_epoch(epochs: tuple, speed: str) -> None:
    numbers, _ = shown(JobSnapshot("x", CONFIG, RunStatus.STOPPED, epochs=epochs))
    assert numbers["Images per second"] == speed


def test_the_picture_of_the_weights_is_no_file_that_can_be_gone(open_page: OpenPage) -> None:
    from ui.shell.resources import model

    figure = json.loads(live_data(open_page("train", run="demo"), "train_weights")["figure"])
    kind, _, data = figure["layout"]["images"][0]["source"].partition(",")
    assert kind == "data:image/png;base64"
    assert len(data) < 60_000
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")).astype(int)
    assert np.abs(pixels - weight_montage(model("demo").first_layer_images())).mean() < 1
