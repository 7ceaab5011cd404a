"""A run that is in the store or in a folder, as the doctor sees it."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from core.analysis.advice import Seen
from core.analysis.doctor.diagnosis import Diagnosis
from core.analysis.doctor.patient import FEWEST_EXAMINED, Patient, examine
from core.analysis.doctor.rules import diagnose
from core.config import TrainConfig
from core.data.catalogue import Catalogue
from core.data.dataset import Splits
from core.data.split_sizes import split_sizes
from core.errors import DataError, RunError
from core.models.numpy_model import NumpyModel
from core.runs.class_order import require_own_order
from core.runs.lineage import lineage
from core.runs.records import Run
from core.runs.status import RunStatus
from core.runs.store import RunStore

_ALL = 1_000_000


@dataclass(frozen=True)
class Visit:
    """The result of an examination.

    Parameters
    ----------
    diagnoses
        The most important first.
    remark
        What is to be said besides: that nothing is wrong, or what could not be examined. May be empty.
    """

    diagnoses: tuple[Diagnosis, ...]
    remark: str


def visit(
    run: Run,
    model: NumpyModel | None,
    load: Callable[[TrainConfig], Splits],
    catalogue: Catalogue,
    store: RunStore | None = None,
) -> Visit:
    """Examine a run that has ended.

    Parameters
    ----------
    run
        With its epochs.
    model
        Its network; None where there are no weights.
    load
        The images of a config; raises a DataError where they are gone.
    store
        Where the runs that it started from are.

    Raises
    ------
    RunError
        If it is still going on, or its numbers are not of its classes.
    """
    if run.status.is_active:
        raise RunError(f"Run {run.name} is {run.status}: the doctor examines it once it has ended.")
    classes = len(run.class_names)
    if any(epoch.confusion.shape != (classes, classes) for epoch in run.epochs):
        raise RunError(f"The numbers of run {run.name} do not match its {classes} classes: the run is damaged.")
    seen = Seen(
        run.config, run.status, run.epochs, run.error, images=_images(run, catalogue), class_names=run.class_names
    )
    splits, before = None, []
    with suppress(DataError):
        own = load(run.config)
        require_own_order(run, own.train.class_names)
        splits = own
    for config in _split_otherwise(run.config, store):
        with suppress(DataError):
            before.append(load(config))
    patient = examine(seen, model, splits, before)
    diagnoses = diagnose(patient)
    return Visit(diagnoses, _remark(patient, is_well=not diagnoses))


def _images(run: Run, catalogue: Catalogue) -> int:
    """How many training images the dataset could give."""
    try:
        return split_sizes(run.config.replace(training_size=_ALL), catalogue.entry(run.config.dataset)).train
    except DataError:
        return 0


def _split_otherwise(config: TrainConfig, store: RunStore | None) -> list[TrainConfig]:
    """The images of the runs that it started from, as far as they are others than its own."""
    if store is None or not config.start_from:
        return []
    others = {earlier.data_only().to_json() for earlier in lineage(store, config)[1:]}
    return [TrainConfig.from_json(text) for text in sorted(others - {config.data_only().to_json()})]


def _remark(patient: Patient, *, is_well: bool) -> str:
    seen = patient.seen
    if is_well and seen.status is RunStatus.FAILED:
        return f"Its settings are not to blame for its end. {seen.error or ''}".strip()
    missing = _not_examined(patient)
    if not is_well:
        return missing
    if missing:
        return f"Nothing seems to be wrong. {missing}"
    return "Nothing is wrong: its numbers, its units and its images look as they should."


def _not_examined(patient: Patient) -> str:
    parts = []
    if not patient.seen.epochs:
        parts.append("There are no per-epoch metrics.")
    if patient.split is None:
        parts.append("Its images have been deleted, so units, gradients, leaks and balance were not examined.")
    elif patient.split.validation < FEWEST_EXAMINED:
        few = patient.split.validation
        images = f"{few} validation {'image is' if few == 1 else 'images are'}"
        parts.append(f"{images} too few to examine units and gradients on.")
    elif patient.network is None:
        parts.append("There are no weights to examine.")
    return " ".join(parts)
