"""A run's judge: computed once from its training and validation images, then kept in a file."""

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from core.analysis.familiarity import Familiarity, describe, description_width, fit_familiarity, reference_positions
from core.analysis.temperature import COLDEST, HOTTEST, Temperature, fit_temperature
from core.atomic import write_atomically
from core.data.catalogue import Catalogue, load_splits
from core.data.class_names import with_class_names
from core.data.dataset import SourceDataset, Splits
from core.errors import DataError, RunError
from core.models.numpy_model import NumpyModel
from core.models.shapes import weight_shapes
from core.reading.reader import Judge
from core.runs.archive import DEMO_DIRECTORY
from core.runs.files import CHECKPOINT
from core.runs.model_tensors import read_model, read_tensors

MOST_KEPT: Final = 100
"""Files; the one that was used longest ago goes first."""
QUICK: Final = 1_000_000
"""Weights up to which a judge is made in a moment, without convolutions."""
_VERSION: Final = "2"
_FOLDER: Final = "cache"
IMAGES_GONE: Final = (
    "The images that this network learned from are gone: its confidence is not calibrated, and it is not known "
    "whether a drawing is like them."
)
OTHER_CLASSES: Final = (
    "The classes of this network do not match those of the dataset that it names: its confidence is not calibrated, "
    "and it is not known whether a drawing is like its images."
)
STILL_TRAINING: Final = "While it is training, its confidence is not calibrated, and nothing is refused."


def make_judge(model: NumpyModel, splits: Splits) -> Judge:
    """Calibrate on the validation images, and keep training images to compare with."""
    try:
        validation, training = (with_class_names(part, model.class_names) for part in (splits.validation, splits.train))
    except DataError:
        return Judge(why_not=OTHER_CLASSES)
    probabilities, hidden = model.probabilities_and_hidden(validation.images)
    temperature = fit_temperature(probabilities, validation.labels, model.config.loss)
    confidence = Judge(temperature).confidence(probabilities)
    images = training.images[reference_positions(len(training))]
    references = describe(images, model.probabilities_and_hidden(images)[1])
    return Judge(temperature, fit_familiarity(references, describe(validation.images, hidden), confidence))


def make_judge_apart(model: NumpyModel, published: SourceDataset | None) -> Judge:
    """The same in a worker, which may have to be given the images along.

    Raises
    ------
    DataError
        If the dataset cannot be read.
    """
    return make_judge(model, load_splits(model.config, published=published))


def judge_of(model: NumpyModel, home: Path, splits: Callable[[], Splits] | None = None) -> Judge:
    """The judge that is kept of a network, else a new one that is kept from now on.

    Where the images are gone it is one that only knows why it knows nothing.

    Parameters
    ----------
    splits
        What gives the images of the run; they are read if left out.
    """
    try:
        Catalogue(home).entry(model.config.dataset)
        kept = kept_judge(model, home)
        if kept is not None:
            return kept
        judge = make_judge(model, splits() if splits else load_splits(model.config, home))
    except DataError:
        return Judge(why_not=IMAGES_GONE)
    keep_judge(judge, model, home)
    return judge


def ship_judge(folder: Path) -> None:
    """Put the judge of the run in a folder beside it, so that the first page opened need not wait for it."""
    model = read_model(folder / CHECKPOINT)
    for old in folder.glob("judge-*.safetensors"):
        old.unlink()
    write_atomically(folder / _name(model), _file(make_judge(model, load_splits(model.config))))


def is_quick(model: NumpyModel) -> bool:
    """Whether a judge is made in a moment; else a worker should."""
    return model.config.architecture != "cnn" and sum(array.size for array in model.weights.values()) <= QUICK


def kept_judge(model: NumpyModel, home: Path) -> Judge | None:
    """What was kept of this very network, or comes with it; None if nothing, or nothing that can be used."""
    name = _name(model)
    judge = _read(home / _FOLDER / name, model)
    if judge is None:
        return _read(DEMO_DIRECTORY / name, model)
    with suppress(OSError):
        (home / _FOLDER / name).touch()
    return judge


def _read(path: Path, model: NumpyModel) -> Judge | None:
    try:
        tensors, said = read_tensors(path)
        return Judge(_temperature(said, model), _familiarity(tensors, said, model))
    except (RunError, KeyError, ValueError):
        return None


def keep_judge(judge: Judge, model: NumpyModel, home: Path) -> None:
    """Keep it for others; a disk that refuses, or a home that nobody has made, costs the time of making it again."""
    if judge.why_not or not home.is_dir():
        return
    path = home / _FOLDER / _name(model)
    with suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        write_atomically(path, _file(judge))
        kept = sorted(path.parent.glob("judge-*.safetensors"), key=lambda one: one.stat().st_mtime)
        for old in kept[:-MOST_KEPT]:
            old.unlink(missing_ok=True)


def _file(judge: Judge) -> bytes:
    temperature, familiarity = judge.temperature, judge.familiarity
    arrays = {} if familiarity is None else {"axes": familiarity.axes, "references": familiarity.references}
    tensors = {name: array.astype(np.float16) for name, array in arrays.items()}
    said = {
        "temperature": "" if temperature is None else repr(temperature.value),
        "threshold": "" if familiarity is None else repr(familiarity.threshold),
    }
    return save(tensors, said)


def _name(model: NumpyModel) -> str:
    """Of a file: by everything that a judge depends on."""
    digest = hashlib.blake2b(digest_size=16)
    about = [
        _VERSION,
        model.config.changes_json(),
        model.normalisation.mean,
        model.normalisation.std,
        model.class_names,
    ]
    digest.update(json.dumps(about).encode())
    for name in weight_shapes(model.config, len(model.class_names)):
        digest.update(np.ascontiguousarray(model.weights[name]).tobytes())
    return f"judge-{digest.hexdigest()}.safetensors"


def _temperature(said: dict[str, str], model: NumpyModel) -> Temperature | None:
    if not said["temperature"]:
        return None
    value = float(said["temperature"])
    if not COLDEST <= value <= HOTTEST:
        raise ValueError(value)
    return Temperature(value, model.config.loss)


def _familiarity(tensors: dict[str, NDArray[Any]], said: dict[str, str], model: NumpyModel) -> Familiarity | None:
    if not said["threshold"]:
        return None
    axes, references = (tensors[name].astype(np.float32) for name in ("axes", "references"))
    threshold = float(said["threshold"])
    is_usable = axes.ndim == references.ndim == 2 and axes.shape == (
        description_width(model.hidden_units),
        references.shape[-1],
    )
    if not (is_usable and len(references) and all(np.isfinite(one).all() for one in (axes, references, threshold))):
        raise ValueError(references.shape)
    return Familiarity(axes, references, threshold)
