"""Networks that are kept: read once, read again when they change, and not too many of them."""

import asyncio
from pathlib import Path

import pytest

from core.api.networks import Networks
from core.api.runs import OneRun, Page
from core.errors import RunNotFoundError
from core.exports.subject import Subject
from core.runs.archive import DEMO_DIRECTORY
from tests.core.api.test_addresses import Clock


class Counted:
    """Runs of any name with one network, whose version can be changed; counts what is read."""

    default = "a"

    def __init__(self, home: Path) -> None:
        self._subject = OneRun(DEMO_DIRECTORY, home).subject("demo")
        self.versions: dict[str, str] = {}
        self.read: list[str] = []
        self.asked = 0

    def version(self, run_id: str) -> str:
        self.asked += 1
        if run_id == "gone":
            raise RunNotFoundError("There is no such run.")
        return self.versions.get(run_id, "1")

    def subject(self, run_id: str) -> Subject:
        self.read.append(run_id)
        return self._subject

    def listed(self, limit: int, offset: int) -> Page:
        return Page([], 0)


def test_it_is_read_once_for_all_and_again_when_it_has_changed(tmp_path: Path) -> None:
    async def go() -> None:
        runs, clock = Counted(tmp_path), Clock()
        networks = Networks(runs, clock=clock)
        some = await asyncio.gather(*(networks.get("a") for _ in range(5)))
        assert len({id(one) for one in some}) == 1
        assert (runs.read, runs.asked) == (["a"], 1)
        clock.now = 0.9
        runs.versions["a"] = "2"
        assert await networks.get("a") is some[0], "not asked for a moment"
        clock.now = 1.1
        assert (await networks.get("a")).version == "2"
        clock.now = 2.2
        assert (await networks.get("a")).version == "2"
        assert (runs.read, runs.asked) == (["a", "a"], 3)

    asyncio.run(go())


def test_what_is_gone_is_forgotten_and_asked_for_again(tmp_path: Path) -> None:
    async def go() -> None:
        runs = Counted(tmp_path)
        networks = Networks(runs, trusted_seconds=0)
        for _ in range(2):
            with pytest.raises(RunNotFoundError):
                await networks.get("gone")
        assert (runs.asked, networks._kept) == (2, {})

    asyncio.run(go())


def test_neither_too_many_are_kept_nor_too_large_ones(tmp_path: Path) -> None:
    async def go() -> None:
        runs = Counted(tmp_path)
        few = Networks(runs, most=2, trusted_seconds=60)
        for run_id in ("a", "b", "a", "c"):
            await few.get(run_id)
        assert list(few._kept) == ["a", "c"], "whoever was not asked for longest goes"
        network = await few.get("a")
        size = network.size
        assert size == 4 * (784 * 128 + 128 + 128 * 10 + 10) + network.reader.judge.size
        small = Networks(runs, most_bytes=size // 2, trusted_seconds=60)
        for run_id in ("a", "b"):
            await small.get(run_id)
        assert list(small._kept) == ["b"], "the last one stays, whatever its size"

    asyncio.run(go())
