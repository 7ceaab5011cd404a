"""Servers that share a scheduler take turns: who has fewest runs under way, then who has waited longest."""

from collections.abc import Callable
from dataclasses import dataclass

from core.engine.messages import Waits

SAY_SECONDS = 2.0
"""Between two words of a server that still waits."""
HEARD_SECONDS = 3 * SAY_SECONDS
"""What somebody has said is taken for true this long."""
LEAVE_SECONDS = 2 * SAY_SECONDS
"""How long a slot is left to another server, which may be unable to use it."""


@dataclass(frozen=True)
class _Heard:
    """What a server has said, when, and since when it has waited, by the clock of this one."""

    waits: Waits
    at: float
    since: float


class Neighbours:
    """The servers that wait for the same workers.

    Parameters
    ----------
    own
        What this server calls itself.
    clock
        Seconds, as ``time.monotonic`` gives them.
    """

    def __init__(self, own: str, clock: Callable[[], float]) -> None:
        self._own, self._clock = own, clock
        self._heard: dict[str, _Heard] = {}
        self._left: dict[str, float] = {}
        self._since: float | None = None
        self._running = 0
        self._said: tuple[float, bool, bool] = (-SAY_SECONDS, False, False)

    def hear(self, waits: Waits) -> None:
        """Another server has spoken, or this one hears itself."""
        if waits.server != self._own:
            self._heard[waits.server] = _Heard(waits, self._clock(), self._clock() - waits.seconds)

    def mine(self, slots: list[str], waiting: int, running: int) -> list[str]:
        """Those of the free slots that it is this server’s turn to take.

        Parameters
        ----------
        slots
            Addresses of workers, once for each slot.
        waiting, running
            Runs of this server.
        """
        now = self._clock()
        self._left = {address: since for address, since in self._left.items() if address in slots}
        # Whoever has held a worker until now has not waited.
        since = now if self._since is None or running < self._running else self._since
        self._since, self._running = (since if waiting else None), running
        others = [heard for heard in self._heard.values() if heard.at > now - HEARD_SECONDS and heard.waits.waiting]
        line = [[heard.waits.running, heard.since, heard.waits.waiting] for heard in others]
        taken: list[str] = []
        for address in slots:
            if len(taken) == waiting:
                break
            ahead = min((one for one in line if one[2] > 0), default=None)
            is_left_over = self._left.get(address, now) <= now - LEAVE_SECONDS
            if ahead is None or is_left_over or [running, since] <= ahead[:2]:
                taken.append(address)
                self._running = running = running + 1
                self._since = since = now
            else:
                self._left.setdefault(address, now)
                ahead[0], ahead[1], ahead[2] = ahead[0] + 1, now, ahead[2] - 1
        return taken

    def word(self, waiting: int, running: int) -> Waits | None:
        """What the others are to hear, if it is time: whether runs wait here, and that a slot is left to them."""
        now, news = self._clock(), (bool(waiting), bool(self._left))
        at, *said = self._said
        if news == tuple(said) and (not any(news) or now < at + SAY_SECONDS):
            return None
        self._said = (now, *news)
        return Waits(self._own, waiting, running, 0.0 if self._since is None else now - self._since)
