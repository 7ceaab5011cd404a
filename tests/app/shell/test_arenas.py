"""Threads of the server share two of the C library’s arenas."""

import os
import platform
import subprocess
import sys

import pytest

SCRIPT = """
import ctypes, threading
from ui.shell.arenas import use_few_arenas

libc = ctypes.CDLL(None)
libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
print(use_few_arenas(), flush=True)
there = threading.Barrier(16)

def allocate():
    place = libc.malloc(5_000)
    there.wait()
    libc.free(place)

threads = [threading.Thread(target=allocate) for _ in range(16)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
libc.malloc_info(0, ctypes.c_void_p.in_dll(libc, "stdout"))
libc.fflush(None)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
@pytest.mark.parametrize("chosen", ["", "5"])
def test_threads_share_two_arenas_unless_somebody_has_chosen(chosen: str) -> None:
    environment = os.environ | {"MALLOC_ARENA_MAX": chosen, "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=True)
    said, _, info = done.stdout.partition("\n")
    assert (said, info.count("<heap nr=")) == (("False", 5) if chosen else ("True", 2))
