"""Many sessions and some real browsers at once, a fifth of them training: nothing mixed up, memory given back.

A seed is a crowd of so many: each visitor has by it its own test digit to look at or its own network to train, and none
can come alone.
"""

import random
import re
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs

import numpy as np
import psutil

from benchmarks.session import Session
from core.analysis.percent import percent
from core.data.mnist import load_mnist
from core.runs.records import DEMO_RUN_ID, Run
from core.runs.status import RunStatus
from core.runs.store import RunStore
from core.settings import Settings
from scripts.serve import Server, running_server, wait_until
from soak.faults import Outcome, Plan, lost_by
from soak.onlookers import look_at_once
from soak.pages import PAGES

PATIENCE_SECONDS = 240.0
GONE_SECONDS, KEPT_SECONDS, FREED_SECONDS = 60.0, 125.0, 60.0
"""Streamlit keeps a session for two minutes, in case its browser comes back, and then until the next visitor leaves."""
A_SESSION_MB, KEPT_MB = 8.0, 100.0
"""What a session may take at the peak; what may be kept when all have gone: figures, predictions and networks of the
last runs, in caches with a limit on their entries, and what is free between them. Fifty visitors left 69 MB."""
_TRAINERS, _EAGER, _LONG = 5, 4, 2
"""One in five trains; four of those are tabs of one eager browser, and two of its runs last until all others wait."""
_EAGER_OWNER = "e" * 32
_LASTS, _IS_SHORT = "epochs=200&training_size=50000", "epochs=3&training_size=5000"


