"""Many deadlines, one timer."""

import asyncio

import pytest

from core.api.deadlines import Deadlines


async def _late(deadlines: Deadlines, began: asyncio.Event | None = None) -> str:
    try:
        async with deadlines.within():
            if began is not None:
                began.set()
            await asyncio.Event().wait()
    except TimeoutError:
        return "late"
    raise AssertionError


def test_each_ends_in_its_time_and_what_is_done_before_is_left_alone() -> None:
    async def go() -> None:
        deadlines = Deadlines(0.02)
        async with deadlines.within():
            pass
        waits = [asyncio.create_task(_late(deadlines)) for _ in range(3)]
        assert await asyncio.gather(*waits) == ["late"] * 3
        # And again, after all of them had ended.
        assert await _late(deadlines) == "late"

    asyncio.run(go())


def test_the_timer_goes_on_to_the_next_that_is_due() -> None:
    async def go() -> None:
        deadlines, loop = Deadlines(0.05), asyncio.get_running_loop()
        async with deadlines.within():
            pass
        # Its timer is still set, and rings before the next is due.
        await asyncio.sleep(0.03)
        began = loop.time()
        assert await _late(deadlines) == "late"
        assert loop.time() - began >= 0.05

    asyncio.run(go())


def test_what_was_begun_in_a_loop_that_has_ended_takes_no_timer_from_the_next() -> None:
    deadlines = Deadlines(0.02)

    async def go() -> str:
        async with deadlines.within():
            pass
        return await _late(deadlines)

    async def begin() -> None:
        async with deadlines.within():
            pass

    asyncio.run(begin())
    assert asyncio.run(go()) == "late"


def test_who_cancels_the_task_is_heard_and_errors_pass() -> None:
    async def go() -> None:
        deadlines, began = Deadlines(30), asyncio.Event()
        task = asyncio.create_task(_late(deadlines, began))
        await began.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(KeyError):
            async with deadlines.within():
                raise KeyError

    asyncio.run(go())
