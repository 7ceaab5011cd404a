"""Batches: what is asked of a network while it computes goes through it together, next."""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

from core.api.shares import Shares
from core.reading.answers import Answer, answers_to
from core.reading.reader import Reader
from core.reading.sources import Found

_MOST_WAITING: Final = 5_000
_MOST_AT_ONCE: Final = 1_000
_A_MOMENT: Final = 0.002
"""Seconds of processor time: going to another thread and back, and sharing the interpreter with it, costs as much."""
_MOST_LOOKS: Final = 4
"""Turns of the loop for which a batch is held while more keeps coming: a batch of one costs as much as one of five."""


@dataclass(frozen=True, eq=False)
class _Asked:
    """What one request wants to know."""

    reader: Reader
    found: Sequence[Found]
    answers: asyncio.Future[list[Answer]]
    address: str


@dataclass(frozen=True)
class _Computed:
    """The answers to those of a batch, in order, and the processor time that they took; or what went wrong."""

    answers: list[list[Answer]]
    images: int = 0
    seconds: float = 0.0
    error: Exception | None = None


class Batcher:
    """One thread that computes, and those who wait for it, in order.

    What a network is known to compute in a moment is computed by the loop itself, where it waits for no thread.

    The process that serves it lets NumPy multiply on one core (:func:`core.models.one_core.multiply_on_one_core`): a
    second thread for products as small as these costs five times what it spares, waiting in a loop for the core that
    reads requests.

    Parameters
    ----------
    most_waiting
        Images that may wait; one address has a share of them.
    """

    def __init__(self, most_waiting: int = _MOST_WAITING) -> None:
        self._waiting: deque[_Asked] = deque()
        self._images = Shares(most_waiting, "Too many images wait for their answers")
        self._is_busy = False
        self._thread = ThreadPoolExecutor(1, "api-batches")
        self._took: WeakKeyDictionary[Reader, dict[int, float]] = WeakKeyDictionary()

    async def answers(self, reader: Reader, found: Sequence[Found], address: str = "") -> list[Answer]:
        """What a network makes of some images, computed with those of others who ask the same network now.

        Parameters
        ----------
        address
            Of who asks; empty for programs on this machine.

        Raises
        ------
        ApiError
            503, if too many wait already.
        """
        self._images.take(address, len(found))
        loop = asyncio.get_running_loop()
        asked = _Asked(reader, found, loop.create_future(), address)
        self._waiting.append(asked)
        if not self._is_busy:
            self._is_busy = True
            # Not at once: what arrived together goes together.
            loop.call_soon(self._begin, loop, 1)
        return await asked.answers

    def _begin(self, loop: asyncio.AbstractEventLoop, seen: int = 0, looks: int = 0) -> None:
        """Compute what waits, or look again in the next turn where more has come than was ``seen`` in the last."""
        if seen < len(self._waiting) and looks < _MOST_LOOKS:
            loop.call_soon(self._begin, loop, len(self._waiting), looks + 1)
            return
        batch = self._next()
        if not batch:
            self._is_busy = False
            return
        if self._is_quick(batch):
            self._hand_out(batch, _compute(batch))
            # Others of the loop have their turn first.
            loop.call_soon(self._begin, loop)
            return
        computed = loop.run_in_executor(self._thread, _compute, batch)
        computed.add_done_callback(lambda done: self._hand_out(batch, done.result()))
        computed.add_done_callback(lambda _: self._begin(loop))

    def _is_quick(self, batch: Sequence[_Asked]) -> bool:
        """Whether a batch of about this size or a larger one was, or a smaller one so much; unknown ones are not."""
        took, size = self._took.get(batch[0].reader, {}), _size(sum(len(asked.found) for asked in batch))
        as_large = [seconds for other, seconds in took.items() if other >= size]
        if as_large:
            return min(as_large) < _A_MOMENT
        largest = max(took, default=0)
        # Half of a batch takes more than half of its time.
        return bool(took) and took[largest] * 2 ** (size - largest) < _A_MOMENT

    def _next(self) -> list[_Asked]:
        """Requests at the front for the same network, as many as fit; those whose clients are gone are left out."""
        batch: list[_Asked] = []
        size = 0
        while self._waiting:
            first = self._waiting[0]
            is_other = bool(batch) and (first.reader is not batch[0].reader or size + len(first.found) > _MOST_AT_ONCE)
            if is_other:
                break
            self._waiting.popleft()
            self._images.give_back(first.address, len(first.found))
            if not first.answers.done():
                batch.append(first)
                size += len(first.found)
        return batch

    def _hand_out(self, batch: Sequence[_Asked], computed: _Computed) -> None:
        if computed.error is None:
            self._took.setdefault(batch[0].reader, {})[_size(computed.images)] = computed.seconds
        for asked, answers in zip(batch, computed.answers or [[]] * len(batch), strict=True):
            if asked.answers.done():
                continue
            if computed.error:
                asked.answers.set_exception(computed.error)
            else:
                asked.answers.set_result(answers)


def _size(images: int) -> int:
    """Batches of the same are alike: twice as many images are one more."""
    return images.bit_length()


def _compute(batch: Sequence[_Asked]) -> _Computed:
    """One product for all, and to each its own."""
    began = time.thread_time()
    found = [one for asked in batch for one in asked.found]
    try:
        answers = answers_to(found, batch[0].reader)
        said = [[next(answers) for _ in asked.found] for asked in batch]
    except Exception as error:  # noqa: BLE001 – whoever has asked has it raised
        return _Computed([], error=error)
    return _Computed(said, len(found), time.thread_time() - began)