class Crowd:
    """A server and its visitors.

    Parameters
    ----------
    server
        Warm.
    """

    def __init__(self, server: Server, outcome: Outcome) -> None:
        self.server, self.outcome = server, outcome
        self.store = RunStore(Settings.from_environment({"DIGITLAB_HOME": str(server.home)}))
        self._lock = threading.Lock()
        self._chosen = self._expected = np.empty(0, np.int64)

    def know_the_answers(self) -> None:
        """What the demo run reads in each test digit, by the network and not by the page."""
        images = load_mnist("test").images
        self._expected = self.store.model(DEMO_RUN_ID).probabilities(images).argmax(axis=1)

    def memory_mb(self) -> float:
        """Of the server process, without its workers, and without files such as libraries that others map as well."""
        memory = psutil.Process(self.server.process.pid).memory_info()
        return float(memory.rss - getattr(memory, "shared", 0)) / 1e6

    def warm_up(self) -> None:
        """Every page once: what is imported then stays, and is not what sessions take."""
        for page in PAGES:
            with Session.open(self.server.url, page):
                pass

    def visit(self, number: int, seed: int, gather: threading.Barrier) -> list[str]:
        """One visitor, from coming to going; what it saw that was not its own, or an error that ends its visit."""
        chance = random.Random(seed)
        try:
            return self._look(chance, gather) if number % _TRAINERS else self._train(number, chance, gather)
        except Exception:
            # The others wait for it no longer.
            gather.abort()
            raise

    def sessions(self) -> int:
        """That the server is connected with; it keeps others that may come back."""
        told = urllib.request.urlopen(f"{self.server.url}/_stcore/metrics", timeout=30).read().decode()
        found = re.search(r"^active_sessions (\d+)", told, re.MULTILINE)
        return int(found[1]) if found else 0

    def _look(self, chance: random.Random, gather: threading.Barrier) -> list[str]:
        """Look at a digit of one’s own, again and again, and at other pages between."""
        digit, wrong = chance.randrange(10_000), []
        with Session.open(self.server.url, "draw", f"source=test&digit={digit}&run={DEMO_RUN_ID}") as session:
            gather.wait(PATIENCE_SECONDS)
            for _ in range(3):
                expected = f"Prediction: {self._expected[digit]}"
                if expected not in session.text or f"digit={digit}" not in session.query:
                    said = [text for text in session.text if text.startswith("Prediction")]
                    wrong.append(f"asked for digit {digit}, {expected}, and saw {said}, {session.query}")
                with Session.open(self.server.url, chance.choice(PAGES)):
                    pass
                self._note("reruns, s", session.rerun())
        return wrong

    def _train(self, number: int, chance: random.Random, gather: threading.Barrier) -> list[str]:
        """Train a network of one’s own, and see its settings and its numbers, to the end."""
        size, seed, rank = chance.choice((8, 16, 24)), chance.randrange(10_000), number // _TRAINERS
        is_long = rank < _LONG and _others(gather) > 0
        query = f"hidden_size={size}&seed={seed}&" + (_LASTS if is_long else _IS_SHORT)
        cookie = f"digitlab_browser={_EAGER_OWNER if rank < _EAGER else f'{number:032x}'}"
        with Session.open(self.server.url, "train", query, cookie=cookie) as session:
            run_id = self._begin(session, rank, gather)
            wait_until(lambda: not self.store.summary(run_id).status.is_active, f"{run_id} ended", PATIENCE_SECONDS)
            session.rerun()
            run = self.store.get(run_id)
            wrong = []
            ends = (RunStatus.STOPPED, RunStatus.COMPLETED) if is_long else (RunStatus.COMPLETED,)
            if (run.config.hidden_size, run.config.seed) != (size, seed) or run.status not in ends:
                got = f"{run.config.hidden_size}, {run.config.seed}, {run.status}"
                wrong.append(f"asked for {query} and got {got}")
            expected = f"Validation accuracy: {percent(run.epochs[-1].val_accuracy)}"
            if expected not in session.text:
                said = [text for text in session.text if text.startswith("Validation accuracy")]
                wrong.append(f"saw {said} of {run_id} instead of {expected}")
            return wrong

    def _begin(self, session: Session, rank: int, gather: threading.Barrier) -> str:
        """Start a run in one’s turn, the eager ones before all others; stop a long one once those wait."""
        if _LONG <= rank < _EAGER:
            wait_until(lambda: self._runs_of(eager=True) >= _LONG, "the long runs were there", PATIENCE_SECONDS)
        if rank >= _EAGER:
            gather.wait(PATIENCE_SECONDS)
        session.click("Train")
        run_id = parse_qs(session.query)["run"][0]
        if rank < _EAGER:
            gather.wait(PATIENCE_SECONDS)
        others = _others(gather)
        if rank < _LONG and others:
            wait_until(lambda: self._runs_of(eager=False) >= others, "all others waited", PATIENCE_SECONDS)
            wait_until(lambda: self.store.get(run_id).epochs, f"{run_id} had learned something", PATIENCE_SECONDS)
            session.rerun()
            if self.store.summary(run_id).status.is_active:
                session.click("Stop")
        return run_id

    def _runs_of(self, *, eager: bool) -> int:
        """How many there are by now, of the eager browser or of all others."""
        return sum((run.owner == _EAGER_OWNER) is eager for run in self.store.runs() if not run.is_demo)

    def _note(self, name: str, value: float) -> None:
        with self._lock:
            self.outcome.reach(f"slowest of {name}", value)


