"""``train`` and ``evaluate``."""

import tempfile
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.commands.chosen import chosen_network
from core.commands.interruption import stop_on_control_c
from core.commands.output import say, tell
from core.config import TrainConfig
from core.data.dataset import DIGIT_NAMES
from core.errors import ConfigError, DataError, RunError
from core.presets import PRESETS, preset_named
from core.runs.records import DEMO_RUN_ID, RunStatus
from core.settings import Settings, cores

if TYPE_CHECKING:
    from core.analysis.predictions import Predictions
    from core.data.dataset import ImageDataset
    from core.models.numpy_model import NumpyModel
    from core.runs.store import RunStore


def train(options: Namespace) -> None:
    """Train one run; a line per epoch, then its id, test accuracy, seconds and path."""
    config = _config(options)
    count = threads(options.threads)
    settings = Settings.from_environment()
    out = None if options.out is None else _writable_folder(options.out)
    _train(config, count, options.run_id, settings, out)


def evaluate(options: Namespace) -> None:
    """Accuracy, per-class metrics and confusion matrix of a run on the test images of a dataset, by default its own."""
    from core.analysis.predictions import Predictions
    from core.data.catalogue import load_splits
    from core.data.class_names import with_class_names

    model = chosen_network(options.run)
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
