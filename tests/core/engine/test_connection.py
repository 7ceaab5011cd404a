"""Which workers may begin a training, from what a scheduler says of them."""

from collections.abc import Callable
from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import pytest
from distributed.client import ClosedClientError
from distributed.comm import CommClosedError

from core.engine.cluster import Cluster
from core.engine.connection import Connection
from core.engine.fitness import Fitness
from core.engine.here import HERE
from core.errors import EngineError


class FakeClient:
    """Answers what a scheduler would, or does not answer in time."""

    def __init__(self, workers: dict[str, dict[str, Any]], busy: dict[str, list[str]]) -> None:
        self.scheduler = SimpleNamespace(
            identity=lambda n_workers: {"workers": workers}, processing=lambda workers: busy
        )
        self.scheduler_comm = object()
        self.is_closed = False

    def unsubscribe_topic(self, topic: str) -> None:
        """As one whose scheduler vanished: it has given up, and says so."""
        raise ClosedClientError(f"Client is closed. Can't send unsubscribe-topic message for {topic}.")

    def close(self, timeout: float) -> None:
        self.is_closed = True

    def sync(self, question: Callable[..., Any], *, callback_timeout: float, **arguments: Any) -> Any:
        assert callback_timeout > 0
        return question(**arguments)


def connection_to(workers: dict[str, Any], busy: dict[str, list[str]]) -> Connection:
    """A cluster of others, whose workers have been found to be of use."""
    client: Any = FakeClient(workers, busy)
    connection = Connection(Cluster(client, None))
    connection.ask = answers(dict.fromkeys(workers, HERE))
    connection.fitness = Fitness(connection.ask)
    return connection


def answers(said: dict[str, object]) -> Callable[..., "Future[Any]"]:
    """What workers answer at once; those that are not named never do."""

    def ask(worker: str, function: Callable[..., Any], *arguments: Any) -> "Future[Any]":
        answer: Future[Any] = Future()
        if isinstance(said.get(worker), Exception):
            answer.set_exception(said[worker])
        elif worker in said:
            answer.set_result(said[worker])
        return answer

    return ask


def free(workers: dict[str, Any], busy: dict[str, list[str]], held: list[str]) -> list[str]:
    connection = connection_to(workers, busy)
    return connection.free_slots(connection.workers(), held, "mine")


def trainer(slots: int = 1) -> dict[str, Any]:
    return {"resources": {"training": slots}, "nthreads": 4}


ANALYST = {"resources": {"analysis": 1}, "nthreads": 1}


@pytest.mark.parametrize(
    ("held", "busy", "slots"),
    [
        ([], {}, ["a", "b"]),
        (["a"], {}, ["b"]),
        (["a", "b"], {}, []),
        (["a"], {"a": ["train-mine-1"], "b": []}, ["b"]),
        # What is just ending there is no longer held: the next one may follow at once.
        ([], {"a": ["train-mine-1"]}, ["b", "a"]),
        ([], {"a": ["train-other-1"]}, ["b"]),
        ([], {"a": ["warm_up-1"], "b": []}, ["b", "a"]),
        (["b"], {"a": ["train-other-1"]}, []),
    ],
)
def test_free_slots(held: list[str], busy: dict[str, list[str]], slots: list[str]) -> None:
    assert free({"a": trainer(), "b": trainer(), "c": ANALYST}, busy, held) == slots


def test_worker_with_several_slots_is_filled() -> None:
    assert free({"a": trainer(3)}, {"a": ["train-other-1"]}, ["a"]) == ["a"]


def test_cluster_that_declares_no_resources_trains_on_all_its_threads() -> None:
    assert free({"a": {"resources": {}, "nthreads": 2}}, {}, ["a"]) == ["a"]


def test_a_scheduler_that_went_away_counts_as_one_that_does_not_answer() -> None:
    def gone(n_workers: int) -> None:
        raise CommClosedError("in <TCP>: Stream is closed")

    client: Any = FakeClient({}, {})
    client.scheduler.identity = gone
    with pytest.raises(TimeoutError, match="does not answer"):
        Connection(Cluster(client, None)).workers()


def test_a_cluster_whose_workers_are_all_of_no_use_says_so() -> None:
    lacks = ModuleNotFoundError("No module named 'core'", name="core")
    workers = {name: trainer() | {"name": name} for name in ("a", "b")}
    connection = connection_to(workers, {})
    connection.fitness = Fitness(answers({"a": lacks, "b": HERE}))
    assert connection.has_worker()
    assert list(connection.workers()) == ["b"]
    connection.fitness = Fitness(answers({"a": lacks, "b": lacks}))
    with pytest.raises(EngineError, match=r"^No worker of the cluster can train\. Worker a .* Worker b does not "):
        connection.has_worker()
    assert not connection_to({}, {}).has_worker()


def test_a_slot_is_asked_for_where_workers_declare_it() -> None:
    declared = connection_to({"a": trainer(), "b": ANALYST}, {})
    assert (list(declared.workers()), declared.analysts()) == (["a"], ["b"])
    assert (declared.slot("training"), declared.slot("analysis")) == ({"training": 1.0}, {"analysis": 1.0})
    plain = connection_to({"a": {"resources": {}, "nthreads": 2}}, {})
    assert (list(plain.workers()), plain.analysts(), plain.slot("training")) == (["a"], ["a"], {})


def test_a_client_that_has_given_up_its_scheduler_can_be_closed() -> None:
    connection = connection_to({}, {})
    connection.close()
    assert connection.client.is_closed
