"""How long a queued run waits, against a queue that is played through second by second."""

import random

import pytest

from core.engine.waiting import seconds_to_start


def played_through(running: list[int], ahead: list[int], workers: int) -> int:
    """Let time pass: every second each busy worker does one, a free one takes the next."""
    left, queue, now = sorted(running), list(ahead), 0
    while True:
        left = [seconds for seconds in left if seconds > 0]
        while queue and len(left) < workers:
            left += [seconds] if (seconds := queue.pop(0)) else []
        if not queue and len(left) < workers:
            return now
        left, now = [seconds - 1 for seconds in left], now + 1


def test_as_if_the_queue_were_played_through() -> None:
    draw = random.Random(0)
    for _ in range(200):
        workers = draw.randint(1, 4)
        running = [draw.randint(1, 9) for _ in range(draw.randint(0, workers))]
        ahead = [draw.randint(1, 9) for _ in range(draw.randint(0, 6))]
        assert seconds_to_start(running, ahead, workers) == played_through(running, ahead, workers)


@pytest.mark.parametrize(("running", "ahead", "workers"), [([], [], 0), ([None], [], 1), ([3.0], [None], 1)])
def test_what_nobody_knows_is_not_guessed(running: list, ahead: list, workers: int) -> None:
    assert seconds_to_start(running, ahead, workers) is None


def test_a_free_worker_starts_at_once_whatever_the_others_do() -> None:
    assert seconds_to_start([None], [], 2) == 0
