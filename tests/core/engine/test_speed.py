"""What is kept of a measured speed, and when."""

import json
from pathlib import Path

import pytest

from core.config import TrainConfig
from core.engine.speed import KeptSpeed
from core.training.estimate import Speed
from tests.core.builders import make_metrics

CONFIG = TrainConfig(epochs=1, training_size=600)
SLOW = Speed(1.0, 1e-6, 1e-9, 1e-6)


def test_an_epoch_corrects_the_estimate_and_touches_no_file(tmp_path: Path) -> None:
    speed = KeptSpeed(tmp_path)
    speed.keep(SLOW)
    speed.save()
    before = (tmp_path / "speed.json").read_text()
    speed.correct(CONFIG, 600, make_metrics(1, seconds=0.5))
    assert speed.latest is not None
    assert speed.latest.estimate(CONFIG) == pytest.approx(0.5)
    assert (tmp_path / "speed.json").read_text() == before
    speed.save()
    assert KeptSpeed(tmp_path).latest == speed.latest
    assert json.loads((tmp_path / "speed.json").read_text())
    assert [path.name for path in tmp_path.iterdir()] == ["speed.json"]


def test_a_training_on_other_images_bends_no_estimate(tmp_path: Path) -> None:
    speed = KeptSpeed(tmp_path)
    speed.keep(SLOW)
    speed.correct(CONFIG, 500, make_metrics(1, seconds=0.5))
    speed.correct(CONFIG.replace(backend="numpy"), 600, make_metrics(1, seconds=0.5))
    assert speed.latest == SLOW


def test_a_home_that_cannot_be_written_to_costs_no_training_anything(tmp_path: Path) -> None:
    speed = KeptSpeed(tmp_path / "gone")
    speed.keep(SLOW)
    speed.save()
    assert speed.latest == SLOW
