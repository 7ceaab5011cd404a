"""A clock that jumps, forwards and backwards, by seconds and by days, under stores that share a home."""

import random
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import numpy as np

from core.api.addresses import Allowance
from core.atomic import UNFINISHED, sweep
from core.classroom.guesses import Guesses
from core.config import TrainConfig
from core.engine.job import TrainingJob
from core.errors import RunTakenError
from core.models.shapes import weight_shapes
from core.runs.presence import boot_id
from core.runs.records import Checkpoint, EpochMetrics, RunEnvironment
from core.runs.schema import SERVERS
from core.runs.status import RunStatus
from core.runs.store import RunStore
from core.settings import Settings
from soak.faults import Outcome, Plan, lost_by

_JUMPS = (1.0, 14.0, 16.0, 3_600.0, 86_400.0, 400 * 86_400.0)
_STEPS = 12
CONFIG = TrainConfig(hidden_size=4, epochs=50)


class Clock:
    """Says what time it is; somebody sets it again and again."""

    def __init__(self, chance: random.Random) -> None:
        self._chance, self._off, self._real = chance, 0.0, time.time

    def __call__(self) -> float:
        """Seconds since 1970, more or less."""
        return max(0.0, self._real() + self._off)

    def jump(self) -> None:
        """Forwards or backwards."""
        self._off += self._chance.choice((-1, 1)) * self._chance.choice(_JUMPS)


class Home:
    """A home with two stores, as two servers have them; they do at random what servers do."""

    def __init__(self, folder: Path, chance: random.Random, clock: Clock) -> None:
        self._settings = Settings.from_environment({"DIGITLAB_HOME": str(folder)})
        self._chance, self._clock = chance, clock
        self.stores = [RunStore(self._settings) for _ in range(2)]
        self._mine: dict[str, tuple[RunStore, int]] = {}
        self.lost: list[str] = []

    def step(self) -> None:
        """One thing, with the clock set before and after it."""
        self._clock.jump()
        learn: Callable[[RunStore], None] = self._learn
        steps = (self._begin, learn, learn, self._look, self._throw_away, self._die)
        self._chance.choice(steps)(self._chance.choice(self.stores))
        self._clock.jump()
        self._look(self._chance.choice(self.stores))

    def end(self) -> None:
        """Every run is there, with every epoch that was kept."""
        for run_id, (store, epochs) in self._mine.items():
            run = self.stores[0].get(run_id)
            if [metrics.epoch for metrics in run.epochs] != list(range(1, epochs + 1)):
                self.lost.append(f"{run_id} has {len(run.epochs)} of {epochs} epochs")
            is_active = run.status is RunStatus.RUNNING
            if is_active != (store in self.stores):
                self.lost.append(
                    f"{run_id} is {run.status}, its server is {'there' if store in self.stores else 'gone'}"
                )
            left = self._job(run_id).snapshot().seconds_left
            if left is None or not 0 <= left < 1e6:
                self.lost.append(f"{run_id} needs {left} s")
        for store in self.stores:
            store.close()

    def _begin(self, store: RunStore) -> None:
        run_id = store.create(CONFIG).run_id
        store.record_start(run_id, RunEnvironment(mean=0.1, std=0.3))
        self._mine[run_id] = (store, 0)
        self._epoch(store, run_id)

    def _learn(self, store: RunStore) -> None:
        for run_id, (owner, _) in self._mine.items():
            if owner is store:
                self._epoch(store, run_id)
                store.lease().renew(store.database)

    def _epoch(self, store: RunStore, run_id: str) -> None:
        epoch = self._mine[run_id][1] + 1
        store.record_epoch(run_id, metrics_of(epoch))
        store.record_checkpoint(run_id, checkpoint_of(epoch))
        self._mine[run_id] = (store, epoch)

    def _look(self, store: RunStore) -> None:
        """As every server does every other second: nobody who lives may be taken for dead."""
        interrupted = set(store.mark_interrupted())
        living = {run_id for run_id, (owner, _) in self._mine.items() if owner in self.stores}
        self.lost += [f"{run_id} was taken from a living server" for run_id in interrupted & living]

    def _throw_away(self, store: RunStore) -> None:
        """What is in the bin of one server stays there until it takes it back, whatever time it is."""
        run_id = store.create(CONFIG).run_id
        store.record_status(run_id, RunStatus.STOPPED)
        store.bin.put(run_id)
        self._clock.jump()
        for other in self.stores:
            other.bin.empty_after_others()
        store.bin.take_back(run_id)
        store.delete(run_id)

    def _die(self, store: RunStore) -> None:
        """A server is gone; another takes its place, and finds its runs interrupted at once."""
        theirs = {run_id for run_id, (owner, _) in self._mine.items() if owner is store}
        store.close()
        self.stores.remove(store)
        self.stores.append(RunStore(self._settings))
        self._clock.jump()
        left = theirs - set(self.stores[-1].mark_interrupted())
        left = {run_id for run_id in left if self.stores[-1].summary(run_id).status.is_active}
        self.lost += [f"{run_id} is still running, without a server" for run_id in left]

    def _job(self, run_id: str) -> TrainingJob:
        job = TrainingJob(self.stores[0].get(run_id), "a", lambda _job: None, lambda _job: None)
        job.change(status=RunStatus.RUNNING)
        return job


