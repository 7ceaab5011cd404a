"""What all sessions of a server share: the run store, the engine, the data, and the networks of runs.

SQLAlchemy and Dask are imported where they are first used: the first page's words do not wait for them.
"""

import threading
from importlib import import_module
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.atomic import sweep
from core.config import TrainConfig
from core.data.catalogue import BUILT_IN, Catalogue, load_splits
from core.data.dataset import DatasetEntry, ImageDataset, SourceDataset, Splits
from core.data.drawn import EVERYBODY, mark_of, may_see
from core.data.framing import Framing
from core.data.my_drawings import MyDrawings, forget_left_behind
from core.data.purpose import Purpose
from core.data.splits import before_preparing, prepared_from
from core.errors import DataError
from core.models.numpy_model import NumpyModel
from core.models.one_core import multiply_on_one_core
from core.settings import Settings
from ui.shell.browser import browser_id
from ui.shell.garbage import freeze_imports
from ui.shell.visitors import Visitors

if TYPE_CHECKING:
    from core.engine.engine import Engine
    from core.runs.records import Run
    from core.runs.store import RunStore
    from core.search.searches import Searches


@st.cache_resource(show_spinner=False)
def settings() -> Settings:
    """Settings of this server."""
    return Settings.from_environment()


@st.cache_resource(show_spinner=False)
def run_store() -> "RunStore":
    """The run store of this server, the demo run in it."""
    from core.runs.archive import offer_demo
    from core.runs.store import RunStore

    store = RunStore(settings())
    offer_demo(store)
    store.mark_interrupted()
    store.bin.empty_after_others()
    forget_left_behind(Catalogue(settings().home), store.listing.is_dataset_named)
    for folder in (settings().home, *map(settings().home.joinpath, ("datasets", "cache", "runs"))):
        sweep(folder)
    return store


@st.cache_resource(show_spinner=False, on_release=lambda engine: engine.close())
def engine() -> "Engine":
    """The engine of this server, which starts in the background; ``engine.clear()`` ends it."""
    from core.engine.engine import Engine

    return Engine(settings(), run_store())


@st.cache_resource(show_spinner="Opening the searches …", on_release=lambda searches: searches.close())
def searches() -> "Searches":
    """The searches of this server, and the book of all that its run store keeps.

    Raises
    ------
    SearchError
        If nothing can be written to the run store.
    ConfigError
        If they cannot be read.
    """
    from core.search.searches import Book, Searches

    return Searches(Book(run_store()), engine())


def warm_up() -> None:
    """Start the engine and load what pages draw with, before a visitor waits for either."""
    multiply_on_one_core()
    engine()
    # It reads every run once.
    run_store().listing.unreadable()
    for name in ("pandas", "plotly.graph_objects"):
        import_module(name)
    freeze_imports()


def catalogue() -> Catalogue:
    """Every dataset that this server has, but for what others have drawn."""
    return Catalogue(settings().home, viewer())


def viewer() -> str | None:
    """The mark of this browser, :mod:`core.data.drawn`; outside of sessions, permission has been checked before."""
    return EVERYBODY if get_script_run_ctx() is None else mark_of(browser_id())


def my_drawings() -> MyDrawings:
    """What this browser has drawn and labelled."""
    return MyDrawings(catalogue(), browser_id(), run_store().listing.is_dataset_named)


@st.cache_resource(show_spinner=False)
def drawings_lock() -> threading.RLock:
    """Held while drawings change, and until a run names what was made for it."""
    return threading.RLock()


def images_to_send(config: TrainConfig) -> SourceDataset | None:
    """The images that a worker has to be given along; None where they come with the product.

    Raises
    ------
    DataError
        If the dataset has been deleted.
    """
    return None if config.dataset in BUILT_IN else catalogue().load(config.dataset)


def dataset_entry(name: str) -> DatasetEntry:
    """What the catalogue knows of one dataset.

    Raises
    ------
    DataError
        If there is none of this name, for instance because it has been deleted.
    """
    return catalogue().entry(name)


