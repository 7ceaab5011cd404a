"""What all tests share: one thread for PyTorch, set before it is imported, as in the product."""

import gc
import os
import shlex
from collections.abc import Sequence
from itertools import chain
from pathlib import PurePosixPath

import pytest
from execnet import XSpec
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

os.environ["OMP_WAIT_POLICY"] = "passive"
os.environ["OMP_NUM_THREADS"] = "1"

# The tests in a browser take longest, and belong to the first process: the others let it go ahead.
if os.environ.get("PYTEST_XDIST_WORKER", "gw0") != "gw0" and hasattr(os, "nice"):
    os.nice(5)

# What is imported and collected stays: looking through it for garbage meanwhile takes a tenth of the time.
gc.disable()

FOLDERS = ("e2e", "app", "faults", "core")
"""In the order in which they begin: what takes longest goes first."""
SHARING = FOLDERS[:3]
"""Folders whose tests share a server or an engine: one process runs them all."""
HELPS_WITH = {
    "e2e": ("core/data", "core/drawings"),
    "app": ("core/commands", "core/runs"),
    "faults": ("core/learn", "core/models", "core/training"),
}
"""What the process of such a folder does when it is done with it; who runs all of core comes to these last."""


def folder_of(nodeid: str) -> str:
    """The folder of tests/ that a test lies in."""
    return PurePosixPath(nodeid.split("::", 1)[0]).parts[1]


def folders_of(process: int, processes: int) -> list[str]:
    """The folders of one of several processes: to collect the others, which it leaves to them, takes 20 seconds."""
    if processes <= len(SHARING):
        return list(FOLDERS)
    if process % processes >= len(SHARING):
        return ["core"]
    folder = SHARING[process % processes]
    return [folder, *HELPS_WITH[folder]]


LONGEST = "tests/core/learn/test_snippets.py"
"""It is begun before all others of its place: in the end, all processes but one would wait for it."""


def place_in_order(nodeid: str) -> tuple[int, int, bool]:
    """When it is begun: its folder's place, and in core what several processes can run after what one alone does."""
    helped = [f"tests/{room}/" for rooms in HELPS_WITH.values() for room in rooms]
    last_of_all = [f"tests/{room}/" for room in HELPS_WITH[FOLDERS[0]]]
    place = nodeid.startswith(tuple(helped)) + nodeid.startswith(tuple(last_of_all))
    return FOLDERS.index(folder_of(nodeid)), place, not nodeid.startswith(LONGEST)


class InOneProcess(LoadScopeScheduling):
    """Where several processes share the tests, these stay together: a folder of ``SHARING``, or a file."""

    def _split_scope(self, nodeid: str) -> str:
        folder = folder_of(nodeid)
        return folder if folder in SHARING else nodeid.split("::", 1)[0]

    def _check_nodes_have_same_collection(self) -> bool:
        """Nor need they: each has what it may run."""
        return True

    def add_node_collection(self, node: WorkerController, collection: Sequence[str]) -> None:
        """Take what a process has collected, its own part or all."""
        self.registered_collections[node] = list(collection)

    def schedule(self) -> None:
        if self.collection is None:
            places = {nodeid: place for place, nodeid in enumerate(chain(*self.registered_collections.values()))}
            every = sorted(places, key=lambda nodeid: (*place_in_order(nodeid), places[nodeid]))
            # What the first has is taken for what there is.
            self.registered_collections = {None: every} | self.registered_collections
            self.config.pluginmanager.get_plugin("session").testscollected = len(every)
        super().schedule()

    def _assign_work_unit(self, node: WorkerController) -> None:
        """Give it the next part that it has collected."""
        own = set(self.registered_collections[node])
        scope = next((scope for scope, tests in self.workqueue.items() if not own.isdisjoint(tests)), None)
        if scope is None:
            node.shutdown()
            return
        self.workqueue.move_to_end(scope, last=False)
        super()._assign_work_unit(node)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> InOneProcess:
    """What ``-n`` is answered with; asked by pytest-xdist."""
    return InOneProcess(config, log)


def pytest_xdist_setupnodes(config: pytest.Config, specs: Sequence[XSpec]) -> None:
    """Tell each process its folders, unless some were asked for by name; asked by pytest-xdist.

    Before it begins: it would load the conftest of every other folder, and with them Streamlit, Dask and Playwright.
    """
    if config.args_source is not pytest.Config.ArgsSource.TESTPATHS:
        return
    for process, spec in enumerate(specs):
        paths = " ".join(f"tests/{folder}" for folder in folders_of(process, len(specs)))
        options = [os.environ.get("PYTEST_ADDOPTS", ""), "-o", shlex.quote(f"testpaths={paths}")]
        spec.env["PYTEST_ADDOPTS"] = " ".join(options)


def pytest_collection_finish() -> None:
    """Look for garbage from here on, and among what the tests themselves leave."""
    gc.freeze()
    gc.enable()
