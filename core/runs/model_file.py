"""One file per model: safetensors with the config inside, written and read without ever unpickling."""

import math
import tempfile
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from safetensors.numpy import save

from core.atomic import UNFINISHED, write_atomically
from core.config import MOST_LAYERS, WIDEST, TrainConfig
from core.data.class_names import MOST_CLASSES, checked_class_names
from core.data.drawn import EVERYBODY, mark_of
from core.errors import DataError, RunError
from core.models.numpy_model import NumpyModel
from core.models.shapes import weight_shapes
from core.runs.class_order import in_order_of_dataset
from core.runs.files import CHECKPOINT
from core.runs.model_tensors import model_metadata, read_model
from core.runs.names import new_run_id
from core.runs.records import Run, RunEnvironment
from core.runs.status import RunOrigin, RunStatus
from core.runs.store import RunStore

LARGEST = TrainConfig(widths=",".join([str(WIDEST)] * MOST_LAYERS), batch_norm=True)
"""No network that can be trained here has more weights."""
MAX_BYTES = 1_000_000 + 4 * sum(map(math.prod, weight_shapes(LARGEST, MOST_CLASSES).values()))
"""Its weights as float32, and room for what is said about them."""
_ARCHIVE, _PICKLE = b"PK", b"\x80"


def write_model(model: NumpyModel) -> bytes:
    """A file that any Digit Lab reads: weights by name, and beside them config, normalisation and class names."""
    weights = {name: np.ascontiguousarray(array) for name, array in model.weights.items()}
    return save(weights, model_metadata(model.run_id, model.config, model.normalisation, model.class_names))


def import_model(store: RunStore, data: bytes, name: str, owner: str | None = None) -> Run:
    """Bring a model file into the store as a run of its own: it can be evaluated, drawn for and trained on from.

    Where the dataset that it names is here, its classes are put into the order of that.

    Parameters
    ----------
    name
        What to call the run; the file's name without its ending, for instance.
    owner
        Whose it is, as a :class:`Run` has it.

    Raises
    ------
    RunError
        If it is not a model file: damaged, too large, of other shapes than its config says, with weights that are not
        numbers, with class names that cannot be shown or told apart, or a pickle; or if it cannot be written.
    DataError
        If its classes are not those of the dataset that it names.
    """
    run_id = new_run_id()
    store.files.root.mkdir(parents=True, exist_ok=True)
    viewer = EVERYBODY if owner is None else mark_of(owner)
    found = in_order_of_dataset(read_model_file(data, store.files.root), store.settings.home, viewer)
    model = replace(found, run_id=run_id)
    run = Run(
        run_id,
        run_id.rpartition("-")[0],
        # The runs that it once went on from and learned from are not here.
        model.config.replace(start_from="", teacher=""),
        RunStatus.COMPLETED,
        datetime.now(UTC),
        ended=datetime.now(UTC),
        environment=RunEnvironment(
            mean=model.normalisation.mean, std=model.normalisation.std, class_names=model.class_names
        ),
        epochs_done=float(model.config.epochs),
        owner=owner,
        origin=RunOrigin.IMPORTED,
    )
    store.bin.enter(run, lambda: _write(store.files.folder(run_id), model))
    # A file whose name has no letter that can be shown keeps the name that it was given here.
    with suppress(RunError):
        store.rename(run_id, name)
    return store.get(run_id)


def _write(folder: Path, model: NumpyModel) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / CHECKPOINT, write_model(model))
    except OSError as error:
        raise RunError(f"The model cannot be kept: {error.strerror}.") from error


def read_model_file(data: bytes, folder: Path | None = None) -> NumpyModel:
    """The model in the data, by way of a file in ``folder`` that is gone afterwards.

    Raises
    ------
    RunError
        As for :func:`import_model`.
    """
    _check(data)
    try:
        with tempfile.TemporaryDirectory(prefix=f"{UNFINISHED}incoming-", dir=folder) as incoming:
            path = Path(incoming) / "model.safetensors"
            path.write_bytes(data)
            model = read_model(path, called="This file")
    except OSError as error:
        raise RunError(f"The model cannot be kept: {error.strerror}.") from error
    if not all(np.isfinite(array).all() for array in model.weights.values()):
        raise RunError("The file holds weights that are not numbers: its run must have diverged.")
    _check_class_names(model.class_names)
    return model


def _check_class_names(names: tuple[str, ...]) -> None:
    try:
        tidy = checked_class_names(names)
    except DataError as error:
        raise RunError(f"The class names in the file cannot be used: {str(error)[:120]}") from None
    if tidy != names:
        raise RunError(
            "The class names in the file cannot be used: one is too long or has characters that cannot be shown."
        )


def _check(data: bytes) -> None:
    if len(data) > MAX_BYTES:
        raise RunError(f"The file is larger than {MAX_BYTES // 10**6} MB: that is not a model of Digit Lab.")
    # It begins with the length of its header, in eight bytes, which can look like the beginning of a pickle.
    is_safetensors = data[4:9] == bytes(4) + b"{"
    if not is_safetensors and (data[:2] == _ARCHIVE or data[:1] == _PICKLE):
        raise RunError(
            "This is a pickle, such as torch.save writes: it can hold a program, and is never opened here. "
            "Save the weights as safetensors."
        )
