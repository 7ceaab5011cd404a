"""A run in MLflow’s own store, for those who keep theirs there. MLflow is imported here and nowhere else."""

import logging
import shutil
import tempfile
from pathlib import Path
from typing import Any

from core.errors import RunError
from core.exports.formats import FORMATS
from core.exports.subject import Subject
from core.exports.writing import said_in_a_sentence

EXPERIMENT = "Digit Lab"
_METRICS = ("train_loss", "val_loss", "train_accuracy", "val_accuracy", "seconds", "images_per_second")
MISSING = "MLflow is not installed: pip install mlflow, and export again."


def write_mlflow(subject: Subject, folder: Path) -> Path:
    """Write a new folder with a tracking store in it: ``mlflow ui --backend-store-uri sqlite:///FOLDER/mlflow.db``.

    Returns
    -------
    Path
        The store’s database.

    Raises
    ------
    RunError
        If MLflow is not installed, the folder is there already, or it cannot be written.
    """
    mlflow = _mlflow()
    if folder.exists():
        raise RunError(f"{folder} already exists: name a new folder for MLflow’s store.")
    with said_in_a_sentence("The export", folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=".writing-", dir=folder.parent))
        try:
            _log(mlflow, subject, scratch, folder)
            scratch.rename(folder)
        except mlflow.exceptions.MlflowException as error:
            raise RunError(f"MLflow does not accept this run: {str(error)[:200]}") from error
        finally:
            # Nothing is left of it once it was moved into place.
            shutil.rmtree(scratch, ignore_errors=True)
    return folder / "mlflow.db"


def _mlflow() -> Any:
    try:
        import mlflow
    except ImportError:
        raise RunError(MISSING) from None
    logging.getLogger("alembic").setLevel(logging.WARNING)
    return mlflow


def _log(mlflow: Any, subject: Subject, scratch: Path, folder: Path) -> None:
    """Settings, metrics by epoch and the model file, in the folder that is moved into place afterwards."""
    run = subject.run
    client = mlflow.MlflowClient(tracking_uri=f"sqlite:///{scratch.resolve() / 'mlflow.db'}")
    artifacts = scratch / "artifacts"
    experiment = client.create_experiment(EXPERIMENT, artifact_location=(folder.resolve() / "artifacts").as_uri())
    started = int((run.started or run.created).timestamp() * 1000)
    tags = {"run_id": run.run_id, "status": run.status.value, "tags": ", ".join(run.tags)}
    if said := "\n\n".join(text for text in (run.notes, run.reflection) if text):
        tags["mlflow.note.content"] = said
    logged = client.create_run(experiment, start_time=started, tags=tags, run_name=run.name).info.run_id
    for name, value in subject.config.model_dump().items():
        client.log_param(logged, name, value)
    time = started
    for metrics in run.epochs:
        time += int(metrics.seconds * 1000)
        for name in _METRICS:
            client.log_metric(logged, name, getattr(metrics, name), timestamp=time, step=metrics.epoch)
    if run.test_accuracy is not None:
        client.log_metric(logged, "test_accuracy", run.test_accuracy, timestamp=time, step=len(run.epochs))
    model = FORMATS["safetensors"].make(subject)
    place = artifacts / logged / "artifacts"
    place.mkdir(parents=True)
    (place / model.main).write_bytes(model.contents[model.main])
    client.set_terminated(logged, end_time=time)