def _others(gather: threading.Barrier) -> int:
    """How many of those who gather train and are not the eager browser."""
    return max(0, -(-gather.parties // _TRAINERS) - _EAGER)


def run(plan: Plan, outcome: Outcome) -> None:
    """Come together, stay, go; ``times`` is how many come."""
    if not plan.seconds_left:
        return
    with tempfile.TemporaryDirectory(prefix="digitlab-soak-") as home, running_server(Path(home)) as server:
        wait_until((server.home / "speed.json").exists, "the engine was warm", PATIENCE_SECONDS)
        gather(Crowd(server, outcome), plan, browsers=3 if plan.times >= 10 else 0)
        if "Traceback" in server.output():
            outcome.lose(plan.seed, f"the server’s log has a traceback: {server.output()[-3_000:]}", plan.times)


def gather(crowd: Crowd, plan: Plan, *, browsers: int, is_forgotten: bool = True) -> None:
    """All visitors at once, and what the server held before, meanwhile and after.

    Parameters
    ----------
    is_forgotten
        Whether to wait until the server has forgotten them, which takes two minutes.
    """
    outcome, lose = crowd.outcome, partial(crowd.outcome.lose, plan.seed, times=plan.times)
    # The first page brings the demo run in.
    crowd.warm_up()
    crowd.know_the_answers()
    before = crowd.memory_mb()
    with _watched_memory(crowd), ThreadPoolExecutor(plan.times + 1) as pool:
        barrier = threading.Barrier(plan.times)
        visits = [pool.submit(crowd.visit, number, plan.seed + number, barrier) for number in range(plan.times)]
        looks = pool.submit(look_at_once, crowd.server, browsers, plan.seed) if browsers else None
        for number, visit in enumerate(visits):
            for what in lost_by(visit.result):
                lose(f"visitor {number}: {what}")
        for what in lost_by(looks.result) if looks else []:
            lose(what)
    outcome.done = plan.times
    for what in unfair(crowd.store.runs()):
        lose(what)
    if is_forgotten:
        lose_what_is_kept(crowd, plan, before)
    peak = outcome.figures["most memory, MB"]
    if peak - before > KEPT_MB + A_SESSION_MB * plan.times:
        lose(f"the server held {peak:.0f} MB, {before:.0f} MB before")
    crowd.store.close()


@contextmanager
def _watched_memory(crowd: Crowd) -> Iterator[None]:
    """Note the most that the server holds meanwhile."""
    over = threading.Event()
    watch = threading.Thread(target=_watch_memory, args=(crowd, over), daemon=True)
    watch.start()
    try:
        yield
    finally:
        over.set()
        watch.join()


def _watch_memory(crowd: Crowd, over: threading.Event) -> None:
    while not over.wait(0.5):
        with suppress(psutil.Error, OSError):
            crowd.outcome.reach("most memory, MB", crowd.memory_mb())
            crowd.outcome.reach("most sessions", crowd.sessions())


def lose_what_is_kept(crowd: Crowd, plan: Plan, before: float) -> None:
    """When all have gone, and are forgotten, what they took is free again, but for ``KEPT_MB``; more is a loss."""
    wait_until(lambda: crowd.sessions() == 0, "all visitors had gone", GONE_SECONDS)
    time.sleep(KEPT_SECONDS)
    with Session.open(crowd.server.url):
        pass
    started = time.monotonic()
    with suppress(TimeoutError):
        wait_until(lambda: crowd.memory_mb() - before <= KEPT_MB, "the memory was given back", FREED_SECONDS)
    after = crowd.memory_mb()
    crowd.outcome.figures |= {
        "memory before, MB": before,
        "memory after, MB": after,
        "given back after, s": time.monotonic() - started,
    }
    if after - before > KEPT_MB:
        crowd.outcome.lose(plan.seed, f"the server keeps {after:.0f} MB, {before:.0f} MB before", plan.times)


def unfair(all_runs: Sequence[Run]) -> list[str]:
    """The third run of the eager browser begins after one of somebody else who waited then; what is wrong with that."""
    runs = sorted((run for run in all_runs if run.started and not run.is_demo), key=_started)
    owners = [run.owner for run in runs]
    if owners.count(_EAGER_OWNER) < _EAGER:
        return []
    third = [run for run in runs if run.owner == _EAGER_OWNER][_LONG]
    waited = [run for run in runs if run.owner != _EAGER_OWNER and run.created.timestamp() + 1 < _started(third)]
    is_fair = not waited or min(map(_started, waited)) < _started(third)
    return [] if is_fair else [f"runs began in the order {owners}"]


def _started(run: Run) -> float:
    assert run.started is not None
    return run.started.timestamp()
