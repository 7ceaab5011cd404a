"""``train``, ``predict`` and ``evaluate``."""

import tempfile
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.commands.interruption import stop_on_control_c
from core.commands.output import say, tell
from core.config import TrainConfig
from core.data.dataset import DIGIT_NAMES
from core.errors import ConfigError, DataError, RunError, UploadError
from core.presets import PRESETS, preset_named
from core.runs.records import DEMO_RUN_ID, RunStatus
from core.settings import Settings, cores

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from core.analysis.predictions import Predictions
    from core.data.dataset import ImageDataset
    from core.data.framing import Framing
    from core.models.numpy_model import NumpyModel
    from core.runs.store import RunStore


def train(options: Namespace) -> None:
    """Train one run; a line per epoch, then its id, test accuracy, seconds and path."""
    config = _config(options)
    count = threads(options.threads)
    settings = Settings.from_environment()
    out = None if options.out is None else _writable_folder(options.out)
    _train(config, count, options.run_id, settings, out)


def predict(options: Namespace) -> None:
    """Read pictures of digits, or the images of a CSV in Kaggle's format; a line per picture."""
    from core.analysis.verdict import Verdict, judge

    model = _model(options.run)
    framing = _framing(model.config.dataset)
    for name in options.images:
        for where, image, has_strokes in _pictures(name, framing):
            probabilities = model.probabilities(image[None])[0]
            verdict = judge(probabilities, has_strokes)
            label = int(probabilities.argmax()) if verdict is Verdict.DIGIT else None
            result = {"label": label, "verdict": verdict.value, "probabilities": probabilities.tolist()}
            if model.class_names != DIGIT_NAMES:
                result["class_name"] = None if label is None else model.class_names[label]
            say(where | result)


def evaluate(options: Namespace) -> None:
    """Accuracy, per-class metrics and confusion matrix of a run on the test images of a dataset, by default its own."""
    from core.analysis.predictions import Predictions
    from core.data.catalogue import load_splits
    from core.data.class_names import with_class_names

    model = _model(options.run)
    config = model.config if options.dataset is None else model.config.replace(dataset=options.dataset)
    test = with_class_names(load_splits(config, Settings.from_environment().home).test, model.class_names)
    predictions = Predictions(model.run_id, model.probabilities(test.images), test.labels, model.class_names)
    if _is_own_test_set(model, config, test):
        _count_look(options.run, model)
    say(_evaluation(predictions, config.dataset))


def threads(text: str) -> int:
    """The number of threads that was asked for, or as many as there are cores.

    Raises
    ------
    ConfigError
        If it is not a number of at least 1.
    """
    if not text.isascii() or not text.isdigit() or not 1 <= len(text) <= 4 or int(text) < 1:
        raise ConfigError(f"Threads must be a whole number of at least 1, not “{text[:40]}”.")
    count = min(int(text), cores())
    if count < int(text):
        tell(f"There are only {cores()} cores here: training with {count} threads.")
    return count


def _evaluation(predictions: "Predictions", dataset: str) -> dict[str, Any]:
    names, metrics = predictions.class_names, predictions.class_metrics
    columns = {name: getattr(metrics, name).tolist() for name in ("precision", "recall", "f1", "support")}
    return {
        "run_id": predictions.run_id,
        "dataset": dataset,
        "test_accuracy": predictions.accuracy,
        "per_class": [
            {"label": label}
            | ({"class_name": class_name} if names != DIGIT_NAMES else {})
            | {name: values[label] for name, values in columns.items()}
            for label, class_name in enumerate(names)
        ],
        "confusion_matrix": predictions.confusion_matrix.tolist(),
    }


def _is_own_test_set(model: "NumpyModel", config: TrainConfig, test: "ImageDataset") -> bool:
    """Whether these are the run's own test images, also where they were imported once more under another name."""
    from core.data.catalogue import load_splits

    if config.dataset == model.config.dataset:
        return True
    try:
        return load_splits(model.config, Settings.from_environment().home).test.digest == test.digest
    except DataError:
        # They have been deleted: there is nothing left to be looked at again.
        return False


def _count_look(run: str, model: "NumpyModel") -> None:
    """One more look at the test set of a run that the store has, named by its id or by the path of its files there."""
    from core.runs.store import RunStore

    settings = Settings.from_environment()
    is_path = run == DEMO_RUN_ID or Path(run).exists()
    if is_path and not Path(run).resolve().is_relative_to(settings.home.resolve()):
        return
    with closing(RunStore(settings)) as store:
        store.count_test_look(model.run_id)


def _config(options: Namespace) -> TrainConfig:
    """The settings of the preset, if there is one, with those on top that were given by themselves."""
    names = TrainConfig.model_fields.keys() & vars(options).keys()
    given = {name: value for name in names if (value := vars(options)[name]) is not None}
    if options.preset is None:
        return TrainConfig.from_mapping(given)
    if options.preset not in {preset.name for preset in PRESETS}:
        known = ", ".join(preset.name for preset in PRESETS)
        raise ConfigError(f"There is no preset called “{options.preset[:40]}”; there are {known}.")
    return preset_named(options.preset).config.replace(**given)


