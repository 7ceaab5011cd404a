"""What it costs a training to be watched: through the engine alone, polled by a session, polled by a browser."""

import time
from collections.abc import Callable, Sequence

from benchmarks.app import app, start_training, store_of, wait_for_end
from benchmarks.report import Row
from benchmarks.session import Session
from core.runs.status import RunStatus
from core.runs.store import RunStore
from scripts.serve import Server, running_browser, wait_until

POLL_SECONDS = 0.5


def measure(quick: bool) -> dict[str, Sequence[Row]]:
    """Runs alone, with a session and with a browser, in turn."""
    epochs, rounds = (6, 3) if quick else (11, 5)
    seconds: dict[str, list[float]] = {"alone": [], "session": [], "browser": []}
    with app() as server:
        store = store_of(server)
        watchers: dict[str, Callable[[str], None]] = {
            "alone": lambda _run_id: None,
            "session": lambda run_id: _rerun_until_end(server, store, run_id),
            "browser": lambda run_id: _look_until_end(server, store, run_id),
        }
        for _ in range(rounds):
            for name, watch in watchers.items():
                run_id = start_training(server, f"epochs={epochs}&schedule=constant")
                wait_until(lambda run_id=run_id: store.get(run_id).status is not RunStatus.QUEUED, "it began", 60)
                watch(run_id)
                # The first epoch of a run is still free of watchers while they open their page.
                seconds[name] += [epoch.seconds for epoch in wait_for_end(store, run_id).epochs[1:]]
        store.close()
    alone = ("alone", tuple(seconds["alone"]))
    return {
        "Seconds per epoch through the engine, defaults, 55,000 images": [
            Row("nobody watches", tuple(seconds["alone"])),
            Row("a session reruns Train every 0.5 s", tuple(seconds["session"]), base=alone, reach=1.15),
            Row("a browser shows Train", tuple(seconds["browser"]), base=alone),
        ]
    }


def _rerun_until_end(server: Server, store: RunStore, run_id: str) -> None:
    with Session.open(server.url, "train", f"run={run_id}") as session:
        while store.get(run_id).status.is_active:
            time.sleep(max(0.0, POLL_SECONDS - session.rerun()))


def _look_until_end(server: Server, store: RunStore, run_id: str) -> None:
    with running_browser() as browser:
        page = browser.new_page()
        page.goto(f"{server.url}/train?run={run_id}")
        while store.get(run_id).status.is_active:
            page.wait_for_timeout(POLL_SECONDS * 1000)
