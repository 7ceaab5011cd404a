"""What one server can take: events of workers, writes to its store, trials of a search, people on its pages.

docs/SCALING.md computes from these what a hundred machines ask of it.
"""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.request import urlopen

import psutil

from benchmarks.app import app, start_training
from benchmarks.report import Row
from benchmarks.session import Session
from benchmarks.speaking import say
from core.config import TrainConfig
from core.data.catalogue import load_splits
from core.engine.connection import connect
from core.engine.engine import Engine
from core.engine.messages import Message, ProgressEvent
from core.runs.store import RunStore
from core.search.plan import Budget, make_plan
from core.search.search import Search
from core.search.searches import Book
from core.settings import Settings
from core.training.events import EpochCompleted, TrainingEvent, TrainingStarted
from core.training.fit import fit
from scripts.serve import Server, wait_until

WORKERS = 2
TOPIC = "digitlab-bench"
SPACE = ("learning_rate=0.0003:0.03:log", "dropout=0:0.5")
SHORT = TrainConfig(epochs=1, training_size=1_000, hidden_size=16)
"""So short that handing it out is what takes the time."""
USUAL = TrainConfig(epochs=4)


def measure(quick: bool) -> dict[str, Sequence[Row]]:
    """Part by part; nothing else should run meanwhile."""
    rounds = 2 if quick else 5
    return {
        f"Events of {WORKERS} workers through one scheduler": _events(rounds, 2_000 if quick else 10_000),
        "Writes to the run store by one server": _writes(rounds, 50 if quick else 200),
        f"Trials of a search, {WORKERS} workers": _trials(1 if quick else 3, quick=quick),
        "What a page costs the server, seconds of its processor": _pages(20 if quick else 50),
    }


def _events(rounds: int, count: int) -> list[Row]:
    """As fast as workers can say them; and how late one is that comes alone."""
    arrived, lags = [], []
    is_all = threading.Event()

    def tell(message: Message) -> None:
        if isinstance(message, ProgressEvent):
            arrived.append(message)
            lags.append(1000 * (time.time() - message.progress.said_at))
            if len(arrived) == WORKERS * count:
                is_all.set()

    rates, alone = [], []
    with _home() as settings, closing(connect(settings)) as connection:
        connection.listen(TOPIC, tell)
        submit, addresses = connection.client.submit, list(connection.workers())
        for _ in range(rounds):
            arrived.clear()
            is_all.clear()
            started = time.perf_counter()
            said = [submit(say, TOPIC, count, 0.0, workers=[address], pure=False) for address in addresses]
            is_all.wait(300)
            rates.append(WORKERS * count / (time.perf_counter() - started))
            lags.clear()
            for one in said:
                one.result(60)
            submit(say, TOPIC, 20, 0.05, workers=addresses[:1], pure=False).result(60)
            time.sleep(0.2)
            alone += lags
    return [
        Row("as many as they can", tuple(rates), "a second"),
        Row("one that comes alone, said to heard", tuple(alone), "ms", of="p95"),
    ]


def _writes(rounds: int, count: int) -> list[Row]:
    """The metrics of an epoch, and its checkpoint, of the default network; each is there before the next begins."""
    config = TrainConfig(epochs=1)
    said = list(fit(config, load_splits(config)))
    rows = []
    with _home() as settings:
        rows += _writes_to("SQLite", settings, said, rounds, count)
    with _home() as settings, _postgresql(settings.home) as url:
        if not url:
            return [*rows, Row("PostgreSQL", (), "a second", note="pgserver is not there")]
        other = settings.model_copy(update={"database_url": url})
        rows += _writes_to("PostgreSQL", other, said, rounds, count)
    return rows


