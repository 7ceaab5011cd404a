"""kill -9 at random moments: of workers, the scheduler, the server and the database."""

import random
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.runs.status import RunStatus
from soak.faults import Outcome, Plan, lost_by
from soak.house import House, Large, Small
from soak.judge import complaints, seen_of, to_repeat

IN_A_ROW = 10
"""Faults of one house, one after the other, before the next is built: to start one takes long."""
RUNS = 3
"""Under way, or waiting, when something is killed."""
_LATEST_SECONDS = 1.5
_ENDED = (RunStatus.COMPLETED, RunStatus.INTERRUPTED, RunStatus.STOPPED, RunStatus.FAILED)


class Street:
    """One house at a time."""

    def __init__(self) -> None:
        self._house: House | None = None

    @property
    def folder(self) -> Path | None:
        """Of the house that stands."""
        return None if self._house is None else self._house.folder

    def house(self, kind: type[House]) -> House:
        """A house of this kind: the one that stands, or a new one in its place."""
        if type(self._house) is not kind:
            self.leave()
            self._house = kind()
        assert self._house is not None
        return self._house

    def leave(self, *, is_kept: bool = False) -> None:
        """End what stands; its files may be kept, to be looked at."""
        if self._house is not None:
            self._house.end()
            if not is_kept:
                shutil.rmtree(self._house.folder, ignore_errors=True)
        self._house = None


@dataclass(frozen=True)
class Fault:
    """What a seed means."""

    seed: int
    house: type[House]
    victim: str
    delay: float

    @classmethod
    def of(cls, seed: int) -> "Fault":
        """That of a seed: the house by groups of seeds, the rest at random."""
        chance = random.Random(seed)
        house, names = _HOUSES[seed // IN_A_ROW % 2]
        return cls(seed, house, names[seed % IN_A_ROW % len(names)], chance.uniform(0.0, _LATEST_SECONDS))


_HOUSES: tuple[tuple[type[House], tuple[str, ...]], ...] = (
    (Small, ("worker", "server", "worker", "server", "worker")),
    (Large, ("database", "scheduler", "server", "worker", "database")),
)


def run(plan: Plan, outcome: Outcome) -> None:
    """Kill, start again, look, continue; one fault after another."""
    street = Street()
    try:
        for seed in plan.seeds():
            fault = Fault.of(seed)
            lost = lost_by(_endure, street, fault, outcome)
            outcome.done += 1
            outcome.count(f"killed {fault.victim} ({fault.house.__name__.lower()})")
            for what in lost:
                outcome.lose(seed, f"{fault.victim} killed: {what} (kept in {street.folder})")
            if lost:
                street.leave(is_kept=True)
    finally:
        street.leave()


def _endure(street: Street, fault: Fault, outcome: Outcome) -> list[str]:
    """What was lost by one fault."""
    house, chance = street.house(fault.house), random.Random(fault.seed + 1)
    house.start()
    run_ids = [_submit(house, chance, number) for number in range(RUNS)]
    house.wait_until(lambda: any(seen_of(house.store, run_id) for run_id in run_ids), "an epoch was kept")
    _pass(fault.delay)
    seen = {run_id: seen_of(house.store, run_id) for run_id in run_ids}
    house.victims[fault.victim](chance)
    outcome.count("epochs seen before a kill", sum(map(len, seen.values())))
    house.start()
    _stop_all(house, run_ids)
    lost = [what for run_id in run_ids for what in complaints(house.store, run_id, seen[run_id])]
    for run_id in run_ids:
        outcome.reach("most epochs to be trained again", to_repeat(house.store, run_id))
    return lost or _continue(house, run_ids, seen, outcome)


def _submit(house: House, chance: random.Random, number: int) -> str:
    """A run of two sessions; each epoch takes some tenths of a second."""
    config = {"epochs": 200, "hidden_size": chance.choice((16, 32)), "training_size": chance.choice((10_000, 20_000))}
    config["seed"] = chance.randrange(1_000)
    answer = house.server.ask("submit", config=config, session=f"session {number % 2}")
    return str(answer["run_id"])


def _stop_all(house: House, run_ids: list[str]) -> None:
    house.server.ask("stop")
    house.wait_until(
        lambda: all(house.store.summary(run_id).status in _ENDED for run_id in run_ids), "the runs had ended"
    )


def _continue(house: House, run_ids: list[str], seen: Mapping[str, Mapping[int, float]], outcome: Outcome) -> list[str]:
    """One of them goes on, to the very numbers that it had, and beyond."""
    going_on = next(iter(sorted(run_ids, key=lambda run_id: -len(seen[run_id]))))
    before = len(seen_of(house.store, going_on))
    house.server.ask("resume", run_id=going_on)
    house.wait_until(lambda: len(seen_of(house.store, going_on)) > before, f"{going_on} went on")
    _stop_all(house, [going_on])
    outcome.count("runs continued")
    lost = complaints(house.store, going_on, seen[going_on])
    for run_id in run_ids:
        house.store.delete(run_id)
    return lost


def _pass(seconds: float) -> None:
    """Let time pass: when a thing is killed is what the seed decides."""
    time.sleep(seconds)
