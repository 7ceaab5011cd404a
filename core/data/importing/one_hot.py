"""Labels as one column for each class, with a 1 or “True” in one of them."""

import re
from collections.abc import Sequence

_TRUE, _FALSE = frozenset(["1", "1.0", "true", "yes"]), frozenset(["0", "0.0", "false", "no", ""])
TRUE_OR_FALSE = _TRUE | _FALSE
"""What a cell of such a column may hold, in lower case."""
_MOST_DIGITS = 2


def place_of_true(cells: Sequence[str]) -> int | None:
    """Which of some cells is true; None unless it is one, and the others are false."""
    plain = [cell.lower() for cell in cells]
    if len(plain) < 2 or not all(cell in _TRUE or cell in _FALSE for cell in plain):
        return None
    true = [place for place, cell in enumerate(plain) if cell in _TRUE]
    return true[0] if len(true) == 1 else None


def are_of_one_class(rows: Sequence[Sequence[str]], columns: Sequence[int]) -> bool:
    """Whether these columns are true once in each row."""
    return bool(columns) and all(
        columns[-1] < len(row) and place_of_true([row[column] for column in columns]) is not None for row in rows
    )


def class_names_of(columns: Sequence[str]) -> list[str]:
    """Names of classes by those of their columns: ``label_0 … label_9`` are ``0 … 9``, ``is_cat, is_dog`` are words."""
    # What all names share lies between the first and the last of them; something of each is left.
    first, last = min(columns), max(columns)
    shared = next((place for place, pair in enumerate(zip(first, last, strict=False)) if len({*pair}) > 1), len(first))
    prefix = first[: max(0, min(shared, *(len(name) - 1 for name in columns)))]
    mark = re.match(r".*[_\-. ]", prefix)
    bare = prefix.rstrip("0123456789")
    if all(name[len(bare) :].isdigit() and len(name) - len(bare) <= _MOST_DIGITS for name in columns):
        return [name[len(bare) :] for name in columns]
    return [name[len(mark[0]) if mark else 0 :] for name in columns]
