"""Long lists in pages; the first page has the number 1."""

import numpy as np
from numpy.typing import NDArray


def page_count(items: int, page_size: int) -> int:
    """Pages that hold this many items; one page at least."""
    return max(1, -(-items // page_size))


def page_within(page: int, items: int, page_size: int) -> int:
    """The page that is there: a number below the first gives the first, one beyond the last gives the last."""
    return min(max(page, 1), page_count(items, page_size))


def page_slice(positions: NDArray[np.int64], page: int, page_size: int) -> NDArray[np.int64]:
    """What is on a page; of one that is not there, on the nearest."""
    start = (page_within(page, len(positions), page_size) - 1) * page_size
    return positions[start : start + page_size]


def page_of(place: int, page_size: int) -> int:
    """The page on which the item at this place of the list stands; 0 is the first place."""
    return place // page_size + 1
