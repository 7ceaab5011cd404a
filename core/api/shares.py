"""How much all requests together may hold at once, and how much of it one address."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from core.api.errors import ApiError

_ELSEWHERE: Final = 0.25
_HERE: Final = 0.75
_SECONDS: Final = "1"


class Shares:
    """An amount that requests take from and give back, such that no address takes it from all the others.

    Another machine may hold a quarter of it. Programs on this one, which no address tells apart, may together hold
    three quarters: a proxy among them says for whom it asks (:class:`core.api.addresses.Door`).

    Parameters
    ----------
    most
        That all may hold together.
    what
        There is too much of, for the sentence that says so.
    """

    def __init__(self, most: int, what: str) -> None:
        self._most, self._held = most, 0
        self._elsewhere, self._here = (max(1, int(most * share)) for share in (_ELSEWHERE, _HERE))
        self._sentence = f"{what}, for your address or in total: try again in a moment."
        self._of: dict[str, int] = {}

    def take(self, address: str, amount: int) -> None:
        """Take some of it; where everything is one, that may be taken as well.

        Parameters
        ----------
        address
            Whose allowance a request counts against; empty for programs on this machine.

        Raises
        ------
        ApiError
            503, if there is no room; nothing is taken then.
        """
        of_one = self._of.get(address, 0) + amount
        if of_one > (self._elsewhere if address else self._here) or self._held + amount > self._most:
            raise ApiError(503, self._sentence, {"Retry-After": _SECONDS})
        self._of[address] = of_one
        self._held += amount

    def give_back(self, address: str, amount: int) -> None:
        """Give back what was taken; of who holds nothing, nothing is remembered."""
        self._held -= amount
        left = self._of.get(address, 0) - amount
        if left > 0:
            self._of[address] = left
        else:
            self._of.pop(address, None)

    @contextmanager
    def held(self, address: str, amount: int) -> Iterator[None]:
        """As :meth:`take`, and given back at the end."""
        self.take(address, amount)
        try:
            yield
        finally:
            self.give_back(address, amount)
