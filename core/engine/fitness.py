"""Which workers of a cluster of others can do anything for this server, and why the rest cannot."""

import json
import pkgutil
import re
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from functools import partial
from typing import Any

from core.engine.here import COMPARED, DIGIT_LAB, HERE, MISSING, NAME, PYTHON
from core.engine.messages import Message, WorkerChecked

MOST_COMPLAINTS = 3
_PLAIN = re.compile(r"[*`<>$\\~|\n]")
"""What a page would read as more than the letters of a name that somebody gave a worker."""
Ask = Callable[..., "Future[Any]"]
"""Calls a function on a worker, outside of its tasks: address, function, arguments."""
_OTHER_VERSION = "has a different version of Digit Lab from this server: install the same version on both."


class Fitness:
    """Every worker is asked once what it is made of; until it has answered it is given nothing.

    It is asked by the name of a constant, through a function of Python’s own: also a worker that has nothing of Digit
    Lab, or something else, can answer that.

    Parameters
    ----------
    ask
        Does not wait for the answer.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._tell: Callable[[Message], None] = lambda _: None
        self._asked: set[str] = set()
        # Why a worker is of no use, by address; empty if it is.
        self._answers: dict[str, str] = {}

    def listen(self, tell: Callable[[Message], None]) -> None:
        """Hear of every worker that has answered."""
        self._tell = tell

    def fit(self, workers: Mapping[str, Any]) -> dict[str, Any]:
        """Those that are known to be of use; the others are asked, and those that are gone are forgotten.

        Parameters
        ----------
        workers
            All that are there, by address, as the scheduler tells of them.
        """
        for address in set(self._answers) - workers.keys():
            self._answers.pop(address, None)
        for address in workers.keys() - self._answers.keys() - self._asked:
            self._asked.add(address)
            answer = self._ask(address, pkgutil.resolve_name, NAME)
            answer.add_done_callback(partial(self._answered, address, workers[address]))
        return {address: worker for address, worker in workers.items() if self._answers.get(address) == ""}

    def is_fit(self, address: str) -> bool:
        """Whether this worker is known to be of use."""
        return self._answers.get(address) == ""

    @property
    def is_asking(self) -> bool:
        """Whether an answer is still on its way."""
        return bool(self._asked)

    @property
    def complaints(self) -> tuple[str, ...]:
        """Why workers are of no use, a sentence each; of many alike the first few."""
        sentences = [sentence for _, sentence in sorted(self._answers.items()) if sentence]
        more = len(sentences) - MOST_COMPLAINTS
        return (*sentences[:MOST_COMPLAINTS], *([f"The same holds for {more} more."] if more > 0 else []))

    def _answered(self, address: str, worker: Mapping[str, Any], answer: "Future[Any]") -> None:
        error = None if answer.cancelled() else answer.exception()
        if answer.cancelled() or isinstance(error, OSError | TimeoutError):
            # It went away, or is busy: it is asked again when somebody wants to know.
            self._asked.discard(address)
            return
        complaint = why_unfit(answer.result() if error is None else error)
        who = address if worker.get("name") in (None, address) else f"{worker['name']} ({address})"
        self._answers[address] = complaint and _PLAIN.sub("", f"Worker {who} {complaint}").replace("](", "] (")
        self._asked.discard(address)
        self._tell(WorkerChecked(address, self._answers[address]))


def why_unfit(answer: object) -> str:
    """What is wrong with a worker that answered this, as the rest of a sentence about it; empty if nothing is.

    Parameters
    ----------
    answer
        Its ``HERE``, or the exception that came of asking for it.
    """
    if isinstance(answer, BaseException):
        return _why_not_loaded(answer)
    theirs = _read(answer)
    if theirs.get(MISSING):
        return f"lacks the package {theirs[MISSING]}: install requirements.txt there."
    ours = json.loads(HERE)
    other = [name for name in (PYTHON, *COMPARED) if theirs.get(name) != ours[name]]
    if other:
        named = " and ".join(f"{name} {theirs.get(name) or 'unknown'} instead of {ours[name]}" for name in other)
        return f"has {named}: install there what this server has."
    return "" if theirs.get(DIGIT_LAB) == ours[DIGIT_LAB] else _OTHER_VERSION


def _why_not_loaded(error: BaseException) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name == NAME.partition(":")[0]:
        return _OTHER_VERSION
    if isinstance(error, ModuleNotFoundError) and NAME.startswith(f"{error.name}."):
        return "does not have Digit Lab on its path: start it with PYTHONPATH naming the folder that core is in."
    return f"cannot load Digit Lab ({type(error).__name__}: {error}): install there what this server has."


def _read(answer: object) -> dict[str, str]:
    """What a worker says of itself; nothing of it is taken on trust."""
    try:
        parts = json.loads(answer) if isinstance(answer, str) else {}
    except ValueError:
        parts = {}
    return {str(k): str(v)[:40] for k, v in parts.items()} if isinstance(parts, dict) else {}
