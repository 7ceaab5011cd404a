"""Which worker an analysis is given to, and what becomes of it when that worker is gone or never comes."""

import math
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from distributed.scheduler import KilledWorker

from core.data.dataset import ImageDataset, SourceDataset
from core.engine.analyses import DATA_KEY, MOST_SENT, WORKER_GONE, Analyses, keep
from core.engine.messages import Analyse
from core.engine.worker import run_stoppable
from core.errors import EngineError


@dataclass(eq=False)
class Task:
    """As Dask has it: the test says how it ends."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    options: dict[str, Any]
    status: str = "pending"
    failure: Exception | None = None
    done: list[Callable[["Task"], None]] = field(default_factory=list)

    def add_done_callback(self, callback: Callable[["Task"], None]) -> None:
        self.done.append(callback)

    def end(self, status: str, failure: Exception | None = None) -> None:
        self.status, self.failure = status, failure
        for callback in self.done:
            callback(self)

    def result(self) -> Any:
        return self.function(*self.arguments)

    def exception(self) -> Exception | None:
        return self.failure

    def cancel(self) -> None:
        self.end("cancelled")


class Connection:
    """A cluster of others: who is fit, and whether anybody is still asked."""

    def __init__(self, *fit: str, is_asking: bool = False, complaints: tuple[str, ...] = ()) -> None:
        self.tasks: list[Task] = []
        self.names = list(fit)
        self.fitness = SimpleNamespace(is_asking=is_asking, complaints=complaints)
        self.client = SimpleNamespace(submit=self._submit)

    def analysts(self) -> list[str]:
        return list(self.names)

    def slot(self, kind: str) -> dict[str, float]:
        return {kind: 1.0}

    def _submit(self, function: Callable[..., Any], *arguments: Any, **options: Any) -> Task:
        self.tasks.append(Task(function, arguments, options))
        return self.tasks[-1]


@pytest.fixture
def analyses() -> Analyses:
    return Analyses(lambda _: None)


def run(
    analyses: Analyses, connection: Connection, function: Callable[..., Any] = math.sqrt, *arguments: Any
) -> "Future[Any]":
    message = Analyse(Future(), function, arguments or (16.0,))
    analyses.run(message, lambda: connection)
    return message.result


def images(label: int) -> SourceDataset:
    return SourceDataset(ImageDataset("some", np.zeros((1, 28, 28), np.uint8), np.array([label], np.int64)))


def test_it_goes_to_workers_that_are_of_use_and_asks_for_their_slot(analyses: Analyses) -> None:
    connection = Connection("a", "b")
    result = run(analyses, connection)
    (task,) = connection.tasks
    assert task.options["workers"] == ["a", "b"]
    assert task.options["resources"] == {"analysis": 1.0}
    task.end("finished")
    assert result.result(0) == 4.0


def test_it_waits_until_workers_have_said_what_they_are_made_of(analyses: Analyses) -> None:
    connection = Connection(is_asking=True)
    result = run(analyses, connection)
    assert connection.tasks == []
    connection.names = ["a"]
    analyses.run_held(lambda: connection)
    connection.tasks[0].end("finished")
    assert result.result(0) == 4.0


def test_without_a_worker_that_is_of_use_it_says_why(analyses: Analyses) -> None:
    result = run(analyses, Connection(complaints=("Worker a lacks the package torch.",)))
    with pytest.raises(EngineError, match=r"No worker of the cluster .* Worker a lacks the package torch\."):
        result.result(0)


def test_when_the_last_worker_that_may_is_gone_it_is_over(analyses: Analyses) -> None:
    """Dask would wait until a worker of the same address came."""
    connection = Connection("a", "b")
    result = run(analyses, connection)
    analyses.worker_lost("c")
    analyses.worker_lost("a")
    assert not result.done()
    analyses.worker_lost("b")
    assert str(result.exception(0)) == WORKER_GONE


def test_one_that_nobody_waits_for_is_cancelled(analyses: Analyses) -> None:
    connection = Connection("a")
    stopped, other = run(analyses, connection), run(analyses, connection)
    stopped.cancel()
    analyses.stop(stopped)
    assert [task.status for task in connection.tasks] == ["cancelled", "pending"]
    assert not other.done()
    # Before it was given to anybody, and while it waits for a worker.
    gone = Analyse(Future(), math.sqrt, (16.0,))
    gone.result.cancel()
    analyses.run(gone, lambda: connection)
    asking = Connection(is_asking=True)
    held = run(analyses, asking)
    held.cancel()
    analyses.stop(held)
    asking.names = ["a"]
    analyses.run_held(lambda: asking)
    assert (len(connection.tasks), asking.tasks) == (2, [])


def test_a_function_that_can_be_stopped_is_called_by_way_of_what_tells_it(analyses: Analyses) -> None:
    def stoppable(number: int, should_stop: Callable[[], bool]) -> int:
        raise AssertionError(should_stop)

    connection = Connection("a")
    run(analyses, connection, stoppable, 4)
    run(analyses, connection, divmod, 4, 3)
    first, second = connection.tasks
    assert (first.function, first.arguments) == (run_stoppable, (stoppable, 4))
    assert (second.function, second.arguments) == (divmod, (4, 3))


def test_a_worker_that_dies_over_it_gets_a_sentence(analyses: Analyses) -> None:
    connection = Connection("a")
    result = run(analyses, connection)
    connection.tasks[0].end("error", KilledWorker("task", SimpleNamespace(address="a"), 0))
    assert isinstance(result.exception(0), EngineError)
    assert str(result.exception(0)) == WORKER_GONE


def test_a_dataset_is_sent_once_for_many_and_a_few_are_kept(analyses: Analyses) -> None:
    connection = Connection("a")

    def sent() -> list[str]:
        return [task.options["key"] for task in connection.tasks if task.function is keep]

    for _ in range(3):
        run(analyses, connection, len, images(1))
    assert sent() == [f"{DATA_KEY}{images(1).digest}"]
    given = [task.arguments[0] for task in connection.tasks if task.function is len]
    assert given == [connection.tasks[0]] * 3
    for label in (2, 3, 1):
        run(analyses, connection, len, images(label))
    assert MOST_SENT == 2
    assert len(sent()) == 4, "the first was sent again, for two others have come since"
    # What was lost with a worker, or failed, is sent again as well.
    analyses.worker_lost("b")
    run(analyses, connection, len, images(1))
    connection.tasks[-2].end("error", ValueError())
    run(analyses, connection, len, images(1))
    assert len(sent()) == 6
