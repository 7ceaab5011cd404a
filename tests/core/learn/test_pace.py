"""How long an experiment takes: by estimate first, then by what its runs took."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.learn.experiments.pace import BESIDE_STEPS, expected_seconds, pace, seconds_left, taken_seconds
from core.runs.records import Run
from tests.core.builders import make_run

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def run_of(seconds: float | None) -> Run:
    ended = None if seconds is None else NOON + timedelta(seconds=seconds)
    return replace(make_run(), started=NOON, ended=ended)


def test_before_any_run_has_ended_it_is_the_estimate_and_what_comes_with_every_run() -> None:
    assert expected_seconds(3.0) == 3 + BESIDE_STEPS
    assert expected_seconds(None) == BESIDE_STEPS
    assert pace([], []) == pace([2.0], [run_of(None)]) == 1


def test_the_last_runs_say_how_wrong_it_was() -> None:
    assert taken_seconds(run_of(12.5)) == 12.5
    assert taken_seconds(run_of(None)) is taken_seconds(run_of(-1)) is None
    assert taken_seconds(replace(run_of(5), started=None)) is None
    # One that waited for something else does not count for all.
    assert pace([2.0, 4.0, 2.0], [run_of(10), run_of(20), run_of(500)]) == 5


def test_what_has_begun_is_done_sooner_and_no_run_is_shared() -> None:
    begun = NOON - timedelta(seconds=3)
    assert seconds_left([10, 10, 10], [begun, None, None], NOON, 1) == pytest.approx(27)
    assert seconds_left([10, 10, 10], [begun, None, None], NOON, 2) == pytest.approx(13.5)
    assert seconds_left([10, 10], [None, None], NOON, 8) == 10
    assert seconds_left([2], [begun], NOON, 2) == seconds_left([], [], NOON, 2) == 0
