"""Servers on one scheduler take turns: played through with a clock, free slots and what they say to each other."""

from dataclasses import dataclass, field

import pytest

from core.engine.neighbours import HEARD_SECONDS, LEAVE_SECONDS, Neighbours


@dataclass
class Server:
    name: str
    neighbours: Neighbours
    waiting: int = 0
    running: int = 0


@dataclass
class Cluster:
    """Slots that servers take in turn; a server looks when something has happened to it, and every two seconds."""

    slots: int
    now: float = 0.0
    servers: dict[str, Server] = field(default_factory=dict)
    begun: str = ""
    deaf: str = ""

    def submit(self, name: str, runs: int) -> None:
        if name not in self.servers:
            self.servers[name] = Server(name, Neighbours(name, lambda: self.now))
        self.servers[name].waiting += runs
        self.look(name)

    def look(self, name: str, depth: int = 0) -> None:
        server = self.servers[name]
        free = ["w"] * (self.slots - sum(one.running for one in self.servers.values()))
        mine = server.neighbours.mine(free, server.waiting, server.running)
        server.waiting, server.running = server.waiting - len(mine), server.running + len(mine)
        self.begun += name * len(mine)
        word = server.neighbours.word(server.waiting, server.running)
        if word is not None:
            assert depth < 20, "they talk without an end"
            for other in self.servers.values():
                if other.name not in self.deaf:
                    other.neighbours.hear(word)
                    self.look(other.name, depth + 1)

    def end(self, name: str) -> None:
        """A run of this server ends, and it looks at once."""
        self.servers[name].running -= 1
        self.look(name)

    def pass_time(self, seconds: float) -> None:
        until = self.now + seconds
        while self.now < until:
            self.now += 2.0
            for name in self.servers:
                if name not in self.deaf:
                    self.look(name)


def test_a_server_with_one_run_does_not_wait_behind_another_with_many() -> None:
    cluster = Cluster(slots=2)
    cluster.submit("a", 20)
    cluster.pass_time(10)
    cluster.submit("b", 1)
    assert cluster.begun == "aa"
    cluster.end("a")
    assert cluster.begun == "aab"


@pytest.mark.parametrize("slots", [1, 2, 4])
def test_two_that_always_have_runs_get_the_same_number(slots: int) -> None:
    cluster = Cluster(slots)
    cluster.submit("a", 100)
    cluster.submit("b", 100)
    for number in range(40):
        cluster.pass_time(6)
        cluster.end(cluster.begun[number])
    assert abs(cluster.begun.count("a") - cluster.begun.count("b")) <= slots
    assert len(cluster.begun) >= 40


def test_nobody_leaves_a_slot_to_one_that_has_nothing_to_do() -> None:
    cluster = Cluster(slots=1)
    cluster.submit("a", 3)
    cluster.pass_time(2)
    cluster.submit("b", 1)
    for name in "ab":
        cluster.pass_time(4)
        cluster.end(name)
    cluster.end("a")
    assert cluster.begun == "abaa"


def test_a_slot_that_another_server_cannot_use_is_taken_after_a_while() -> None:
    """Its workers may be of no use to it; or it has died."""
    cluster = Cluster(slots=1)
    cluster.submit("a", 5)
    cluster.pass_time(2)
    cluster.submit("b", 5)
    cluster.deaf = "b"
    cluster.now += 1
    cluster.end("a")
    assert cluster.begun == "a"
    cluster.pass_time(LEAVE_SECONDS + 2)
    assert cluster.begun == "aa"
    cluster.pass_time(HEARD_SECONDS)
    cluster.end("a")
    assert cluster.begun == "aaa", "what it said long ago counts no more"


def test_a_server_that_is_alone_takes_everything_at_once() -> None:
    cluster = Cluster(slots=3)
    cluster.submit("a", 5)
    assert cluster.begun == "aaa"
