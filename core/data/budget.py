"""How many bytes the files of one import may unpack to, all together: counted as they come out."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from core.errors import TooMuchError

MOST_BYTES = 2_000_000_000
"""Held at once: 60,000 images as 64-bit floats take 376 MB, and all of EMNIST, as bytes, 640 MB."""


@dataclass
class _Spent:
    bytes: int = 0


_SPENT: ContextVar[_Spent | None] = ContextVar("_SPENT", default=None)


@contextmanager
def one_budget() -> Iterator[None]:
    """Have everything that is unpacked within this block, or function, count together."""
    if _SPENT.get() is not None:
        yield
        return
    token = _SPENT.set(_Spent())
    try:
        yield
    finally:
        _SPENT.reset(token)


def spend(count: int, name: str) -> None:
    """Count some more bytes that are unpacked or about to be; outside of a budget nothing is counted.

    Parameters
    ----------
    name
        The file that they are from, for the sentence.

    Raises
    ------
    TooMuchError
        If they are more than is left.
    """
    if (spent := _SPENT.get()) is None:
        return
    spent.bytes += count
    if spent.bytes > MOST_BYTES:
        raise TooMuchError(
            f"With {name} the files unpack to more than {MOST_BYTES / 1e6:,.0f} MB, the most that is read at once: "
            "choose fewer or smaller ones."
        )
