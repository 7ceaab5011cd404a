import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import core.training.fit
from core.config import TrainConfig
from core.data.dataset import DatasetEntry, Splits
from core.models.mlp import MLP
from core.models.shapes import layer_widths
from core.training.estimate import (
    HOLDS_SECONDS,
    Measurement,
    Speed,
    load_measurement,
    load_speed,
    measure_speed,
    save_measurement,
)
from core.training.events import EpochCompleted, TrainingEvent
from tests.core.builders import make_checkpoint, make_metrics

SPEED = Speed(per_layer=2e-5, per_parameter=3e-10, per_product=1e-11, per_augmented=2e-5)


@pytest.mark.parametrize(
    ("changes", "steps", "layers", "parameters", "products", "images"),
    [
        # 55,000 images in batches of 64; 784 · 128 + 128 and 128 · 10 + 10.
        ({}, 860, 2, 101_770, 101_632, 55_000),
        # 784 · 10 + 10, one image a step.
        ({"hidden_layers": 0, "batch_size": 1}, 55_000, 1, 7_850, 7_840, 55_000),
        # 784 · 512 + 3 · 512² + 512 · 10, and 4 · 512 + 10 biases; all images in one batch.
        (
            {"hidden_size": 512, "hidden_layers": 4, "batch_size": 4096, "training_size": 1_000},
            1,
            5,
            1_195_018,
            1_192_960,
            1_000,
        ),
    ],
    ids=["default", "linear", "deep"],
)
def test_an_estimate_counts_steps_parameters_and_products(
    changes: dict[str, object], steps: int, layers: int, parameters: int, products: int, images: int
) -> None:
    """Worked out by hand, one cost at a time: everything else is free."""
    config, free = TrainConfig(epochs=3, **changes), Speed(0.0, 0.0, 0.0, 0.0)
    assert replace(free, per_layer=1.0).estimate(config) == 3 * steps * layers
    assert replace(free, per_parameter=1.0).estimate(config) == 3 * steps * parameters
    # A validation image goes forward only, which is a third of the work.
    assert replace(free, per_product=1.0).estimate(config) == pytest.approx(3 * products * (images + 5_000 / 3))
    assert replace(free, per_augmented=1.0).estimate(config.replace(rotation=5)) == 3 * images


@pytest.mark.parametrize(
    ("changes", "steps", "images", "validation", "outputs"),
    [
        # Of 1,797 images a fifth each, 359 and 287, are held out for test and validation.
        ({}, 18, 1_151, 287, 10),
        ({"batch_size": 4096}, 1, 1_151, 287, 10),
        ({"training_size": 100, "validation_size": 50}, 2, 100, 50, 10),
        ({}, 18, 1_151, 287, 26),
    ],
)
def test_an_estimate_counts_the_images_that_there_are(
    changes: dict[str, object], steps: int, images: int, validation: int, outputs: int
) -> None:
    entry = DatasetEntry("own", "Own", "", 1_797, 0, class_names=tuple(map(chr, range(65, 65 + outputs))))
    config, free = TrainConfig(epochs=2, hidden_layers=0, dataset="own", **changes), Speed(0.0, 0.0, 0.0, 0.0)
    assert replace(free, per_layer=1.0).estimate(config, entry) == 2 * steps
    assert replace(free, per_parameter=1.0).estimate(config, entry) == 2 * steps * (784 * outputs + outputs)
    products = 2 * 784 * outputs * (images + validation / 3)
    assert replace(free, per_product=1.0).estimate(config, entry) == pytest.approx(products)
    assert replace(free, per_augmented=1.0).estimate(config.replace(shift=1), entry) == 2 * images


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
        weights = [array.numel() for array in MLP(layer_widths(config), config).parameters()]
        matrices = sum(weights[::2])
        step = 2e-5 * len(weights) / 2 + 3e-10 * sum(weights) + 1e-11 * matrices * config.batch_size
        metrics = replace(make_metrics(1), images_per_second=config.batch_size / step)
        yield EpochCompleted(metrics, make_checkpoint(1), is_last=True)

    monkeypatch.setattr(core.training.fit, "fit", fit)
    measured = measure_speed(small_splits)
    assert (measured.per_layer, measured.per_parameter, measured.per_product) == pytest.approx(
        (SPEED.per_layer, SPEED.per_parameter, SPEED.per_product), rel=1e-6
    )
    assert measured.per_augmented > 0


@pytest.mark.slow
def test_a_real_measurement_gives_an_estimate(small_splits: Splits) -> None:
    speed = measure_speed(small_splits)
    assert min(vars(speed).values()) > 0
    assert 0 < speed.estimate(TrainConfig()) < 3_600


def test_a_speed_is_kept(tmp_path: Path) -> None:
    assert load_speed(tmp_path) is None
    measured = Measurement(SPEED, "this machine", 1_000.5)
    save_measurement(measured, tmp_path)
    assert load_speed(tmp_path) == SPEED
    assert load_measurement(tmp_path) == measured


@pytest.mark.parametrize(
    ("machine", "later", "holds"),
    [
        ("this machine", 0, True),
        ("this machine", HOLDS_SECONDS - 1, True),
        ("this machine", HOLDS_SECONDS, False),
        ("another", 0, False),
        # A clock that was wrong once must not keep a measurement for years.
        ("this machine", -1, False),
    ],
)
def test_a_measurement_holds_for_its_machine_and_a_week(machine: str, later: float, holds: bool) -> None:
    assert Measurement(SPEED, "this machine", 1_000.0).holds(machine, 1_000.0 + later) is holds


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
        b'{"per_layer": 1, "per_parameter": 1, "per_product": 1, "per_augmented": 1, "measured_at": "today"}',
        b'{"per_layer": 1, "per_parameter": 1, "per_product": 1, "per_augmented": 1, "measured_at": null}',
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
    measured = load_measurement(tmp_path)
    assert measured is not None
    assert not measured.holds("this machine", 1e9), "an older file does not say where and when"