def run(plan: Plan, outcome: Outcome) -> None:
    """One home for each seed."""
    for seed in plan.seeds():
        folder = Path(tempfile.mkdtemp(prefix="digitlab-soak-"))
        with jumping(random.Random(seed)) as clock:
            lost = lost_by(_lost_in, folder, seed, clock)
        shutil.rmtree(folder, ignore_errors=True)
        outcome.done += 1
        outcome.count("jumps", 3 * _STEPS)
        for what in lost:
            outcome.lose(seed, what)


@contextmanager
def jumping(chance: random.Random) -> Iterator[Clock]:
    """``time.time`` is somebody else’s."""
    clock = Clock(chance)
    with patch("time.time", clock):
        yield clock


def _lost_in(folder: Path, seed: int, clock: Clock) -> list[str]:
    chance = random.Random(seed)
    home = Home(folder / "home", chance, clock)
    for _ in range(_STEPS):
        home.step()
    home.end()
    lost = home.lost + _lost_elsewhere(folder / "elsewhere", clock) + _lost_files(folder / "files", clock)
    return lost + _lost_limits(clock)


def _lost_elsewhere(folder: Path, clock: Clock) -> list[str]:
    """A server on another machine, whose lock cannot be seen, may be taken for dead: it then writes nothing more."""
    settings = Settings.from_environment({"DIGITLAB_HOME": str(folder)})
    far, here = RunStore(settings), RunStore(settings)
    run_id = far.create(CONFIG).run_id
    far.record_start(run_id, RunEnvironment(mean=0.1, std=0.3))
    far.record_epoch(run_id, metrics_of(1))
    far.record_checkpoint(run_id, checkpoint_of(1))
    with far.database.begin() as connection:
        connection.execute(SERVERS.update().values(boot_id=f"not {boot_id()}"))
    clock.jump()
    is_lost = run_id in here.mark_interrupted()
    far.lease().renew(far.database)
    lost = []
    try:
        far.record_epoch(run_id, metrics_of(2))
        if is_lost:
            lost.append(f"{run_id} was written to by a server that had lost it")
    except RunTakenError:
        if not is_lost:
            lost.append(f"{run_id} was refused to the server that has it")
    epochs, expected = len(here.get(run_id).epochs), 1 if is_lost else 2
    if epochs != expected or here.files.load_checkpoint(run_id) is None:
        lost.append(f"{run_id} has {epochs} epochs instead of {expected}")
    if is_lost and far.requeue(run_id).status is not RunStatus.QUEUED:
        lost.append(f"{run_id} cannot be continued")
    for store in (far, here):
        store.close()
    return lost


def _lost_files(folder: Path, clock: Clock) -> list[str]:
    """Only what is a day old is swept, by a clock that says so; whole files never."""
    folder.mkdir()
    (folder / f"{UNFINISHED}now").write_bytes(b"half")
    (folder / "whole").write_bytes(b"whole")
    clock.jump()
    sweep(folder)
    return [] if (folder / "whole").exists() else ["a whole file was swept"]


def _lost_limits(clock: Clock) -> list[str]:
    """Who has asked too often, or guessed, waits as long as before."""
    allowance, guesses, lost = Allowance(0.5), Guesses(), []
    began = time.monotonic()
    while (wait := allowance.take("an address")) == 0.0:
        clock.jump()
        began = time.monotonic()
    clock.jump()
    left = allowance.take("an address")
    if left < wait - (time.monotonic() - began):
        lost.append(f"who had to wait for {wait:.1f} s waits for {left:.1f} s")
    while guesses.seconds_to_wait("a browser") == 0.0:
        guesses.is_right("wrong", "right", "a browser")
        clock.jump()
    if guesses.is_right("right", "right", "a browser"):
        lost.append("who had guessed too often may go on")
    return lost


def metrics_of(epoch: int) -> EpochMetrics:
    """As a worker reports them."""
    return EpochMetrics(
        epoch=epoch,
        step=10,
        steps_per_epoch=10,
        train_loss=1.0 / epoch,
        train_accuracy=0.5,
        val_loss=1.0 / epoch,
        val_accuracy=0.5,
        seconds=0.25,
        images_per_second=4_000.0,
        batch_losses=np.ones(10, np.float32),
        confusion=np.ones((10, 10), np.int64),
    )


def checkpoint_of(epoch: int) -> Checkpoint:
    """As a worker hands it over."""
    weights = {name: np.full(shape, epoch, np.float32) for name, shape in weight_shapes(CONFIG).items()}
    return Checkpoint(
        epoch=epoch,
        step=10,
        weights=weights,
        optimizer={},
        random_state=np.zeros(4, np.uint8),
        batch_losses=np.ones(10, np.float32),
        correct=0,
        seconds=0.25,
        val_losses=np.ones(epoch),
    )
