"""Subject: a run that is exported, with its network and what is known of its dataset."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import numpy as np

from core.analysis.predictions import Predictions
from core.config import TrainConfig
from core.data.catalogue import Catalogue, load_splits
from core.data.class_names import require_order
from core.data.dataset import DatasetEntry, SourceDataset
from core.data.drawn import EVERYBODY
from core.errors import DataError, RunError
from core.models.numpy_model import NumpyModel, Weights
from core.runs.archive import RUN_FILE, read_run
from core.runs.class_order import in_order_of_dataset
from core.runs.files import CHECKPOINT, half_precision
from core.runs.model_tensors import read_model
from core.runs.names import is_run_id
from core.runs.records import Run, RunEnvironment
from core.runs.status import RunOrigin, RunStatus
from core.runs.store import RunStore


@dataclass(frozen=True, eq=False)
class Subject:
    """A run that is exported.

    Parameters
    ----------
    run
        With its epochs, as far as there are any.
    model
        Its network, by the weights that it is used with.
    home
        Where imported datasets are.
    store
        Where the run is kept; None for one that lies in a folder or file.
    viewer
        The mark of the person who exports it: other people’s drawings are not included.
    """

    run: Run
    model: NumpyModel
    home: Path
    store: RunStore | None = None
    viewer: str | None = EVERYBODY

    @property
    def config(self) -> TrainConfig:
        """The settings that belong to the weights."""
        return self.model.config

    @property
    def file_name(self) -> str:
        """What a run’s own file is called, wherever a program looks for it."""
        return f"{self.run.run_id}.safetensors"

    @property
    def start_file_name(self) -> str:
        """What the file of the network is called that the run began from."""
        return f"{self.run.run_id}-start.safetensors"

    def start(self) -> NumpyModel | None:
        """The network that the run began from, where the run’s first snapshot shows that it still has those weights.

        It may have been deleted, or trained on since.
        """
        origin = self.config.start_from
        if self.store is None or not origin or not self.store.exists(origin):
            return None
        begun = dict(self.store.early_models(self.run.run_id)).get(0)
        given = self.store.model(origin)
        return given if begun is not None and _is_start(begun.weights, given.weights) else None

    @property
    def named_model(self) -> NumpyModel:
        """The network under the id of the run: what a file is told about itself."""
        return replace(self.model, run_id=self.run.run_id)

    @property
    def entry(self) -> DatasetEntry | None:
        """What the catalogue knows of its dataset; None where that is not here."""
        try:
            return Catalogue(self.home, self.viewer).entry(self.config.dataset)
        except DataError:
            return None

    @cached_property
    def published(self) -> SourceDataset | None:
        """The images of its dataset as they are loaded; None where they cannot be, or somebody else drew them."""
        try:
            return Catalogue(self.home, self.viewer).load(self.config.dataset)
        except DataError:
            return None

    def require_order(self) -> None:
        """Make sure that the network counts the classes as its dataset does, where that is here.

        Raises
        ------
        DataError
            If it does not: a model file that was imported before its dataset may count others.
        """
        if self.entry is not None:
            require_order(self.entry.class_names, self.model.class_names, self.config.dataset)

    def predictions(self) -> Predictions | None:
        """What the network makes of the test images of its run; None where those are not here.

        Raises
        ------
        DataError
            As for :meth:`require_order`.
        """
        if self.entry is None:
            return None
        self.require_order()
        try:
            test = load_splits(self.config, self.home).test
        except DataError:
            return None
        if self.store is not None:
            return self.store.predictions(self.run.run_id, test)
        probabilities = self.model.probabilities(test.images)
        return Predictions(self.run.run_id, probabilities, test.labels, test.class_names)


def subject_of_run(store: RunStore, run_id: str, viewer: str | None = EVERYBODY) -> Subject:
    """A run of the store, for the person with this mark, :mod:`core.data.drawn`.

    Raises
    ------
    RunError
        If there is no such run, it has no weights, or they are damaged or are not numbers.
    """
    run = store.get(run_id)
    return Subject(run, _usable(store.model(run_id)), store.settings.home, store, viewer)


def subject_of_path(path: Path, home: Path) -> Subject:
    """A run in a folder that ``train --out`` wrote, or a network in a file.

    Raises
    ------
    RunError
        If there is none, or it cannot be read.
    DataError
        If its classes are not those of the dataset that it names.
    """
    is_folder = path.is_dir()
    model = in_order_of_dataset(_usable(read_model(path / CHECKPOINT if is_folder else path)), home)
    run = read_run(path) if is_folder and (path / RUN_FILE).exists() else None
    # What was measured with the classes in another order says nothing of the network as it is now.
    is_of_model = run is not None and run.class_names == model.class_names
    return Subject(run if run is not None and is_of_model else _run_of(model), model, home)


def _is_start(begun: Weights, given: Weights) -> bool:
    """Whether weights in half precision are what others were rounded to; a last layer for other classes aside."""
    shared = [name for name, array in given.items() if name in begun and begun[name].shape == array.shape]
    halves = half_precision({name: given[name] for name in shared})
    return bool(shared) and all(np.array_equal(halves[name].astype(np.float32), begun[name]) for name in shared)


def _usable(model: NumpyModel) -> NumpyModel:
    if not all(np.isfinite(array).all() for array in model.weights.values()):
        raise RunError(
            f"Run “{model.run_id[:64]}” holds weights that are not numbers: it must have diverged in training."
        )
    return model


def _run_of(model: NumpyModel) -> Run:
    """What is known of a network that came alone. A file can say anything: only what can be an id becomes one."""
    name = model.run_id if is_run_id(model.run_id) else "model"
    return Run(
        name,
        name,
        model.config,
        RunStatus.COMPLETED,
        datetime.fromtimestamp(0, UTC),
        environment=RunEnvironment(
            mean=model.normalisation.mean, std=model.normalisation.std, class_names=model.class_names
        ),
        origin=RunOrigin.IMPORTED,
    )
