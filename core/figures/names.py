"""Class names in places that have little room."""

from collections.abc import Sequence


def shortened(name: str, most: int = 12) -> str:
    """The name, cut to so many letters where it is longer."""
    return name if len(name) <= most else f"{name[: max(1, most - 1)]}…"


def longest(names: Sequence[str]) -> int:
    """Letters of the longest name; 0 without names."""
    return max(map(len, names), default=0)
