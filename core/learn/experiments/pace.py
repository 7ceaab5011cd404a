"""How long training runs will take: what the engine estimates of their steps, corrected by what the last runs took."""

from collections.abc import Sequence
from datetime import datetime
from statistics import median

from core.runs.records import Run

BESIDE_STEPS = 1.5
"""Seconds that a run takes beside its steps: to be started, tested and kept. Corrected as soon as a run has ended."""


def expected_seconds(estimate: float | None) -> float:
    """What a run takes from start to end, as far as is known before any has ended.

    Parameters
    ----------
    estimate
        Seconds of its steps, measured on this machine; None where that has not been measured yet.
    """
    return (estimate or 0.0) + BESIDE_STEPS


def taken_seconds(run: Run) -> float | None:
    """From start to end; None of a run that has not ended, or whose times are not known."""
    if run.started is None or run.ended is None or run.ended <= run.started:
        return None
    return (run.ended - run.started).total_seconds()


def pace(expected: Sequence[float], runs: Sequence[Run]) -> float:
    """How many times as long as expected runs took, by the median; 1 where none has ended.

    Parameters
    ----------
    expected
        For each run, from :func:`expected_seconds`.
    """
    taken = [(seconds, taken_seconds(run)) for seconds, run in zip(expected, runs, strict=True)]
    ratios = [took / seconds for seconds, took in taken if took is not None]
    return median(ratios) if ratios else 1.0


def seconds_left(predicted: Sequence[float], started: Sequence[datetime | None], now: datetime, workers: int) -> float:
    """How long it takes until the last of some runs has ended.

    Parameters
    ----------
    predicted
        Seconds of each from start to end.
    started
        When each began; None of those that have not.
    now
        UTC.
    workers
        How many train at once.
    """
    left = [
        seconds if begun is None else max(0.0, seconds - (now - begun).total_seconds())
        for seconds, begun in zip(predicted, started, strict=True)
    ]
    # No run is shared among workers.
    return max([sum(left) / max(1, workers), *left]) if left else 0.0
