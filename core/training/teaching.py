"""Which run can teach: one that has ended, with the classes of the pupil’s images, whose answers are probabilities."""

from contextlib import suppress

from core.config import TrainConfig
from core.data.catalogue import Catalogue
from core.errors import DataError, RunError, TrainingError
from core.models.numpy_model import NumpyModel
from core.runs.records import Run
from core.runs.store import RunStore


def require_teacher(store: RunStore, config: TrainConfig) -> None:
    """Make sure that the run that a config learns from can teach; reads no weights.

    Raises
    ------
    RunError
        If it is gone, or still being trained.
    TrainingError
        As for :func:`check_teacher`; not where the config’s dataset is not here, which others say.
    """
    if not config.teacher:
        return
    if not store.exists(config.teacher):
        raise RunError(
            f"There is no run “{config.teacher}” to learn from: it may have been deleted. Choose another teacher."
        )
    teacher = store.summary(config.teacher)
    if teacher.status.is_active:
        raise RunError(f"Run {config.teacher} is still being trained: it can teach when it has ended.")
    with suppress(DataError):
        check_teacher(teacher, Catalogue(store.settings.home).entry(config.dataset).class_names)


def check_handed_over(config: TrainConfig, class_names: tuple[str, ...], teacher: NumpyModel | None) -> None:
    """Make sure that a learner gets the teacher that its config names, and that it can teach these classes.

    Raises
    ------
    TrainingError
        If it does not, or the teacher cannot.
    """
    if config.teacher and teacher is None:
        raise TrainingError(f"The network of run {config.teacher}, the teacher, was not handed over.")
    if teacher is not None:
        check_teacher(teacher, class_names)


def check_teacher(teacher: Run | NumpyModel, class_names: tuple[str, ...]) -> None:
    """Raise TrainingError unless its answers are probabilities of these classes."""
    if teacher.class_names != class_names:
        raise TrainingError(
            f"Run {teacher.run_id} cannot teach here: its classes are {_few(teacher.class_names)}, those of the "
            f"dataset {_few(class_names)}. Choose a teacher with the same classes."
        )
    if teacher.config.loss != "cross_entropy":
        raise TrainingError(
            f"Run {teacher.run_id} cannot teach: it was trained by squared error, so its answers are not "
            "probabilities. Choose a teacher that was trained with cross entropy."
        )


def _few(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:3])
    return shown if len(names) <= 3 else f"{shown} … ({len(names)} classes)"
