"""The command line of a run trains that run again: read by the product's own parser, setting by setting."""

import shlex
from dataclasses import replace

import pytest

from core.commands import runs
from core.commands.line import training_command
from core.commands.parser import make_parser
from core.config import TrainConfig, setting_options
from core.presets import PRESETS
from tests.core.builders import ENVIRONMENT, make_run

WORDS = {"dataset": "shapes-01234567", "widths": "300,100", "start_from": "calm-otter-000001", "teacher": "demo"}
WORDS |= {"corrections": "12:5:3,45:9:x"}


def read_back(line: str) -> tuple[TrainConfig, str]:
    """Settings and threads that the command would train with."""
    python, flag, package, *words = shlex.split(line)
    assert (python, flag, package) == ("python", "-m", "core")
    options = make_parser().parse_args(words)
    return runs.config_of(options), options.threads


def another(name: str) -> object:
    """A value of a setting that is not its default, with as many digits as it can have."""
    field = TrainConfig.model_fields[name]
    if name in WORDS:
        return WORDS[name]
    if isinstance(field.default, bool):
        return not field.default
    if options := setting_options(name):
        return next(option for option in options if option != field.default)
    return field.default + 1 if isinstance(field.default, int) else field.default + 0.1234567890123


@pytest.mark.parametrize("name", TrainConfig.model_fields)
def test_every_setting_comes_back(name: str) -> None:
    config = TrainConfig().replace(**{name: another(name)})
    assert config != TrainConfig()
    assert read_back(training_command(make_run(config=config)))[0] == config


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_every_preset_comes_back(preset) -> None:
    assert read_back(training_command(make_run(config=preset.config)))[0] == preset.config


def test_threads_come_back_where_a_run_had_several() -> None:
    run = make_run()
    assert read_back(training_command(run))[1] == "2"
    single = replace(run, environment=replace(ENVIRONMENT, threads=1))
    assert "--threads" not in training_command(single)


def test_what_anybody_asks_first_is_said_in_any_case() -> None:
    line = training_command(replace(make_run(config=TrainConfig()), environment=replace(ENVIRONMENT, threads=1)))
    assert line == (
        "python -m core train --hidden-size 128 --hidden-layers 1 --learning-rate 0.001 --batch-size 64 --epochs 5 "
        "--seed 0"
    )
