"""What all sessions of a server share: the run store, the engine, the data; and cached views of runs.

SQLAlchemy and Dask are imported where they are first used: the first page's words do not wait for them.
"""

import gc
from importlib import import_module
from typing import TYPE_CHECKING

import streamlit as st

from core.analysis.predictions import Predictions
from core.config import TrainConfig
from core.data.catalogue import load_splits
from core.data.dataset import Splits
from core.models.numpy_model import NumpyModel
from core.runs.records import Run
from core.settings import Settings

if TYPE_CHECKING:
    from core.runs.store import RunStore
    from core.training.engine import Engine


@st.cache_resource(show_spinner=False)
def settings() -> Settings:
    """Settings of this server."""
    return Settings.from_environment()


@st.cache_resource(show_spinner=False)
def run_store() -> "RunStore":
    """The run store of this server, the demo run in it."""
    from core.runs.archive import bring_in_demo
    from core.runs.store import RunStore

    store = RunStore(settings())
    bring_in_demo(store)
    store.mark_interrupted()
    return store


@st.cache_resource(show_spinner=False, on_release=lambda engine: engine.close())
def engine() -> "Engine":
    """The engine of this server, which starts in the background; ``engine.clear()`` ends it."""
    from core.training.engine import Engine

    return Engine(settings(), run_store())


def warm_up() -> None:
    """Start the engine and load what pages draw with, before a visitor waits for either."""
    engine()
    for name in ("pandas", "plotly.graph_objects"):
        import_module(name)
    # Streamlit collects garbage after every run of a script. To look through all that the imports have left takes a
    # tenth of a second, in which every thread waits; what is frozen is not looked through.
    gc.collect()
    gc.freeze()


@st.cache_resource(show_spinner="Reading MNIST …")
def splits() -> Splits:
    """The embedded MNIST as every run with default split sees it; arrays are read-only."""
    return load_splits(TrainConfig())


def predictions(run_id: str) -> Predictions:
    """Test predictions of a run, cached until it gets other weights."""
    return _predictions(run_id, _version(run_store().get(run_id)))


def model(run_id: str) -> NumpyModel:
    """The network of a run after its last epoch, cached until it gets other weights."""
    return _model(run_id, _version(run_store().get(run_id)))


def _version(run: Run) -> tuple[float, str]:
    """Changes whenever a run's weights do."""
    return run.epochs_done, run.status.value


# ``version`` is part of the cache's key and nothing else.
@st.cache_resource(max_entries=32, show_spinner=False)
def _predictions(run_id: str, version: tuple[float, str]) -> Predictions:  # noqa: ARG001
    return run_store().predictions(run_id, splits().test)


@st.cache_resource(max_entries=32, show_spinner=False)
def _model(run_id: str, version: tuple[float, str]) -> NumpyModel:  # noqa: ARG001
    return run_store().model(run_id)