def _writes_to(name: str, settings: Settings, said: Sequence[TrainingEvent], rounds: int, count: int) -> Iterator[Row]:
    begun = next(event for event in said if isinstance(event, TrainingStarted))
    done = next(event for event in said if isinstance(event, EpochCompleted))
    epochs, checkpoints = [], []
    with closing(RunStore(settings)) as store:
        for _ in range(rounds):
            run_id = store.create(TrainConfig(epochs=200)).run_id
            store.record_start(run_id, begun.environment)
            record = partial(_record_epoch, store, run_id, done)
            epochs.append(_rate(record, count))
            checkpoints.append(_rate(lambda n, run_id=run_id: _record_checkpoint(store, run_id, done, n), count // 5))
    yield Row(f"{name}: metrics of an epoch", tuple(epochs), "a second")
    yield Row(f"{name}: checkpoint of 784-128-10", tuple(checkpoints), "a second")


def _record_epoch(store: RunStore, run_id: str, done: EpochCompleted, number: int) -> None:
    store.record_epoch(run_id, replace(done.metrics, epoch=number))


def _record_checkpoint(store: RunStore, run_id: str, done: EpochCompleted, number: int) -> None:
    store.record_checkpoint(run_id, replace(done.checkpoint, epoch=number))


def _rate(write: Callable[[int], None], count: int) -> float:
    started = time.perf_counter()
    for number in range(1, count + 1):
        write(number)
    return count / (time.perf_counter() - started)


def _trials(rounds: int, *, quick: bool) -> list[Row]:
    """Trials a minute from the first that begins on: of next to nothing, and of the usual size."""
    found: dict[str, list[float]] = {}
    with _home() as settings, closing(RunStore(settings)) as store:
        engine = Engine(settings, store)
        try:
            warm = engine.submit(SHORT)
            wait_until(lambda: not warm.status.is_active, "the workers are warm", 120)
            kinds = {"of 1,000 images, one epoch": (SHORT, 20 if quick else 60)}
            kinds |= {"of 55,000 images, four epochs, pruned": (USUAL, 8 if quick else 16)}
            for name, (config, trials) in kinds.items():
                for seed in range(rounds):
                    plan = make_plan(config.replace(seed=seed), SPACE, Budget(trials=trials))
                    search = Search(Book(store).create(plan), engine)
                    for _ in search.run():
                        pass
                    found.setdefault(name, []).append(60 * trials / search.spent)
        finally:
            engine.close()
    return [Row(name, tuple(values), "a minute") for name, values in found.items()]


def _pages(count: int) -> list[Row]:
    """A rerun of a page, and the news of a run that a browser asks for while it watches."""
    with app() as server:
        run_id = start_training(server, "epochs=200&hidden_size=512")
        rows = []
        for name, page, query in (("Train", "train", f"run={run_id}"), ("Evaluate", "evaluate", "run=demo")):
            with Session.open(server.url, page, query) as session:
                rows.append(Row(f"{name}, a rerun", (_processor_seconds(server, session.rerun, count),)))
        news = f"{server.url}/live/run/{run_id}?accuracy_axis=accuracy&epoch_axis=linear&smoothing=0"
        rows.append(Row("Train, what is new", (_processor_seconds(server, partial(_ask, news), count),)))
        with Session.open(server.url, "train", f"run={run_id}") as session:
            session.click("Stop")
    return rows


def _processor_seconds(server: Server, ask: Callable[[], object], count: int) -> float:
    """Of the server alone, without its workers, for each time."""
    process = psutil.Process(server.process.pid)
    before = process.cpu_times()
    for _ in range(count):
        ask()
    after = process.cpu_times()
    return (after.user + after.system - before.user - before.system) / count


def _ask(url: str) -> None:
    with urlopen(url) as answer:
        answer.read()


@contextmanager
def _home() -> Iterator[Settings]:
    with tempfile.TemporaryDirectory(prefix="digitlab-bench-") as home:
        yield Settings.from_environment({"DIGITLAB_HOME": home, "DIGITLAB_WORKERS": str(WORKERS)})


@contextmanager
def _postgresql(folder: Path) -> Iterator[str]:
    """A server of its own; empty where there is none for this platform."""
    try:
        import pgserver
    except ImportError:
        yield ""
        return
    server = pgserver.get_server(folder / "postgresql", cleanup_mode="stop")
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    server.cleanup()
