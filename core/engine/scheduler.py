"""The queue: which run starts next, on which worker."""

import itertools
import logging
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from core.engine.assignment import Assignment
from core.engine.connection import TRAINING_KEY, Connection, Tell
from core.engine.job import TrainingJob
from core.engine.neighbours import Neighbours
from core.engine.outbox import Mark
from core.engine.recorder import Recorder
from core.engine.store_rest import StoreRest
from core.engine.worker import Assigned
from core.errors import AwayError, DigitLabError, EngineError
from core.runs.schema import DATABASE_AWAY
from core.runs.status import RunStatus
from core.runs.store import RunStore
from core.training.local import start_weights, teacher_model
from core.training.threads import ONE_THREAD, ThreadBudget

MOST_TRIES = 4
UNEXPECTED = "The run failed unexpectedly; the server’s log says more."
T = TypeVar("T")
logger = logging.getLogger("digitlab.engine")


class Scheduler:
    """The jobs under way, those that wait and those that a worker has.

    Dask would hand out all of them at once, some behind a long training while another worker has nothing to do.

    Parameters
    ----------
    topic
        Under which this server's workers speak; tasks are named after it.
    tell
        Is told of the end of a task.
    rest
        While the store has it, no run begins.
    """

    def __init__(
        self, store: RunStore, topic: str, tell: Tell, recorder: Recorder, neighbours: Neighbours, rest: StoreRest
    ) -> None:
        self._store, self._topic, self._tell, self._recorder, self._rest = store, topic, tell, recorder, rest
        self._assignments: dict[str, Assignment] = {}
        self._attempts = itertools.count(1)
        self.workers: int | None = None
        self.neighbours = neighbours

    def add(self, job: TrainingJob, sequence: int) -> Assignment:
        """A job that waits from now on."""
        assignment = self._assignments[job.run_id] = Assignment(job, sequence)
        return assignment

    def all(self) -> list[Assignment]:
        """Whatever is under way."""
        self._assignments = {run_id: a for run_id, a in self._assignments.items() if not a.has_ended}
        return list(self._assignments.values())

    def find(self, run_id: str) -> Assignment | None:
        """What is under way of this run."""
        assignment = self._assignments.get(run_id)
        return None if assignment is None or assignment.has_ended else assignment

    def attempt(self, run_id: str, attempt: int) -> Assignment | None:
        """The assignment of an attempt, if it is the one that counts."""
        assignment = self.find(run_id)
        return assignment if assignment is not None and assignment.attempt == attempt else None

    def on(self, worker: str) -> list[Assignment]:
        """What this worker was given."""
        return [assignment for assignment in self.all() if assignment.worker == worker]

    def waiting(self) -> list[Assignment]:
        """Those that no worker has, in the order in which they are to begin."""
        idle = [a for a in self.all() if a.attempt is None]
        waiting = [Waiting(a.job.session, a.sequence, a, is_trial=a.job.is_trial) for a in idle]
        return starting_order(waiting, [a.job.session for a in self.all() if a.attempt is not None])

    def start_waiting(self, connect: Callable[[], Connection]) -> None:
        """Give every free worker one of the jobs that wait.

        Without a cluster to connect to they fail; for one that was there and was lost they wait.

        Raises
        ------
        TimeoutError
            If the scheduler of the cluster does not answer.
        """
        waiting = self.waiting()
        if not waiting or self._rest.is_on():
            return
        try:
            connection = connect()
        except AwayError:
            self.workers = 0
            return
        except EngineError as error:
            for assignment in waiting:
                self._recorder.end(assignment, RunStatus.FAILED, str(error))
            return
        workers = connection.workers()
        self.workers = len(workers)
        held = [a.worker for a in self.all() if a.worker is not None and a.holds_slot]
        slots = self._turns(connection, connection.free_slots(workers, held, self._topic))
        for assignment, worker in zip(self.waiting(), slots, strict=False):
            try:
                with self._rest.watched():
                    self._start(assignment, worker, connection)
            except DigitLabError as error:
                self._recorder.end(assignment, RunStatus.FAILED, str(error))
            except DATABASE_AWAY as error:
                # Nothing has begun: all that wait do so until it is back.
                logger.warning("Run %s cannot start yet: %s", assignment.job.run_id, error)
                return
            except Exception:
                logger.exception("Run %s could not be started.", assignment.job.run_id)
                self._recorder.end(assignment, RunStatus.FAILED, UNEXPECTED)

    def _turns(self, connection: Connection, slots: list[str]) -> list[str]:
        """Those of the free slots that this server takes, where it shares them with others."""
        if connection.fitness is None:
            return slots
        waiting, running = len(self.waiting()), sum(a.attempt is not None for a in self.all())
        mine = self.neighbours.mine(slots, waiting, running)
        word = self.neighbours.word(waiting - len(mine), running + len(mine))
        if word is not None:
            connection.say(word)
        return mine

    def retry(self, assignment: Assignment) -> bool:
        """Let a job whose worker was lost before it began wait again; not forever."""
        if assignment.has_begun or assignment.tries >= MOST_TRIES:
            return False
        # It never began, so nothing starts over.
        assignment.give_back()
        return True

    def _start(self, assignment: Assignment, worker: str, connection: Connection) -> None:
        job = assignment.job
        run_id, config = job.run_id, job.snapshot().config
        checkpoint = self._store.files.load_checkpoint(run_id)
        start = start_weights(self._store, config) if checkpoint is None else None
        teacher = teacher_model(self._store, config)
        budget = self._budget(job, connection, is_continued=checkpoint is not None)
        attempt = next(self._attempts)
        key = f"{TRAINING_KEY}{self._topic}-{run_id}-{attempt}"
        assignment.begin(attempt, key, worker, None if checkpoint is None else Mark.of(checkpoint))
        given = (run_id, attempt, key, self._topic, config, checkpoint, start, job.pace, budget, teacher)
        assigned = Assigned(*given, is_trial=job.is_trial)
        assignment.task = connection.train(assigned, worker, self._tell)

    def _budget(self, job: TrainingJob, connection: Connection, *, is_continued: bool) -> ThreadBudget:
        """The threads that a run continues with, or may use from the start: more than one only while it is alone."""
        if is_continued:
            return ThreadBudget(self._store.summary(job.run_id).environment.threads)
        # Trials come in numbers: the first of them is alone for a moment only.
        is_alone = len(self.all()) == 1 and not job.is_trial
        return connection.cluster.alone if is_alone else ONE_THREAD


@dataclass(frozen=True)
class Waiting(Generic[T]):
    """A thing that is to begin.

    Parameters
    ----------
    sequence
        Things are numbered as they come.
    is_trial
        Whether it is of a search, which nobody sits and waits for.
    """

    session: str
    sequence: int
    thing: T
    is_trial: bool = False


def starting_order(waiting: Iterable[Waiting[T]], running: Iterable[str]) -> list[T]:
    """What waits, in the order in which it is to begin.

    Trials of searches come after everything else; among equals the session with the fewest runs under way is first.

    Parameters
    ----------
    running
        The session of everything that has begun.
    """
    ahead = Counter(running)
    ranked = []
    for one in sorted(waiting, key=lambda one: (one.is_trial, one.sequence)):
        ranked.append(((one.is_trial, ahead[one.session], one.sequence), one.thing))
        ahead[one.session] += 1
    return [thing for _, thing in sorted(ranked, key=lambda entry: entry[0])]
