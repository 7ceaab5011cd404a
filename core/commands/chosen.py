"""The network that a command was told to use: of a run in the store, or in a folder or file."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import DataError, RunError
from core.runs.records import DEMO_RUN_ID
from core.settings import Settings

if TYPE_CHECKING:
    from core.data.framing import Framing
    from core.models.numpy_model import NumpyModel
    from core.reading.reader import Reader


def chosen_network(run: str) -> "NumpyModel":
    """The network of a run by its id, or of a folder or file written by ``train --out``.

    Raises
    ------
    RunError
        If there is none, or it cannot be read.
    DataError
        If its classes are not those of the dataset that it names.
    """
    from core.runs.class_order import in_order_of_dataset
    from core.runs.files import CHECKPOINT
    from core.runs.model_tensors import read_model
    from core.runs.store import RunStore

    settings = Settings.from_environment()
    if (path := chosen_place(run)) is not None:
        model = read_model(path / CHECKPOINT if path.is_dir() else path)
    else:
        with closing(RunStore(settings)) as store:
            model = store.model(run)
    return in_order_of_dataset(model, settings.home)


def chosen_reader(run: str) -> "Reader":
    """The same with its judge.

    Raises
    ------
    RunError, DataError
        As for :func:`chosen_network`.
    """
    from core.reading.judging import judge_of
    from core.reading.reader import Reader

    model = chosen_network(run)
    return Reader(model, judge_of(model, Settings.from_environment().home))


def chosen_place(run: str) -> Path | None:
    """The folder or file that a command was told to use; None where it is a run of the store.

    Raises
    ------
    RunError
        If it is too long for either.
    """
    from core.runs.archive import DEMO_DIRECTORY

    path = DEMO_DIRECTORY if run == DEMO_RUN_ID else Path(run)
    try:
        return path if bool(run) and (path.is_dir() or path.is_file()) else None
    except OSError as error:
        raise RunError(f"“{run[:64]}” is neither a run nor a path: {error.strerror}.") from None


def framing_of_dataset(dataset: str) -> "Framing":
    """How the pictures of a dataset were brought to 28×28; as MNIST's were if it is not here."""
    from core.data.catalogue import Catalogue
    from core.data.framing import Framing

    try:
        return Catalogue(Settings.from_environment().home).entry(dataset).framing
    except DataError:
        return Framing.MNIST


def count_look(run: str, model: "NumpyModel") -> None:
    """One more look at the test set of a run that the store has, named by its id or by the path of its files there."""
    from core.runs.store import RunStore

    settings = Settings.from_environment()
    is_path = run == DEMO_RUN_ID or Path(run).exists()
    if is_path and not Path(run).resolve().is_relative_to(settings.home.resolve()):
        return
    with closing(RunStore(settings)) as store:
        store.count_test_look(model.run_id)
