"""The networks that are asked, kept in memory: those that were asked last, within bounds."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from core.api.runs import Runs, framing_of
from core.data.framing import Framing
from core.exports.subject import Subject
from core.models.numpy_model import NumpyModel
from core.reading.judging import STILL_TRAINING, judge_of
from core.reading.reader import Judge, Reader

_MOST: Final = 32
_MOST_BYTES: Final = 500_000_000
_TRUSTED_SECONDS: Final = 1.0


@dataclass(frozen=True, eq=False)
class Network:
    """A run’s network at one moment.

    Parameters
    ----------
    version
        Of the run, when it was read.
    framing
        What a picture goes through first.
    reader
        What computes, and judges.
    """

    version: str
    subject: Subject
    framing: Framing
    reader: Reader

    @property
    def model(self) -> NumpyModel:
        """The run’s network."""
        return self.reader.model

    @property
    def size(self) -> int:
        """Bytes of its weights, and of what it is compared with."""
        return sum(array.nbytes for array in self.model.weights.values()) + self.reader.judge.size


def _judge(subject: Subject) -> Judge:
    """What changes with every epoch is not judged: each judge takes longer than an answer by far."""
    return Judge(why_not=STILL_TRAINING) if subject.run.status.is_active else judge_of(subject.model, subject.home)


class Networks:
    """Networks by run id; one that has got other weights is read again.

    Parameters
    ----------
    most, most_bytes
        Networks that are kept, and what their weights may take together; the last one stays, whatever its size.
    trusted_seconds
        For how long a network is taken for current without asking.
    clock
        Seconds.
    """

    def __init__(
        self,
        runs: Runs,
        *,
        most: int = _MOST,
        most_bytes: int = _MOST_BYTES,
        trusted_seconds: float = _TRUSTED_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._runs, self._most, self._most_bytes = runs, most, most_bytes
        self._trusted_seconds, self._clock = trusted_seconds, clock
        self._kept: OrderedDict[str, Network] = OrderedDict()
        self._checked: dict[str, float] = {}
        self._coming: dict[str, asyncio.Task[Network]] = {}

    async def get(self, run_id: str) -> Network:
        """The network of a run; requests that arrive while it is being read wait for the same reading.

        Raises
        ------
        RunError
            If there is no such run, or it has no weights that can be used.
        """
        kept = self._kept.get(run_id)
        if kept is not None and self._clock() - self._checked[run_id] < self._trusted_seconds:
            self._kept.move_to_end(run_id)
            return kept
        coming = self._coming.get(run_id)
        if coming is None:
            coming = self._coming[run_id] = asyncio.create_task(self._current(run_id, kept))
            coming.add_done_callback(lambda done: self._came(run_id, done))
        # Who goes away must not take it from the others.
        return await asyncio.shield(coming)

    async def _current(self, run_id: str, kept: Network | None) -> Network:
        asked = self._clock()
        try:
            network = await asyncio.to_thread(self._read, run_id, kept)
        except BaseException:
            self._forget(run_id)
            raise
        self._kept[run_id], self._checked[run_id] = network, asked
        self._kept.move_to_end(run_id)
        while len(self._kept) > 1 and (
            len(self._kept) > self._most or sum(one.size for one in self._kept.values()) > self._most_bytes
        ):
            self._forget(next(iter(self._kept)))
        return network

    def _read(self, run_id: str, kept: Network | None) -> Network:
        # The version first: weights are in place before they count, so what is read is never older than it.
        version = self._runs.version(run_id)
        if kept is not None and kept.version == version:
            return kept
        subject = self._runs.subject(run_id)
        framing = framing_of(subject.config, subject.home)
        return Network(version, subject, framing, Reader(subject.model, _judge(subject)))

    def _came(self, run_id: str, done: asyncio.Task[Network]) -> None:
        self._coming.pop(run_id, None)
        if not done.cancelled():
            # Where whoever asked has gone, nobody else looks at what went wrong.
            done.exception()

    def _forget(self, run_id: str) -> None:
        self._kept.pop(run_id, None)
        self._checked.pop(run_id, None)
