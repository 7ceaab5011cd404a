"""``python -m core``: train, predict and evaluate from the command line.

One JSON object a line on standard output, text for people on standard error. Bad input: exit code 2 and one sentence.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

# Two busy OpenMP threads on two cores wait for each other by spinning unless told otherwise before torch loads.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

from core.config import TrainConfig, setting_options
from core.errors import ConfigError, DigitLabError, RunError, UploadError
from core.runs.records import DEMO_RUN_ID
from core.settings import Settings, cores

if TYPE_CHECKING:
    from core.models.numpy_model import NumpyModel

BAD_INPUT, BROKEN_OFF, NOBODY_READS = 2, 130, 141


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0, or 2 for bad input."""
    try:
        options = _parser().parse_args(arguments)
        command: Callable[[argparse.Namespace], None] = options.command
        command(options)
    except DigitLabError as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print("Broken off; the epochs that had ended are kept.", file=sys.stderr)
        return BROKEN_OFF
    except BrokenPipeError:
        # Whoever read has enough (``| head -1``); Python would complain once more when it closes standard output.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NOBODY_READS
    return 0


def train(options: argparse.Namespace) -> None:
    """Train one run; a line per epoch, then its id, test accuracy, seconds and path."""
    names = TrainConfig.model_fields.keys() & vars(options).keys()
    config = TrainConfig.from_mapping({name: value for name in names if (value := vars(options)[name]) is not None})
    threads = _threads(options.threads)
    settings = Settings.from_environment()
    if options.out is None:
        _train(config, threads, options.run_id, settings, None)
        return
    out = _writable_folder(options.out)
    with tempfile.TemporaryDirectory(prefix="digitlab-") as scratch:
        # A run that goes to a folder of its own leaves no trace in the user's store.
        _train(config, threads, options.run_id, replace(settings, home=Path(scratch), database_url=None), out)


def _train(config: TrainConfig, threads: int, run_id: str | None, settings: Settings, out: Path | None) -> None:
    import torch

    from core.models.shapes import parameter_count
    from core.runs.archive import export_run
    from core.runs.store import RunStore
    from core.training.events import EpochCompleted
    from core.training.local import train_here

    started = time.perf_counter()
    torch.set_num_threads(threads)
    with closing(RunStore(settings)) as store:
        run = store.create(config, run_id)
        print(f"Run {run.run_id}: {parameter_count(config):,} parameters, {config.epochs} epochs.", file=sys.stderr)
        try:
            with closing(train_here(store, config, run.run_id)) as events:
                for event in events:
                    if isinstance(event, EpochCompleted):
                        _say(_fields(event.metrics, "epoch", "train_loss", "val_loss", "val_accuracy", "seconds"))
        finally:
            # Also what a training left that diverged or was broken off.
            if out is not None:
                export_run(store, run.run_id, out)
        accuracy = store.get(run.run_id).test_accuracy
        path = out or store.files.folder(run.run_id)
    seconds = time.perf_counter() - started
    _say({"run_id": run.run_id, "test_accuracy": accuracy, "seconds": seconds, "path": str(path)})


def predict(options: argparse.Namespace) -> None:
    """Read pictures of digits; a line per picture."""
    from core.analysis.verdict import Verdict, judge
    from core.data.pictures import read_picture
    from core.preprocessing import drawing_to_digit

    model = _model(options.run)
    for name in options.images:
        try:
            steps = drawing_to_digit(read_picture(_read_bytes(name)))
        except UploadError as error:
            raise UploadError(f"{name}: {error}") from None
        probabilities = model.probabilities(steps.digit[None])[0]
        verdict = judge(probabilities, steps.has_strokes)
        label = int(probabilities.argmax()) if verdict is Verdict.DIGIT else None
        _say({"path": name, "label": label, "verdict": verdict.value, "probabilities": probabilities.tolist()})


def evaluate(options: argparse.Namespace) -> None:
    """Accuracy, per-class metrics and confusion matrix of a run on the test images."""
    from core.analysis.classification import class_metrics
    from core.analysis.confusion import confusion_matrix
    from core.data.catalogue import load_splits

    model = _model(options.run, looks_at_test=True)
    config = model.config if options.dataset is None else model.config.replace(dataset=options.dataset)
    test = load_splits(config, Settings.from_environment().home).test
    predicted = model.probabilities(test.images).argmax(1)
    matrix = confusion_matrix(test.labels, predicted, len(test.class_names))
    columns = {name: values.tolist() for name, values in vars(class_metrics(matrix)).items()}
    _say(
        {
            "run_id": model.run_id,
            "dataset": config.dataset,
            "test_accuracy": float((predicted == test.labels).mean()),
            "per_class": [
                {"label": label} | {name: values[label] for name, values in columns.items()}
                for label in range(len(test.class_names))
            ],
            "confusion_matrix": matrix.tolist(),
        }
    )


def _model(run: str, *, looks_at_test: bool = False) -> "NumpyModel":
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
        model = store.model(run)
        if looks_at_test:
            store.count_test_look(run)
        return model


def _read_bytes(name: str) -> bytes:
    from core.data.pictures import MAX_BYTES

    try:
        with Path(name).open("rb") as file:
            # One byte more than is allowed is enough to refuse it, and stops at devices that never end.
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UploadError(f"it cannot be read ({error.strerror or error}).") from None


def _threads(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= len(text) <= 4 or int(text) < 1:
        raise ConfigError(f"Threads must be a whole number of at least 1, not “{text[:40]}”.")
    threads = min(int(text), cores())
    if threads < int(text):
        print(f"There are only {cores()} cores here: training with {threads} threads.", file=sys.stderr)
    return threads


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


def _say(line: dict[str, Any]) -> None:
    print(json.dumps(line), flush=True)


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence instead of a page of usage."""

    def error(self, message: str) -> NoReturn:
        raise ConfigError(f"{message[:1].upper()}{message[1:]}. More with: {self.prog} --help")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m core", description="Train, predict and evaluate digit readers.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    training = commands.add_parser("train", help=_first_line(train), description=train.__doc__)
    for name, field in TrainConfig.model_fields.items():
        flag = "--" + name.replace("_", "-")
        choices = setting_options(name)
        note = f"{field.title}, one of {', '.join(choices)}" if choices else str(field.title)
        training.add_argument(flag, metavar="VALUE", help=f"{note} (default {field.default})")
    training.add_argument("--threads", default="1", metavar="N", help="processor threads (default 1)")
    training.add_argument("--out", metavar="DIR", help="write the run into this folder instead of the run store")
    training.add_argument("--run-id", help=argparse.SUPPRESS)
    training.set_defaults(command=train)

    prediction = commands.add_parser("predict", help=_first_line(predict), description=predict.__doc__)
    prediction.add_argument("--run", default=DEMO_RUN_ID, metavar="ID_OR_PATH", help="default: the demo run")
    prediction.add_argument("images", nargs="+", metavar="IMAGE")
    prediction.set_defaults(command=predict)

    evaluation = commands.add_parser("evaluate", help=_first_line(evaluate), description=evaluate.__doc__)
    evaluation.add_argument("--run", default=DEMO_RUN_ID, metavar="ID_OR_PATH", help="default: the demo run")
    evaluation.add_argument("--dataset", metavar="NAME", help="default: the run's own")
    evaluation.set_defaults(command=evaluate)
    return parser


def _first_line(function: Callable[..., object]) -> str:
    return (function.__doc__ or "").splitlines()[0]


if __name__ == "__main__":
    sys.exit(main())
