"""Which pixel a column of a table holds, by its name."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from core.data.importing.sides import SIDES

_LONGEST_NAME = 100
"""Characters; in a longer name there is no number of a pixel, and looking for one takes the square of its length."""
NUMBERED = re.compile(r"(?P<prefix>(?:.*[^\d.])?)(?P<number>\d{1,6})(?:\.0)?")
"""A name that ends in the number of its pixel."""
_GRID = re.compile(r"[^\d]*(\d{1,3})(?:[x_.,-]|[^\d\s]{1,2}|[^\d]*[a-z][^\d]*)(\d{1,3})\D*")


def pixel_places(names: Sequence[str]) -> tuple[Mapping[int, int], str]:
    """Positions of pixels by their number, and what is before the number: of the names that most columns share."""
    groups: dict[str, dict[int, int]] = defaultdict(dict)
    for position, name in enumerate(names):
        if len(name) <= _LONGEST_NAME and (match := NUMBERED.fullmatch(name)):
            groups[match["prefix"]].setdefault(int(match["number"]), position)
    prefix = max(groups, key=lambda key: len(groups[key]), default="")
    return groups.get(prefix, {}), prefix


def grid_places(names: Sequence[str]) -> Mapping[tuple[int, int], int]:
    """Positions by row and column, of names such as ``1x1`` or ``pixel_0_27``; empty where they are others."""
    found = {}
    for position, name in enumerate(names):
        if len(name) <= _LONGEST_NAME and (match := _GRID.fullmatch(name)):
            found[int(match[1]), int(match[2])] = position
    sides = [len({place[axis] for place in found}) for axis in (0, 1)]
    return MappingProxyType(found if min(sides) >= SIDES.start else {})
