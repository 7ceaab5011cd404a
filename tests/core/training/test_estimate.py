import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import core.training.fit
from core.config import TrainConfig
from core.data.dataset import Splits
from core.models.shapes import multiplications, parameter_count
from core.training.estimate import Speed, load_speed, measure_speed, save_speed
from core.training.events import EpochCompleted, TrainingEvent
from tests.core.builders import make_checkpoint, make_metrics

SPEED = Speed(per_layer=2e-5, per_parameter=3e-10, per_product=1e-11, per_augmented=2e-5)


def seconds_of_a_step(config: TrainConfig, speed: Speed = SPEED) -> float:
    parameters, products = parameter_count(config), multiplications(config)
    return (
        (config.hidden_layers + 1) * speed.per_layer
        + parameters * speed.per_parameter
        + products * config.batch_size * speed.per_product
    )


@pytest.mark.parametrize(
    "config",
    [
        TrainConfig(),
        TrainConfig(hidden_layers=0, batch_size=1, epochs=3),
        TrainConfig(hidden_size=512, hidden_layers=4, batch_size=4096, training_size=1_000),
    ],
)
def test_an_estimate_adds_up_steps_and_validation(config: TrainConfig) -> None:
    whole, rest = divmod(config.training_size, config.batch_size)
    epoch = whole * seconds_of_a_step(config)
    if rest:
        epoch += seconds_of_a_step(config) - (config.batch_size - rest) * multiplications(config) * SPEED.per_product
    epoch += 5_000 * multiplications(config) * SPEED.per_product / 3
    assert SPEED.estimate(config) == pytest.approx(config.epochs * epoch)


def test_more_work_takes_longer() -> None:
    base = TrainConfig(hidden_size=64, batch_size=64, epochs=2, training_size=10_000)
    for more in (
        {"hidden_size": 65},
        {"hidden_layers": 2},
        {"epochs": 3},
        {"training_size": 10_064},
        {"batch_size": 63},
    ):
        assert SPEED.estimate(base.replace(**more)) > SPEED.estimate(base)


def test_what_augmentation_convolutions_and_autograd_cost_is_counted() -> None:
    plain = TrainConfig()
    assert SPEED.estimate(plain.replace(rotation=5)) - SPEED.estimate(plain) == pytest.approx(5 * 55_000 * 2e-5)
    assert SPEED.estimate(plain.replace(batch_norm=True)) > SPEED.estimate(plain)
    assert SPEED.estimate(plain.replace(architecture="cnn")) > 5 * SPEED.estimate(plain)


def test_a_faster_training_corrects_the_speed_and_a_slower_one_does_not() -> None:
    config = TrainConfig(epochs=4)
    per_epoch = SPEED.estimate(config) / 4
    assert SPEED.corrected(config, 2 * per_epoch) is SPEED
    better = SPEED.corrected(config, per_epoch / 3)
    assert better.estimate(config) == pytest.approx(SPEED.estimate(config) / 3)
    assert better.estimate(TrainConfig(hidden_size=16)) == pytest.approx(
        SPEED.estimate(TrainConfig(hidden_size=16)) / 3
    )


def test_a_measurement_finds_the_speed_of_the_machine(small_splits: Splits, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine whose every step takes exactly as long as SPEED says."""

    def fit(config: TrainConfig, splits: Splits) -> Iterator[TrainingEvent]:
        assert splits is small_splits
        metrics = make_metrics(1)
        object.__setattr__(metrics, "images_per_second", config.batch_size / seconds_of_a_step(config))
        yield EpochCompleted(metrics, make_checkpoint(1), is_last=True)

    monkeypatch.setattr(core.training.fit, "fit", fit)
    measured = measure_speed(small_splits)
    assert (measured.per_layer, measured.per_parameter, measured.per_product) == pytest.approx(
        (SPEED.per_layer, SPEED.per_parameter, SPEED.per_product), rel=1e-6
    )
    assert measured.per_augmented > 0


def test_a_real_measurement_gives_an_estimate(small_splits: Splits) -> None:
    speed = measure_speed(small_splits)
    assert min(vars(speed).values()) > 0
    assert 0 < speed.estimate(TrainConfig()) < 3_600


def test_a_speed_is_kept(tmp_path: Path) -> None:
    assert load_speed(tmp_path) is None
    save_speed(SPEED, tmp_path)
    assert load_speed(tmp_path) == SPEED


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[1, 2, 3]",
        b"7",
        b"\xff",
        b"{}",
        b'{"per_layer": 1}',
        b'{"per_layer": 1, "per_parameter": 1, "per_product": 1}',
        b'{"per_layer": 1, "per_parameter": 1, "per_product": 1, "per_augmented": 1, "more": 1}',
        b'{"per_layer": "1", "per_parameter": 1, "per_product": 1, "per_augmented": 1}',
        b'{"per_layer": null, "per_parameter": 1, "per_product": 1, "per_augmented": 1}',
        b'{"per_layer": NaN, "per_parameter": 1, "per_product": 1, "per_augmented": 1}',
        b'{"per_layer": -1, "per_parameter": 1, "per_product": 1, "per_augmented": 1}',
    ],
)
def test_a_speed_that_cannot_be_read_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "speed.json").write_bytes(content)
    assert load_speed(tmp_path) is None


def test_whole_numbers_are_a_speed_too(tmp_path: Path) -> None:
    (tmp_path / "speed.json").write_text(
        json.dumps({"per_layer": 1, "per_parameter": 2, "per_product": 3, "per_augmented": 4})
    )
    assert load_speed(tmp_path) == Speed(1.0, 2.0, 3.0, 4.0)
