"""A store with very many runs: what a rerun costs the server on every page that offers a choice of one."""

import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from benchmarks.report import Row
from core.runs.archive import bring_in_demo
from core.runs.names import new_run_id
from core.runs.records import DEMO_RUN_ID
from core.runs.rows import run_to_row
from core.runs.schema import EPOCHS, RUNS
from core.runs.status import RunOrigin
from core.runs.store import RunStore
from core.settings import Settings

RUNS_IN_STORE = 10_000
REACH = 0.3
PAGES: dict[str, tuple[str, dict[str, str]]] = {
    "Home": ("home", {}),
    "Explore": ("explore", {}),
    "Train": ("train", {}),
    "Evaluate": ("evaluate", {}),
    "Errors": ("errors", {}),
    "Inside": ("inside", {}),
    "Robustness": ("robustness", {}),
    "Draw": ("draw", {}),
    "Runs": ("runs", {}),
    "Compare": ("compare", {"runs": DEMO_RUN_ID}),
    "Learn, Follow one digit": ("learn", {"part": "walk"}),
}


def fill(store: RunStore, count: int, *, seed: int = 0) -> list[str]:
    """Enter ``count`` completed runs like the demo run, by SQL and without files; a third are trials. Their ids."""
    generator = random.Random(seed)
    demo = store.get(DEMO_RUN_ID)
    (last,) = demo.epochs[-1:]
    plain = {key: value for key, value in asdict(last).items() if key not in ("batch_losses", "confusion")}
    metrics = json.dumps(plain | {"batch_losses": last.batch_losses.tolist(), "confusion": last.confusion.tolist()})
    ids, runs, epochs = [], [], []
    for number in range(count):
        run_id = new_run_id()
        changes = {"seed": number, "hidden_size": generator.choice((32, 64, 128)), "epochs": last.epoch}
        config = demo.config.replace(**changes, learning_rate=10 ** generator.uniform(-4, -2))
        origin = RunOrigin.SEARCH if number % 3 == 0 else RunOrigin.TRAINED
        run = replace(
            demo,
            run_id=run_id,
            name=run_id.rpartition("-")[0],
            config=config,
            origin=origin,
            study="many" if origin is RunOrigin.SEARCH else None,
            val_accuracy=generator.uniform(0.9, 0.99),
            tags=("even",) if number % 2 == 0 else (),
        )
        row = run_to_row(run) | {"created": 1.7e9 + number, "epochs_done": float(last.epoch)}
        ids.append(run_id)
        runs.append(row)
        epochs.append({"run_id": run_id, "epoch": last.epoch, "metrics": metrics})
    with store.database.begin() as connection:
        for start in range(0, count, 1_000):
            connection.execute(insert(RUNS), runs[start : start + 1_000])
            connection.execute(insert(EPOCHS), epochs[start : start + 1_000])
    return ids


def measure(quick: bool) -> dict[str, Sequence[Row]]:
    """One table: seconds of processor time for a rerun, in this process and without a browser."""
    return {f"Processor time of a rerun with {RUNS_IN_STORE:,} runs in the store": _rows(5 if quick else 20)}


def _rows(count: int) -> list[Row]:
    from streamlit.testing.v1 import AppTest

    with tempfile.TemporaryDirectory(prefix="digitlab-bench-") as home:
        os.environ |= {"DIGITLAB_HOME": home, "DIGITLAB_WORKERS": "1"}
        store = RunStore(Settings.from_environment())
        bring_in_demo(store)
        fill(store, RUNS_IN_STORE)
        store.close()
        from core.models.one_core import multiply_on_one_core
        from ui.shell.resources import engine

        # As the server does when it has started.
        multiply_on_one_core()
        rows = []
        for name, (page, query) in PAGES.items():
            test = AppTest.from_file(str(Path(__file__).parents[1] / "pages" / "main.py"), default_timeout=300)
            for key, value in query.items():
                test.query_params[key] = value
            test.switch_page(f"{page}.py")
            test.run()
            assert not test.exception, test.exception
            rows.append(Row(name, tuple(_seconds(test) for _ in range(count)), of="p95", reach=REACH))
        engine().close()
    return rows


def _seconds(test: Any) -> float:
    before = time.process_time()
    test.run()
    return time.process_time() - before


if __name__ == "__main__":
    for row in _rows(int(sys.argv[1]) if len(sys.argv) > 1 else 3):
        print(f"{row.name:10} {row.number:.3f} s")
