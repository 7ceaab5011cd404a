"""What loads PyTorch for workers to come does not outlive its server."""

import signal
import subprocess
import sys

import psutil
import pytest

from core.engine.cluster import FORKS
from core.engine.orphan import ends_with_its_parent
from scripts.serve import wait_until

pytestmark = pytest.mark.skipif(not FORKS, reason="workers are spawned here")

CHILD = """
import time
from core.engine.orphan import ends_with_its_parent
with ends_with_its_parent():
    print("loading", flush=True)
    time.sleep(3_600)
"""
PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]])
print(child.pid, flush=True)
child.wait()
"""


def test_it_ends_while_it_loads_if_its_server_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT, CHILD], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        assert parent.stdout.readline() == "loading\n"
        assert is_alive(child)
        parent.kill()
        wait_until(lambda: not is_alive(child), "the child ended", 120)


def test_it_stays_as_long_as_its_server_and_keeps_no_timer() -> None:
    before, handler = signal.getitimer(signal.ITIMER_REAL), signal.getsignal(signal.SIGALRM)
    looks = []
    with ends_with_its_parent():
        look = signal.getsignal(signal.SIGALRM)
        assert callable(look)
        signal.signal(signal.SIGALRM, lambda *args: looks.append(look(*args)))
        wait_until(lambda: len(looks) >= 2, "it had looked twice")
    assert signal.getsignal(signal.SIGALRM) is handler
    now = signal.getitimer(signal.ITIMER_REAL)
    assert (now[0] > 0, now[1]) == (before[0] > 0, before[1])


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
