"""Two servers on one home: whatever becomes of one, the other and its runs go on."""

import random
import shutil

from core.runs.status import RunStatus
from scripts.serve import wait_until
from soak.faults import Outcome, Plan, lost_by
from soak.house import Small
from soak.judge import complaints, seen_of
from soak.processes import PATIENCE_SECONDS, Server

NOTICED_SECONDS = 20.0
"""After which a server that is gone has been noticed by the other, with much to spare for a busy machine."""
CONFIG = {"epochs": 200, "hidden_size": 16, "training_size": 10_000}


class Neighbours(Small):
    """A second server beside the first, on the same home."""

    def __init__(self) -> None:
        super().__init__()
        self.other = Server(self.folder, self._environment(), "other")

    def start(self) -> None:
        """Both, and wait until both can train."""
        self.other.start()
        super().start()
        wait_until(lambda: self.other.ask("state")["ready"], "the other engine was ready", PATIENCE_SECONDS)

    def end(self) -> None:
        """Both."""
        self.other.end()
        super().end()

    def _environment(self) -> dict[str, str]:
        return super()._environment() | {"DIGITLAB_WORKERS": "1"}


def run(plan: Plan, outcome: Outcome) -> None:
    """In one house, one fault after another."""
    house = Neighbours()
    try:
        for seed in plan.seeds():
            lost = lost_by(lose_one, house, random.Random(seed), outcome)
            outcome.done += 1
            for what in lost:
                outcome.lose(seed, what)
            if lost:
                break
    finally:
        house.end()
        shutil.rmtree(house.folder, ignore_errors=True)


def lose_one(house: Neighbours, chance: random.Random, outcome: Outcome) -> list[str]:
    """One of the two goes away, in order or by kill; the other takes its run over."""
    house.start()
    gone, there = chance.sample([house.server, house.other], 2)
    theirs, ours = (_submit(server, chance) for server in (gone, there))
    for run_id in (theirs, ours):
        _wait_for_epochs(house, run_id, 2)
    seen = {run_id: seen_of(house.store, run_id) for run_id in (theirs, ours)}
    is_killed = chance.random() < 0.7
    outcome.count("killed" if is_killed else "ended in order")
    gone.kill() if is_killed else gone.close()
    wait_until(lambda: not house.store.summary(theirs).status.is_active, "the loss was noticed", NOTICED_SECONDS)
    lost = complaints(house.store, theirs, seen[theirs])
    # The neighbour learns on, then lets go of its one worker, on which the other run goes on.
    _wait_for_epochs(house, ours, len(seen_of(house.store, ours)) + 1)
    _stop(house, there, ours)
    there.ask("resume", run_id=theirs)
    _wait_for_epochs(house, theirs, len(seen_of(house.store, theirs)) + 1)
    _stop(house, there, theirs)
    return lost + [what for run_id in seen for what in complaints(house.store, run_id, seen[run_id])]


def _submit(server: Server, chance: random.Random) -> str:
    return str(server.ask("submit", config=CONFIG | {"seed": chance.randrange(99)}, session="a")["run_id"])


def _wait_for_epochs(house: Neighbours, run_id: str, count: int) -> None:
    wait_until(lambda: len(seen_of(house.store, run_id)) >= count, f"{run_id} had {count} epochs", PATIENCE_SECONDS)


def _stop(house: Neighbours, server: Server, run_id: str) -> None:
    server.ask("stop")
    wait_until(lambda: house.store.summary(run_id).status is RunStatus.STOPPED, f"{run_id} stopped", PATIENCE_SECONDS)