def datasets_to_train_on() -> list[DatasetEntry]:
    """Those that a network may learn from."""
    return [entry for entry in catalogue().entries() if entry.purpose is Purpose.TRAINING]


def framing_of_run(config: TrainConfig) -> Framing:
    """How the pictures of a training run were brought to 28×28; as MNIST's were if they have been deleted."""
    try:
        return dataset_entry(config.dataset).framing
    except DataError:
        return Framing.MNIST


def dataset_title(name: str) -> str:
    """What people call a dataset; of a deleted one, and of what others have drawn, that it is."""
    try:
        return dataset_entry(name).title
    except DataError:
        return "deleted dataset" if may_see(name, viewer()) else "somebody’s own drawings"


@st.cache_resource(show_spinner="Reading MNIST …")
def splits() -> Splits:
    """The embedded MNIST as every run with default split sees it; arrays are read-only."""
    return load_splits(TrainConfig())


def splits_of(config: TrainConfig) -> Splits:
    """The images of a training run as it sees them; arrays are read-only. Only the data settings count.

    Raises
    ------
    DataError
        If the dataset has been deleted or cannot be read.
    """
    data = config.data_only()
    if data == TrainConfig():
        return splits()
    # Asked every time: what has been deleted must not live on in the cache of one process.
    dataset_entry(data.dataset)
    if get_script_run_ctx() is not None:
        _looker()
    return _splits_of(data.to_json())


def images_to_test(config: TrainConfig) -> ImageDataset:
    """The test images of a training run; one copy for all training runs that share them.

    Raises
    ------
    DataError
        As for :func:`splits_of`.
    """
    return splits_of(_what_chooses_test_images(config)).test


def images_to_validate(config: TrainConfig) -> ImageDataset:
    """The validation images of a training run; one copy for most training runs that share them.

    Raises
    ------
    DataError
        As for :func:`splits_of`.
    """
    defaults = TrainConfig()
    # In order, the end of the training images decides where validation begins.
    size = config.training_size if config.split == "in_order" else defaults.training_size
    unrelated = {name: getattr(defaults, name) for name in ("normalisation", "label_noise", "imbalance", "corrections")}
    return splits_of(config.replace(training_size=size, **unrelated)).validation


def have_same_test_images(one: TrainConfig, other: TrainConfig) -> bool:
    """Whether two training runs are tested on the same images, so that they can be compared image by image.

    Raises
    ------
    DataError
        If a dataset has been deleted.
    """
    return _what_chooses_test_images(one) == _what_chooses_test_images(other)


def model(run_id: str) -> NumpyModel:
    """The network of a run after its last epoch, cached until it gets other weights."""
    return _model(run_id, run_store().summary(run_id).version)


def model_of(run: "Run") -> NumpyModel:
    """The same of a run that was just read: one question to the database less, where there are many."""
    return _model(run.run_id, run.version)


def _what_chooses_test_images(config: TrainConfig) -> TrainConfig:
    """The config with everything else at its default: a test set of its own is the same under every split."""
    data = {"dataset": config.dataset}
    if not dataset_entry(config.dataset).test_images:
        data |= {name: getattr(config, name) for name in ("split", "split_seed", "test_size")}
    return TrainConfig.from_mapping(data)


@st.cache_resource(max_entries=4, show_spinner="Reading the images …")
def _splits_of(config: str) -> Splits:
    wanted = TrainConfig.from_json(config)
    whole = before_preparing(wanted)
    if whole is None or whole == wanted:
        return load_splits(wanted, settings().home)
    return prepared_from(splits_of(whole), wanted)


@st.cache_resource(show_spinner=False)
def _lookers() -> Visitors:
    """Those who look at other images than MNIST’s usual splits, some of which take 40 MB."""
    return Visitors(_splits_of.clear)


@st.cache_resource(scope="session", show_spinner=False, on_release=Visitors.leave)
def _looker() -> Visitors:
    return _lookers().arrive()


# ``version`` is part of the cache's key and nothing else.
@st.cache_resource(max_entries=32, show_spinner=False)
def _model(run_id: str, version: str) -> NumpyModel:  # noqa: ARG001
    return run_store().model(run_id)
