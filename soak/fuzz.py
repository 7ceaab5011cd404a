"""Fuzzing: a hundred thousand damaged inputs, in processes that are watched from outside."""

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from core.settings import cores
from soak.faults import Outcome, Plan

CHILD = (sys.executable, "-m", "soak.fuzz_child")
_ROOT = Path(__file__).resolve().parents[1]
_A_PROCESS = 5_000
"""Inputs of one process: what it takes to start is little beside them, and what it keeps is measured."""
_MOST_AT_ONCE = 4
"""Processes, however many cores there are: each may hold ``MOST_MB``."""
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


def run(plan: Plan, outcome: Outcome) -> None:
    """Feed the importers, the readers of pictures and models, addresses and commands, on every core."""
    shares, counting = SimpleQueue[range](), threading.Lock()
    after = plan.seed + plan.times
    for first in range(plan.seed, after, _A_PROCESS):
        shares.put(range(first, min(first + _A_PROCESS, after)))
    with tempfile.TemporaryDirectory(prefix="digitlab-fuzz-") as folder, ThreadPoolExecutor(_MOST_AT_ONCE) as pool:
        count = min(cores(), shares.qsize(), _MOST_AT_ONCE)
        lanes = [_Lane(plan, shares, outcome, counting, Path(folder) / str(number)) for number in range(count)]
        for lane in [pool.submit(lane.run) for lane in lanes]:
            lane.result()


@dataclass
class _Lane:
    """One process after another, in a folder of their own, each with a share of the inputs."""

    plan: Plan
    shares: "SimpleQueue[range]"
    outcome: Outcome
    counting: threading.Lock
    folder: Path

    def run(self) -> None:
        """Feed as long as there are shares, and time."""
        self.folder.mkdir()
        while True:
            try:
                share = self.shares.get_nowait()
            except Empty:
                return
            while share and self.plan.seconds_left:
                share = share[self._feed(share) :]

    def _feed(self, share: range) -> int:
        """Feed one process; how many of the inputs it was fed."""
        fed = _start(self.folder, share, self.plan.seconds_left)
        stuck = threading.Event()
        threading.Thread(target=_watch, args=(fed, stuck), daemon=True).start()
        summary = self._listen(fed)
        code = fed.process.wait()
        count = sum(summary.get("done", {}).values())
        if not summary:
            what = (
                f"took longer than {SLOWEST_SECONDS:g} s"
                if stuck.is_set()
                else f"ended the process ({code}): {_errors(self.folder)}"
            )
            # One that ended before its first input says nothing of where it was.
            at = max(fed.seed, share.start)
            self.outcome.lose(at, what)
            count = at + 1 - share.start
        with self.counting:
            _note(self.outcome, share.start, count, summary)
        return count

    def _listen(self, fed: _Fed) -> Mapping[str, Any]:
        """Note what it loses; what it says at its end, if it comes to one."""
        summary: Mapping[str, Any] = {}
        assert fed.process.stdout is not None
        for line in fed.process.stdout:
            told = json.loads(line)
            if "lost" in told:
                self.outcome.lose(told["seed"], f"{told['target']}: {told['lost']} {told.get('where', '')}".strip())
            else:
                summary = told
        return summary


def _start(folder: Path, share: range, seconds: float) -> _Fed:
    scratch = folder / "scratch"
    position = scratch / "position"
    position.unlink(missing_ok=True)
    scratch.mkdir(exist_ok=True)
    environment = os.environ | _environment(folder, scratch)
    with (folder / "errors").open("wb") as errors:
        process = subprocess.Popen(
            [*CHILD, str(share.start), str(len(share)), str(seconds), str(position)],
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


def _note(outcome: Outcome, first: int, fed: int, summary: Mapping[str, Any]) -> None:
    """Count what a process was fed, one after the other from ``first`` on; one that was ended has no summary."""
    outcome.done += fed
    if not summary:
        return
    for name, count in summary["done"].items():
        outcome.count(f"fed {name}", count)
    for name, count in Counter(summary["ends"]).items():
        outcome.count(name, count)
    seconds, seed = summary["slowest"]
    if seconds > outcome.figures.get("slowest, s", 0):
        outcome.figures |= {"slowest, s": seconds, "slowest, its seed": seed}
    outcome.reach("most memory, MB", summary["peak_mb"])
    outcome.reach("most growth of a process, MB", summary["grown_mb"])
    if summary["peak_mb"] > MOST_MB:
        outcome.lose(first, f"a process held {summary['peak_mb']:.0f} MB", fed)
    if summary["grown_mb"] > MOST_GROWTH_MB:
        outcome.lose(first, f"a process grew by {summary['grown_mb']:.0f} MB", fed)
