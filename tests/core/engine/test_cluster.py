"""Which workers may begin a training, from what a scheduler says of them."""

from types import SimpleNamespace
from typing import Any

import pytest

from core.engine.cluster import Connection


def connection(workers: dict[str, dict[str, Any]], busy: dict[str, list[str]], *, declared: bool = True) -> Connection:
    client: Any = SimpleNamespace(processing=lambda: busy, scheduler_info=lambda n_workers: {"workers": workers})
    return Connection(client, None, {"training": 1} if declared else {}, {})


def trainer(slots: int = 1) -> dict[str, Any]:
    return {"resources": {"training": slots}, "nthreads": 4}


ANALYST = {"resources": {"analysis": 1}, "nthreads": 1}


@pytest.mark.parametrize(
    ("held", "busy", "free"),
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
def test_free_slots(held: list[str], busy: dict[str, list[str]], free: list[str]) -> None:
    assert connection({"a": trainer(), "b": trainer(), "c": ANALYST}, busy).free_slots(held, "mine") == free


def test_worker_with_several_slots_is_filled() -> None:
    assert connection({"a": trainer(3)}, {"a": ["train-other-1"]}).free_slots(["a"], "mine") == ["a"]


def test_cluster_that_declares_no_resources_trains_on_all_its_threads() -> None:
    workers = {"a": {"resources": {}, "nthreads": 2}}
    assert connection(workers, {}, declared=False).free_slots(["a"], "mine") == ["a"]
