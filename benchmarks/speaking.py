"""What the events of ``benchmarks/scaling.py`` are said by: it runs in a worker, which loads nothing else for it."""

import time
from dataclasses import replace

from distributed import get_worker

from core.engine.messages import ProgressEvent, encode
from core.training.events import BatchProgress

PROGRESS = BatchProgress(1, 10, 860, 55_000, 0.25, 90_000.0, 0.1, tuple(range(10)), (0.5,) * 10)


def say(topic: str, count: int, pause: float) -> None:
    """Say this many events, with so many seconds between them."""
    worker = get_worker()
    for _ in range(count):
        worker.log_event(topic, encode(ProgressEvent("bench", 1, replace(PROGRESS, said_at=time.time()))))
        time.sleep(pause)
