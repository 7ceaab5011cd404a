"""Workers that are of no use to this server are given nothing and get a sentence."""

import json
from concurrent.futures import Future
from typing import Any

import pytest

from core.engine.fitness import MOST_COMPLAINTS, Fitness, why_unfit
from core.engine.here import COMPARED, DIGIT_LAB, HERE, MISSING, NAME, PYTHON
from core.engine.messages import Message, WorkerChecked


def made_of(**changed: str) -> str:
    return json.dumps(json.loads(HERE) | {name.replace("_", " "): version for name, version in changed.items()})


def not_found(name: str) -> ModuleNotFoundError:
    return ModuleNotFoundError(f"No module named {name!r}", name=name)


class Workers:
    """What is asked of workers, each a future that the test answers."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Future[Any]]] = []
        self.told: list[Message] = []
        self.fitness = Fitness(self._ask)
        self.fitness.listen(self.told.append)

    def _ask(self, address: str, function: Any, name: str) -> "Future[Any]":
        assert function(name) == HERE
        answer: Future[Any] = Future()
        self.asked.append((address, answer))
        return answer

    def there(self, *names: str) -> list[str]:
        return list(self.fitness.fit({f"tls://{name}:1": {"name": name} for name in names}))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (HERE, ""),
        (not_found("core"), "does not have Digit Lab on its path"),
        # Another package that is called core.
        (not_found("core.engine"), "does not have Digit Lab on its path"),
        # Digit Lab as it was before it could be asked.
        (not_found("core.engine.here"), "a different version of Digit Lab"),
        (not_found("pydantic"), "cannot load Digit Lab (ModuleNotFoundError"),
        (SyntaxError("invalid syntax"), "cannot load Digit Lab (SyntaxError"),
        (made_of(Python="3.9"), "has Python 3.9 instead of"),
        (made_of(torch="1.0", numpy="1.26.4"), "has torch 1.0 instead of"),
        (made_of(distributed="2020.1.0"), "has distributed 2020.1.0 instead of"),
        (made_of(torch="", missing="torch"), "lacks the package torch"),
        (made_of(missing="safetensors"), "lacks the package safetensors"),
        (made_of(Digit_Lab="00000000"), "a different version of Digit Lab"),
        ("{", "has Python unknown instead of"),
        (7, "has Python unknown instead of"),
    ],
)
def test_why_a_worker_is_of_no_use(answer: object, said: str) -> None:
    assert said in why_unfit(answer)
    assert bool(said) == bool(why_unfit(answer))


def test_both_numpy_and_torch_are_named() -> None:
    assert " and numpy 1.26.4 instead of " in why_unfit(made_of(torch="1.0", numpy="1.26.4"))


def test_what_this_process_is_made_of_is_known() -> None:
    parts = json.loads(HERE)
    assert parts.keys() == {DIGIT_LAB, PYTHON, MISSING, *COMPARED}
    assert parts[MISSING] == ""
    assert all(parts[name] for name in (DIGIT_LAB, PYTHON, *COMPARED))
    assert NAME == "core.engine.here:HERE"


def test_a_worker_is_asked_once_and_given_nothing_before_it_has_answered() -> None:
    workers = Workers()
    assert workers.there("good", "bad") == []
    assert workers.there("good", "bad") == []
    assert workers.fitness.is_asking
    assert sorted(address for address, _ in workers.asked) == ["tls://bad:1", "tls://good:1"]
    for address, answer in workers.asked:
        if "good" in address:
            answer.set_result(HERE)
        else:
            answer.set_exception(not_found("core"))
    assert not workers.fitness.is_asking
    assert workers.there("good", "bad") == ["tls://good:1"]
    assert sorted(message.address for message in workers.told) == ["tls://bad:1", "tls://good:1"]
    assert all(isinstance(message, WorkerChecked) for message in workers.told)
    assert [one.startswith("Worker bad (tls://bad:1) does not have") for one in workers.fitness.complaints] == [True]


def test_a_worker_that_went_away_is_forgotten_and_one_that_was_busy_asked_again() -> None:
    workers = Workers()
    workers.there("bad", "busy")
    dict(workers.asked)["tls://bad:1"].set_exception(not_found("core"))
    dict(workers.asked)["tls://busy:1"].set_exception(TimeoutError())
    assert workers.there("busy") == []
    assert workers.fitness.complaints == ()
    workers.asked[-1][1].set_result(HERE)
    assert workers.there("busy") == ["tls://busy:1"]
    assert len(workers.asked) == 3


def test_of_many_alike_a_few_are_named_and_none_is_read_as_markup() -> None:
    workers = Workers()
    workers.there(*(f"**{i}**](x)" for i in range(10)))
    for _, answer in workers.asked:
        answer.set_exception(not_found("core"))
    complaints = workers.fitness.complaints
    assert len(complaints) == MOST_COMPLAINTS + 1
    assert complaints[-1] == "The same holds for 7 more."
    assert not any(mark in one for one in complaints for mark in ("*", "]("))
