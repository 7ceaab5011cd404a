"""What all tests share: one thread for PyTorch, set before it is imported, as in the product."""

import gc
import os
from pathlib import PurePosixPath

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

os.environ["OMP_WAIT_POLICY"] = "passive"
os.environ["OMP_NUM_THREADS"] = "1"

# The tests in a browser take longest, and belong to the first process: the others let it go ahead.
if os.environ.get("PYTEST_XDIST_WORKER", "gw0") != "gw0" and hasattr(os, "nice"):
    os.nice(5)

# What is imported and collected stays: looking through it for garbage meanwhile takes a tenth of the time.
gc.disable()

SHARING = ("app", "e2e", "faults")
"""Folders whose tests share a server or an engine: one process runs them all."""


class InOneProcess(LoadScopeScheduling):
    """Where several processes share the tests, these stay together: a folder of ``SHARING``, or a file."""

    def _split_scope(self, nodeid: str) -> str:
        file = PurePosixPath(nodeid.split("::", 1)[0])
        folder = file.parts[1]
        return folder if folder in SHARING else str(file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> InOneProcess:
    """What ``-n`` is answered with; asked by pytest-xdist."""
    return InOneProcess(config, log)


def pytest_collection_finish() -> None:
    """Look for garbage from here on, and among what the tests themselves leave."""
    gc.freeze()
    gc.enable()
