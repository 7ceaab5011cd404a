"""How the C library shares out the server’s memory among its threads."""

import ctypes
import os
import sys
from typing import Final

_M_ARENA_MAX: Final = -8
"""From glibc’s ``malloc.h``."""
ARENAS: Final = 2
_CHOSEN_BY: Final = ("MALLOC_ARENA_MAX", "GLIBC_TUNABLES")


def use_few_arenas() -> bool:
    """Have threads that begin from now on allocate in at most two arenas, for good; whether that can be had.

    glibc gives a new thread an arena of its own, up to eight for each core, and Streamlit has every script run in a new
    thread: what one of them leaves keeps the pages around it from being given back. Threads of a server that holds
    Python’s lock hardly ever allocate at the same time. See ``mallopt(3)``.
    """
    if sys.platform != "linux" or any(os.environ.get(name) for name in _CHOSEN_BY):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:
        # Not glibc.
        return False
    return bool(mallopt(_M_ARENA_MAX, ARENAS))
