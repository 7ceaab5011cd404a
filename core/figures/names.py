"""Class names in places that have little room."""

from collections.abc import Sequence
from typing import Any

_LETTERS_SIDE_BY_SIDE = 36
"""What fits below a chart on a phone."""


def shortened(name: str, most: int = 12) -> str:
    """The name, cut to this many letters where it is longer."""
    return name if len(name) <= most else f"{name[: max(1, most - 1)]}…"


def tick_names(names: Sequence[str], most: int = 24) -> dict[str, Any]:
    """Ticks of an axis of classes ``0 … K-1``.

    Names slant where they have no room side by side; of many classes every second or third has one.
    """
    every = -(-len(names) // most) if names else 1
    shown = [shortened(name) for name in names[::every]]
    return {
        "tickvals": list(range(0, len(names), every)),
        "ticktext": shown,
        "tickangle": 0 if longest(shown) * len(shown) <= _LETTERS_SIDE_BY_SIDE else -40,
    }


def longest(names: Sequence[str]) -> int:
    """Letters of the longest name; 0 without names."""
    return max(map(len, names), default=0)
