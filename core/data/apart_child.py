"""The process of :func:`core.data.apart.read_apart`: limits itself, calls one reader, writes what it returns."""

import importlib
import json
import sys
from pathlib import Path
from typing import Any

REFUSED = 2
"""Exit code: a sentence is on standard output."""
NO_MEMORY = 3
"""Exit code: the reader asked for more memory than there is."""


def main() -> int:
    """Read an order in JSON from standard input and carry it out; the exit code."""
    order = json.loads(sys.stdin.read())
    _limit(int(order["megabytes"]) * 1_000_000, int(order["seconds"]) + 1)
    try:
        return _carry_out(order)
    except MemoryError:
        return NO_MEMORY


def _carry_out(order: dict[str, Any]) -> int:
    import numpy as np

    from core.errors import DataError

    module, _, function = str(order["reader"]).partition(":")
    read = getattr(importlib.import_module(module), function)
    try:
        arrays = read(Path(order["path"]), **order["options"])
    except DataError as error:
        sys.stdout.buffer.write(str(error).encode("utf-8", "replace"))
        return REFUSED
    parts = {str(name): np.asarray(array) for name, array in arrays.items()}
    if any(array.dtype.hasobject for array in parts.values()):
        return 1
    with Path(order["result"]).open("wb") as file:
        np.savez(file, allow_pickle=False, **parts)
    return 0


def _limit(size: int, seconds: int) -> None:
    """Bound memory, processor time and what is written; Windows knows none of it, there only time is bounded."""
    try:
        import resource
    except ImportError:
        return
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
