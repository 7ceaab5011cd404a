"""Guesses: how often somebody may get a secret wrong before they have to wait."""

import hmac
import threading
import time
from collections import deque
from collections.abc import Callable
from hashlib import sha256
from typing import Final

MOST_OF_ONE, MOST_OF_ALL = 5, 60
"""Wrong keys within the time below: from one browser, and from all together, for a browser can drop its cookie."""
SECONDS: Final = 600.0


class Guesses:
    """The wrong keys that were given lately; safe to use from several threads.

    Parameters
    ----------
    clock
        Seconds, as ``time.monotonic`` gives them.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._wrong: deque[tuple[float, str]] = deque()
        self._lock = threading.Lock()

    def seconds_to_wait(self, who: str) -> float:
        """How long somebody has to wait before the next try; 0 if they may try now."""
        with self._lock:
            return self._wait(who)

    def is_right(self, given: str, secret: str, who: str) -> bool:
        """Whether this is the secret, told in the same time for every wrong one; always wrong while one has to wait."""
        with self._lock:
            if self._wait(who) > 0:
                return False
            # Digests: how long the secret is cannot be told from the time either.
            same = hmac.compare_digest(*(sha256(text.encode("utf-8", "replace")).digest() for text in (given, secret)))
            if not same:
                self._wrong.append((self._clock(), who))
            return same

    def _wait(self, who: str) -> float:
        now = self._clock()
        while self._wrong and self._wrong[0][0] <= now - SECONDS:
            self._wrong.popleft()
        ends = [0.0]
        for times, most in (
            ([at for at, one in self._wrong if one == who], MOST_OF_ONE),
            ([at for at, _ in self._wrong], MOST_OF_ALL),
        ):
            if len(times) >= most:
                ends.append(times[-most] + SECONDS - now)
        return max(ends)
