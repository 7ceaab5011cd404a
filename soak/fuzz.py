"""Fuzzing: a hundred thousand damaged inputs, in processes that are watched from outside."""

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from soak.faults import Outcome, Plan

CHILD = (sys.executable, "-m", "soak.fuzz_child")
_ROOT = Path(__file__).resolve().parents[1]
_A_PROCESS = 5_000
"""Inputs of one process: what it takes to start is little beside them, and what it keeps is measured."""
SLOWEST_SECONDS = 60.0
"""What one input may take; what other libraries’ code reads has as long, and is then killed by itself."""
MOST_MB, MOST_GROWTH_MB = 1_500, 300
"""What a process may hold at its peak, and what it may have more at its end than at its beginning."""


@dataclass
class _Fed:
    """One process that is fed, and where it says which input it is at."""

    process: "subprocess.Popen[str]"
    position: Path

    @property
    def seed(self) -> int:
        """Of the input that it is at."""
        with suppress(OSError, ValueError):
            return int(self.position.read_text())
        return -1


def run(plan: Plan) -> Outcome:
    """Feed the importers, the readers of pictures and models, addresses and commands."""
    outcome, seed, after = Outcome(), plan.seed, plan.seed + plan.times
    with tempfile.TemporaryDirectory(prefix="digitlab-fuzz-") as folder:
        while seed < after and plan.seconds_left:
            seed = _feed(outcome, Path(folder), seed, min(_A_PROCESS, after - seed), plan.seconds_left)
    outcome.done = (
        seed - plan.seed if seed >= after else int(sum(v for k, v in outcome.figures.items() if k.startswith("fed ")))
    )
    return outcome


def _feed(outcome: Outcome, folder: Path, first: int, count: int, seconds: float) -> int:
    """Feed one process; the seed after the last that it was fed."""
    fed = _start(folder, first, count, seconds)
    stuck = threading.Event()
    threading.Thread(target=_watch, args=(fed, stuck), daemon=True).start()
    summary: dict[str, Any] = {}
    assert fed.process.stdout is not None
    for line in fed.process.stdout:
        told = json.loads(line)
        if "lost" in told:
            outcome.lose(told["seed"], f"{told['target']}: {told['lost']} {told.get('where', '')}".strip())
        else:
            summary = told
    code = fed.process.wait()
    if not summary:
        what = (
            f"took longer than {SLOWEST_SECONDS:g} s"
            if stuck.is_set()
            else f"ended the process ({code}): {_errors(folder)}"
        )
        outcome.lose(fed.seed, what)
        after = max(fed.seed, first) + 1
        outcome.done += after - first
        return after
    _note(outcome, first, summary)
    return first + sum(summary["done"].values())


def _start(folder: Path, first: int, count: int, seconds: float) -> _Fed:
    scratch = folder / "scratch"
    position = scratch / "position"
    position.unlink(missing_ok=True)
    scratch.mkdir(exist_ok=True)
    environment = os.environ | _environment(folder, scratch)
    with (folder / "errors").open("wb") as errors:
        process = subprocess.Popen(
            [*CHILD, str(first), str(count), str(seconds), str(position)],
            cwd=_ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    return _Fed(process, position)


def _environment(folder: Path, scratch: Path) -> Mapping[str, str]:
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    return {
        "DIGITLAB_HOME": str(folder / "home"),
        "TMPDIR": str(scratch),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "STREAMLIT_LOGGER_LEVEL": "error",
    } | threads


def _watch(fed: _Fed, stuck: threading.Event) -> None:
    """Kill a process that does not come away from one input."""
    at, ended = fed.seed, threading.Event()
    while fed.process.poll() is None:
        ended.wait(SLOWEST_SECONDS)
        if fed.process.poll() is None and at == fed.seed != -1:
            stuck.set()
            fed.process.kill()
        at = fed.seed


def _errors(folder: Path) -> str:
    return (folder / "errors").read_text(errors="replace")[-1_500:]


def _note(outcome: Outcome, first: int, summary: Mapping[str, Any]) -> None:
    for name, count in summary["done"].items():
        outcome.done += count
        outcome.count(f"fed {name}", count)
    for name, count in Counter(summary["ends"]).items():
        outcome.count(name, count)
    seconds, seed = summary["slowest"]
    if seconds > outcome.figures.get("slowest, s", 0):
        outcome.figures |= {"slowest, s": seconds, "slowest, its seed": seed}
    outcome.reach("most memory, MB", summary["peak_mb"])
    outcome.reach("most growth of a process, MB", summary["grown_mb"])
    if summary["peak_mb"] > MOST_MB:
        outcome.lose(first, f"a process held {summary['peak_mb']:.0f} MB")
    if summary["grown_mb"] > MOST_GROWTH_MB:
        outcome.lose(first, f"a process grew by {summary['grown_mb']:.0f} MB")
