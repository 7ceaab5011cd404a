"""Memory of the server and of its workers."""

from collections.abc import Sequence

import psutil

from benchmarks.app import app, start_training, store_of, wait_for_end
from benchmarks.report import Row
from benchmarks.session import Session
from scripts.serve import Server

PAGES = ("", "explore", "train", "evaluate", "errors", "draw", "runs")


def measure(quick: bool) -> dict[str, Sequence[Row]]:
    """After the start, and after a training and a visit to every page."""
    with app() as server:
        fresh = _rows(server, "after start")
        store = store_of(server)
        wait_for_end(store, start_training(server, f"epochs={2 if quick else 5}"))
        store.close()
        for page in PAGES:
            with Session.open(server.url, page):
                pass
        used = _rows(server, "after a training and a visit to every page")
    return {"Memory, MB (shared pages divided among those who share them, where the system says so)": [*fresh, *used]}


def _rows(server: Server, when: str) -> list[Row]:
    main = psutil.Process(server.process.pid)
    # A worker is a Python process that listens for work; helpers of multiprocessing hold next to nothing, but for the
    # one that workers are forked from.
    workers = [child for child in main.children(recursive=True) if child.memory_info().rss > 50e6]
    named = {"server": [main], "worker, or what it is forked from": workers}
    return [Row(f"{name}, {when}", tuple(map(_megabytes, group)), "MB") for name, group in named.items() if group]


def _megabytes(process: psutil.Process) -> float:
    memory = process.memory_full_info()
    return float(getattr(memory, "pss", 0) or memory.rss) / 1e6
