"""What the parts that need the running app share: start a training in it, wait for its end."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs

from benchmarks.session import Session
from core.runs.records import Run
from core.runs.store import RunStore
from core.settings import Settings
from scripts.serve import Server, running_server, wait_until

TRAINING_SECONDS = 600.0


@contextmanager
def app() -> Iterator[Server]:
    """The dashboard as its users start it, with a home of its own, its engine warm."""
    with tempfile.TemporaryDirectory(prefix="digitlab-bench-") as home, running_server(Path(home)) as server:
        # The engine keeps what it measured of this machine as the last thing that it does to warm up.
        wait_until((server.home / "speed.json").exists, "the engine was warm", 120)
        yield server


def store_of(server: Server) -> RunStore:
    """The server's runs, read from beside it."""
    return RunStore(Settings.from_environment({"DIGITLAB_HOME": str(server.home)}))


def start_training(server: Server, settings: str) -> str:
    """Open Train with these settings in its URL, press the button, leave; return the run's id."""
    with Session.open(server.url, "train", settings) as session:
        session.click("Train")
        return parse_qs(session.query)["run"][0]


def wait_for_end(store: RunStore, run_id: str) -> Run:
    """Look twice a second until the run is no longer active."""
    deadline = time.monotonic() + TRAINING_SECONDS
    while (run := store.get(run_id)).status.is_active:
        if time.monotonic() > deadline:
            raise TimeoutError(f"Run {run_id} did not end within {TRAINING_SECONDS:g} s.")
        time.sleep(0.5)
    return run
