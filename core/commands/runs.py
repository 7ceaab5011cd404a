"""``train``."""

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
from core.errors import ConfigError, RunError
from core.presets import PRESETS, preset_named
from core.runs.status import RunStatus
from core.settings import Settings, cores
from core.training.threads import ThreadBudget, use_threads

if TYPE_CHECKING:
    from core.runs.store import RunStore

AUTO = "auto"
"""As many threads as are fastest here."""


def train(options: Namespace) -> None:
    """Train one run; a line per epoch, then its id, test accuracy, seconds and path."""
    config = config_of(options)
    settings = Settings.from_environment()
    budget = thread_budget(options.threads, settings.home)
    out = None if options.out is None else _writable_folder(options.out)
    say(train_and_tell(config, budget, settings, run_id=options.run_id, out=out))


def thread_budget(text: str, home: Path) -> ThreadBudget:
    """The number of threads that was asked for, or as many as there are cores; for ``auto``, as many as pay.

    Raises
    ------
    ConfigError
        If it is neither ``auto`` nor a number of at least 1.
    """
    if text == AUTO:
        return ThreadBudget(cores(), home)
    if not text.isascii() or not text.isdigit() or not 1 <= len(text) <= 4 or int(text) < 1:
        raise ConfigError(f"Threads must be {AUTO} or a whole number of at least 1, not “{text[:40]}”.")
    count = min(int(text), cores())
    if count < int(text):
        tell(f"There are only {cores()} cores here: training with {count} threads.")
    return ThreadBudget(count)


def config_of(options: Namespace) -> TrainConfig:
    """The settings of the preset, if there is one, with those on top that were given by themselves.

    Raises
    ------
    ConfigError
        If there is no such preset, or a setting is not one or out of its range.
    """
    names = TrainConfig.model_fields.keys() & vars(options).keys()
    given = {name: value for name in names if (value := vars(options)[name]) is not None}
    if options.preset is None:
        return TrainConfig.from_mapping(given)
    if options.preset not in {preset.name for preset in PRESETS}:
        known = ", ".join(preset.name for preset in PRESETS)
        raise ConfigError(f"There is no preset called “{options.preset[:40]}”; there are {known}.")
    return preset_named(options.preset).config.replace(**given)


def train_and_tell(
    config: TrainConfig, budget: ThreadBudget, settings: Settings, *, run_id: str | None = None, out: Path | None = None
) -> dict[str, Any]:
    """Train one run, with a line per epoch; what its last line says.

    Parameters
    ----------
    run_id
        A new one if left out.
    out
        The folder that the run is written into instead of the store.

    Raises
    ------
    DigitLabError
        If it cannot be trained.
    KeyboardInterrupt
        If it was stopped; what it has learned is kept.
    """
    from core.data.catalogue import Catalogue
    from core.models.shapes import parameter_count
    from core.runs.archive import export_run
    from core.training.events import EpochCompleted
    from core.training.local import start_weights, teacher_model, train_here

    started = time.perf_counter()
    use_threads(budget.threads(config))
    class_names = Catalogue(settings.home).entry_to_train_on(config.dataset).class_names
    with _stores(config, settings, out) as (store, source):
        # Before there is a run that could only fail.
        start_weights(source or store, config)
        teacher_model(source or store, config)
        run = store.create(config, run_id)
        tell(f"Run {run.run_id}: {parameter_count(config, len(class_names)):,} parameters, {config.epochs} epochs.")
        try:
            with (
                stop_on_control_c() as asked,
                closing(train_here(store, config, run.run_id, asked, source=source)) as events,
            ):
                for event in events:
                    if isinstance(event, EpochCompleted):
                        say(_fields(event.metrics, "epoch", "train_loss", "val_loss", "val_accuracy", "seconds"))
        finally:
            # Also what a training run left that diverged or was interrupted.
            if out is not None:
                export_run(store, run.run_id, out)
        run = store.get(run.run_id)
        if run.status is RunStatus.STOPPED:
            raise KeyboardInterrupt
        path = out or store.files.folder(run.run_id)
    seconds = time.perf_counter() - started
    return {"run_id": run.run_id, "test_accuracy": run.test_accuracy, "seconds": seconds, "path": str(path)}


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
        needs_source = config.start_from or config.teacher or config.dataset not in BUILT_IN
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
