"""The process of :func:`core.data.apart.read_apart`: limits itself, calls readers, writes what they return."""

import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any

REFUSED = 2
"""There is a sentence why it is not read."""
NO_MEMORY = 3
"""The reader asked for more memory than there is."""


def main() -> int:
    """Carry out orders, each a line of JSON on standard input, until there are no more or one fails.

    A line ``[code, sentence]`` answers each: 0, ``REFUSED``, ``NO_MEMORY``, or nothing at all.
    """
    # Readers may print what they like: it is not taken for an answer.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    for line in sys.stdin.buffer:
        order = json.loads(line)
        _limit(int(order["megabytes"]) * 1_000_000, int(order["seconds"]) + 1)
        try:
            code, sentence = _carry_out(order)
        except MemoryError:
            code, sentence = NO_MEMORY, ""
        print(json.dumps([code, sentence]), file=answers, flush=True)
        if code not in (0, REFUSED):
            return code
    return 0


def _carry_out(order: dict[str, Any]) -> tuple[int, str]:
    import numpy as np

    from core.errors import DataError

    module, _, function = str(order["reader"]).partition(":")
    read = getattr(importlib.import_module(module), function)
    try:
        arrays = read(Path(order["path"]), **order["options"])
    except DataError as error:
        return REFUSED, str(error)
    parts = {str(name): np.asarray(array) for name, array in arrays.items()}
    if any(array.dtype.hasobject for array in parts.values()):
        return 1, ""
    with Path(order["result"]).open("wb") as file:
        np.savez(file, allow_pickle=False, **parts)
    return 0, ""


def _limit(size: int, seconds: int) -> None:
    """Bound memory, further processor time and what is written.

    Windows knows none of it: there only time is bounded, from outside.
    """
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds += int(used.ru_utime + used.ru_stime)
    for kind, most in (
        (resource.RLIMIT_AS, size),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, size),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        try:
            resource.setrlimit(kind, (most, hard))
        except (ValueError, OSError):
            # macOS refuses a limit of the address space.
            continue


if __name__ == "__main__":
    sys.exit(main())
