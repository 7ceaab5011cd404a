"""Runs that wait: how many there may be of one session, and in all; and how long one waits."""

import math
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.config import TrainConfig
from core.data.catalogue import load_splits
from core.engine import engine as engine_module
from core.engine.connection import Connection
from core.engine.engine import Engine
from core.errors import EngineError
from core.runs.store import RunStore
from core.settings import Settings
from core.training.estimate import Measurement, Speed, save_measurement
from core.training.threads import machine_name
from tests.core.builders import SMALL, make_metrics


@pytest.fixture
def waiting(tmp_path: Path) -> Iterator[Engine]:
    """An engine whose workers do not come, so that whatever is submitted waits."""
    over = threading.Event()

    def connect(_settings: Settings) -> Connection:
        over.wait(60)
        raise EngineError("There are no workers.")

    settings = Settings.from_environment({"DIGITLAB_HOME": str(tmp_path), "DIGITLAB_RUNS_PER_OWNER": "3"})
    engine = Engine(settings, RunStore(settings), connect)
    yield engine
    over.set()
    engine.close()


def test_a_session_has_so_many_runs_under_way_and_no_more(waiting: Engine) -> None:
    for number in range(3):
        assert waiting.room("eager") == 3 - number
        waiting.submit(SMALL, session="eager")
    with pytest.raises(EngineError, match="You have 3 runs under way, the most that you may have"):
        waiting.submit(SMALL, session="eager")
    assert (waiting.room("eager"), waiting.room("another")) == (0, 3)
    assert waiting.submit(SMALL, session="another").status.is_active


@pytest.fixture
def speed(tmp_path: Path) -> Speed:
    """What this home knows of its machine: only layers take time."""
    speed = Speed(1e-4, 1e-15, 1e-15, 1e-15)
    save_measurement(Measurement(speed, machine_name(), time.time()), tmp_path)
    return speed


def test_a_wait_is_that_for_the_images_there_are(
    speed: Speed, waiting: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not for as many as the settings ask for; and a continued run has epochs behind it."""
    monkeypatch.setattr(Engine, "workers", 1)
    assert waiting.seconds_to_start(waiting.submit(SMALL).run_id) == 0
    config = TrainConfig(dataset="sklearn-digits", epochs=4)
    ahead, last = waiting.submit(config), waiting.submit(SMALL)
    before = waiting.seconds_to_start(ahead.run_id)
    wait = waiting.seconds_to_start(last.run_id) - before
    # Of the 1,797 a test set and a validation set are taken.
    images = len(load_splits(config).train)
    assert images < 1_797
    steps = 4 * math.ceil(images / config.batch_size)
    assert wait == pytest.approx(steps * 2 * speed.per_layer, rel=1e-3)
    ahead.change(epochs=(make_metrics(1), make_metrics(2), make_metrics(3)))
    assert waiting.seconds_to_start(last.run_id) - before == pytest.approx(wait / 4)


def test_so_has_a_server(waiting: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "MOST_JOBS", 3)
    for number in range(3):
        waiting.submit(SMALL, session=f"session {number}")
    with pytest.raises(EngineError, match="This server has 3 runs under way"):
        waiting.submit(SMALL, session="one more")


def test_a_search_of_the_command_line_may_have_a_run_on_every_worker(
    waiting: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "MOST_JOBS", 2)
    monkeypatch.setattr(Engine, "workers", 3)
    for number in range(5):
        assert waiting.room("") == 5 - number
        waiting.submit(SMALL)
    assert waiting.room("another") == 0
    with pytest.raises(EngineError, match="This server has 5 runs under way"):
        waiting.submit(SMALL)