def _train(config: TrainConfig, count: int, run_id: str | None, settings: Settings, out: Path | None) -> None:
    import torch

    from core.data.catalogue import Catalogue
    from core.models.shapes import parameter_count
    from core.runs.archive import export_run
    from core.training.events import EpochCompleted
    from core.training.local import start_weights, train_here

    started = time.perf_counter()
    torch.set_num_threads(count)
    classes = len(Catalogue(settings.home).entry(config.dataset).class_names)
    with _stores(config, settings, out) as (store, source):
        # Before there is a run that could only fail.
        start_weights(source or store, config)
        run = store.create(config, run_id)
        tell(f"Run {run.run_id}: {parameter_count(config, classes):,} parameters, {config.epochs} epochs.")
        try:
            with (
                stop_on_control_c() as asked,
                closing(train_here(store, config, run.run_id, asked, source=source)) as events,
            ):
                for event in events:
                    if isinstance(event, EpochCompleted):
                        say(_fields(event.metrics, "epoch", "train_loss", "val_loss", "val_accuracy", "seconds"))
        finally:
            # Also what a training left that diverged or was broken off.
            if out is not None:
                export_run(store, run.run_id, out)
        run = store.get(run.run_id)
        if run.status is RunStatus.STOPPED:
            raise KeyboardInterrupt
        path = out or store.files.folder(run.run_id)
    seconds = time.perf_counter() - started
    say({"run_id": run.run_id, "test_accuracy": run.test_accuracy, "seconds": seconds, "path": str(path)})


@contextmanager
def _stores(config: TrainConfig, settings: Settings, out: Path | None) -> "Iterator[tuple[RunStore, RunStore | None]]":
    """Where the run is kept, and where its images and the run to start from are if that is another store.

    A run that goes to a folder of its own leaves no trace in the user's store.
    """
    from core.data.catalogue import BUILT_IN
    from core.runs.store import RunStore

    with ExitStack() as stack:
        if out is None:
            yield stack.enter_context(closing(RunStore(settings))), None
            return
        needs_source = config.start_from or config.dataset not in BUILT_IN
        source = stack.enter_context(closing(RunStore(settings))) if needs_source else None
        scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="digitlab-"))
        elsewhere = settings.model_copy(update={"home": Path(scratch), "database_url": None})
        yield stack.enter_context(closing(RunStore(elsewhere))), source


def _framing(dataset: str) -> "Framing":
    """How the pictures of a dataset were brought to 28×28; as MNIST's were if it is not here."""
    from core.data.catalogue import Catalogue
    from core.data.framing import Framing

    try:
        return Catalogue(Settings.from_environment().home).entry(dataset).framing
    except DataError:
        return Framing.MNIST


def _pictures(name: str, framing: "Framing") -> Iterator[tuple[dict[str, Any], "NDArray[np.uint8]", bool]]:
    """Each image in a file, where it is, and whether there is anything on it."""
    from core.data.importing.kaggle_csv import read_unlabelled_images
    from core.data.importing.named_file import NamedFile
    from core.drawings.pictures import read_picture
    from core.drawings.preprocessing import drawing_framed

    if name.lower().endswith((".csv", ".csv.gz")):
        for index, image in enumerate(read_unlabelled_images(NamedFile(name, Path(name)))):
            yield {"path": name, "image": index}, image, bool(image.any())
        return
    try:
        steps = drawing_framed(read_picture(_read_bytes(name)), framing)
    except UploadError as error:
        raise UploadError(f"{name}: {error}") from None
    yield {"path": name}, steps.digit, steps.has_strokes


def _model(run: str) -> "NumpyModel":
    """The network of a run in the store, or in a folder or file written by ``train --out``."""
    from core.runs.archive import DEMO_DIRECTORY
    from core.runs.files import CHECKPOINT, read_model
    from core.runs.store import RunStore

    path = DEMO_DIRECTORY if run == DEMO_RUN_ID else Path(run)
    try:
        is_folder, is_file = bool(run) and path.is_dir(), path.is_file()
    except OSError as error:
        raise RunError(f"“{run[:64]}” is neither a run nor a path: {error.strerror}.") from None
    if is_folder:
        return read_model(path / CHECKPOINT)
    if is_file:
        return read_model(path)
    with closing(RunStore(Settings.from_environment())) as store:
        return store.model(run)


def _read_bytes(name: str) -> bytes:
    from core.drawings.pictures import MAX_BYTES

    try:
        with Path(name).open("rb") as file:
            # One byte more than is allowed is enough to refuse it, and stops at devices that never end.
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UploadError(f"it cannot be read ({error.strerror or error}).") from None


def _writable_folder(name: str) -> Path:
    folder = Path(name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Better refused now than after the training.
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        raise RunError(f"The run cannot be written to {name}: {error.strerror}.") from None


def _fields(record: object, *names: str) -> dict[str, Any]:
    return {name: getattr(record, name) for name in names}
