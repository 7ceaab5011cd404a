"""What waits while a network computes goes through it together, and everybody gets their own answer."""

import asyncio
import threading
import time
from typing import cast

import numpy as np
import pytest

from core.api.batcher import Batcher
from core.api.errors import ApiError
from core.reading.reader import Opinion, Reader
from core.reading.sources import Found


class Slow:
    """A network that names the first pixel, and computes when it is let; ``sizes`` are those of its batches."""

    def __init__(self) -> None:
        self.may_go, self.began = threading.Event(), threading.Event()
        self.sizes: list[int] = []
        self.fails = False

    def opinion(self, images: np.ndarray) -> Opinion:
        self.sizes.append(len(images))
        self.began.set()
        assert self.may_go.wait(30)
        if self.fails:
            raise MemoryError
        said = np.eye(10, dtype=np.float32)[images[:, 0, 0]]
        return Opinion(said, said.max(axis=1), np.zeros(len(said), np.bool_))


def found(*labels: int) -> list[Found]:
    return [Found("", row, np.full((28, 28), label, np.uint8), True) for row, label in enumerate(labels)]


async def ask(batcher: Batcher, network: Slow, *labels: int, address: str = "") -> list[int]:
    answers = await batcher.answers(cast("Reader", network), found(*labels), address)
    return [answer.most_probable for answer in answers]


async def busy(batcher: Batcher, network: Slow) -> asyncio.Task[list[int]]:
    """The first request, being computed."""
    first = asyncio.create_task(ask(batcher, network, 1))
    await asyncio.to_thread(network.began.wait, 30)
    return first


def test_those_who_come_meanwhile_go_together_and_get_their_own() -> None:
    async def go() -> None:
        batcher, one, other = Batcher(), Slow(), Slow()
        first = await busy(batcher, one)
        wanted = [(one, (2, 3)), (one, (4,)), (other, (5,)), (one, (6,))]
        rest = [asyncio.create_task(ask(batcher, network, *labels)) for network, labels in wanted]
        gone = asyncio.create_task(ask(batcher, one, 7))
        await asyncio.sleep(0)
        gone.cancel()
        one.may_go.set()
        other.may_go.set()
        assert await first == [1]
        assert [await task for task in rest] == [list(labels) for _, labels in wanted]
        assert (one.sizes, other.sizes) == ([1, 3, 1], [1]), "who has gone is left out"

    asyncio.run(go())


def test_what_arrives_at_once_goes_at_once() -> None:
    async def go() -> None:
        batcher, network = Batcher(), Slow()
        network.may_go.set()
        assert await asyncio.gather(*(ask(batcher, network, label) for label in range(8))) == [[k] for k in range(8)]
        assert network.sizes == [8]

    asyncio.run(go())


def test_a_batch_has_its_limit_and_so_has_the_queue() -> None:
    async def go() -> None:
        batcher, network = Batcher(most_waiting=2_000), Slow()
        first = await busy(batcher, network)
        large = [asyncio.create_task(ask(batcher, network, *[3] * size)) for size in (900, 600)]
        await asyncio.sleep(0)
        with pytest.raises(ApiError, match="wait for their answers") as caught:
            await ask(batcher, network, 1)
        assert (caught.value.status, caught.value.headers["Retry-After"]) == (503, "1")
        network.may_go.set()
        assert [len(await task) for task in (first, *large)] == [1, 900, 600]
        assert network.sizes == [1, 900, 600]
        assert await ask(batcher, network, 4) == [4], "and there is room again"

    asyncio.run(go())


def test_one_address_leaves_room_in_the_queue_for_others() -> None:
    async def go() -> None:
        batcher, network = Batcher(most_waiting=40), Slow()
        first = await busy(batcher, network)
        mine = [asyncio.create_task(ask(batcher, network, *[3] * 5, address="192.0.2.7")) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(ApiError, match="for your address or in total") as caught:
            await ask(batcher, network, 1, address="192.0.2.7")
        assert caught.value.status == 503
        other = asyncio.create_task(ask(batcher, network, *[4] * 10, address="192.0.2.8"))
        await asyncio.sleep(0)
        mine[0].cancel()
        network.may_go.set()
        assert [await task for task in (first, mine[1], other)] == [[1], [3] * 5, [4] * 10]
        assert await ask(batcher, network, *[5] * 10, address="192.0.2.7") == [5] * 10, (
            "what is computed counts no more"
        )
        assert not batcher._images._of, "nor what nobody waits for"

    asyncio.run(go())


def test_a_product_that_fails_takes_nobody_elses_with_it() -> None:
    async def go() -> None:
        batcher, network, other = Batcher(), Slow(), Slow()
        network.fails = True
        first = await busy(batcher, network)
        second = asyncio.create_task(ask(batcher, other, 5))
        other.may_go.set()
        network.may_go.set()
        with pytest.raises(MemoryError):
            await first
        assert await second == [5]

    asyncio.run(go())


class Noting(Slow):
    """A network that is quick, or that takes processor time as a large one does, and notes where it computes."""

    def __init__(self, takes: float, *, each: bool = True) -> None:
        super().__init__()
        self.may_go.set()
        self.takes, self.each = takes, each
        self.here: list[bool] = []

    def opinion(self, images: np.ndarray) -> Opinion:
        self.here.append(threading.current_thread() is threading.main_thread())
        until = time.thread_time() + self.takes * (len(images) if self.each else 1)
        while time.thread_time() < until:
            pass
        return super().opinion(images)


@pytest.mark.parametrize(("takes", "here"), [(0.0, [False, True, True]), (0.004, [False, False, False])])
def test_what_takes_a_moment_is_computed_by_the_loop_once_that_is_known(takes: float, here: list[bool]) -> None:
    async def go() -> None:
        batcher, network = Batcher(), Noting(takes)
        for labels in ((1,), (2,), (3, 4)):
            assert await ask(batcher, network, *labels) == list(labels)
        assert network.here == here

    asyncio.run(go())


def test_a_large_batch_that_was_quick_says_that_others_are() -> None:
    async def go() -> None:
        batcher, network = Batcher(), Noting(0.0005, each=False)
        for count in (1, 16, 16, 8, 3):
            assert len(await ask(batcher, network, *[5] * count)) == count
        assert network.here == [False, False, True, True, True], "one image alone takes as long as sixteen"

    asyncio.run(go())


def test_what_comes_while_a_batch_is_gathered_goes_along_and_one_alone_does_not_wait() -> None:
    async def go() -> None:
        batcher, network = Batcher(), Slow()
        network.may_go.set()
        assert await ask(batcher, network, 1) == [1]
        tasks = []
        for turn in range(3):
            tasks += [asyncio.create_task(ask(batcher, network, 2 * turn + one)) for one in range(2)]
            await asyncio.sleep(0)
        assert await asyncio.gather(*tasks) == [[label] for label in range(6)]
        assert network.sizes == [1, 6]

    asyncio.run(go())


def test_many_images_of_a_quick_network_are_not_computed_by_the_loop() -> None:
    async def go() -> None:
        batcher, network = Batcher(), Noting(0.0001)
        for count in (1, 1, 200):
            assert len(await ask(batcher, network, *[5] * count)) == count
        assert network.here[-1] is False

    asyncio.run(go())
