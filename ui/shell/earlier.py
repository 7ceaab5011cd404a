"""Networks at earlier places of runs, read from the files that their weights are kept in."""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import streamlit as st

from core.models.numpy_model import NumpyModel
from core.runs.model_tensors import read_model

_MOST_BYTES: Final = 128_000_000
"""Of networks that are held for all sessions; those that were asked for longest ago are let go."""


@dataclass
class _Held:
    networks: OrderedDict[tuple[str, int, int], NumpyModel] = field(default_factory=OrderedDict)
    bytes: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def find(self, key: tuple[str, int, int]) -> NumpyModel | None:
        with self.lock:
            if key in self.networks:
                self.networks.move_to_end(key)
            return self.networks.get(key)

    def keep(self, key: tuple[str, int, int], network: NumpyModel) -> None:
        with self.lock:
            if key not in self.networks:
                self.bytes += size_of(network)
            self.networks[key] = network
            while self.bytes > _MOST_BYTES and len(self.networks) > 1:
                self.bytes -= size_of(self.networks.popitem(last=False)[1])


def earlier_network(path: str | Path) -> NumpyModel:
    """The network of a file from :func:`ui.results.replay.kept_paths`, as it is now: a run may write an epoch again.

    Raises
    ------
    RunError
        If it has been thinned out meanwhile, or is damaged.
    """
    try:
        state = Path(path).stat()
    except OSError:
        return read_model(Path(path))
    key = str(path), state.st_ino, state.st_mtime_ns
    network = _held().find(key)
    if network is None:
        network = read_model(Path(path))
        _held().keep(key, network)
    return network


def size_of(network: NumpyModel) -> int:
    """Bytes of its weights."""
    return sum(array.nbytes for array in network.weights.values())


@st.cache_resource(show_spinner=False)
def _held() -> _Held:
    return _Held()
