"""Class names in places that have little room."""

from collections.abc import Sequence
from typing import Any


def shortened(name: str, most: int = 12) -> str:
    """The name, cut to so many letters where it is longer."""
    return name if len(name) <= most else f"{name[: max(1, most - 1)]}…"


def tick_names(names: Sequence[str], most: int = 24) -> dict[str, Any]:
    """Ticks of an axis of classes ``0 … K-1``: long names slanted, and of many classes every second or third one."""
    every = -(-len(names) // most) if names else 1
    return {
        "tickvals": list(range(0, len(names), every)),
        "ticktext": [shortened(name) for name in names[::every]],
        "tickangle": 0 if longest(names) <= 3 else -40,
    }


def longest(names: Sequence[str]) -> int:
    """Letters of the longest name; 0 without names."""
    return max(map(len, names), default=0)
