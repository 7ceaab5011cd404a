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
from dataclasses import replace
from pathlib import Path
from typing import Any

# Two busy OpenMP threads on two cores wait for each other by spinning unless told otherwise before torch loads.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

from core.config import TrainConfig, setting_options  # noqa: E402
from core.errors import DigitLabError  # noqa: E402
from core.runs.records import DEMO_RUN_ID  # noqa: E402
from core.settings import Settings, cores  # noqa: E402


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0, or 2 for bad input."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], None] = options.command
    try:
        command(options)
    except DigitLabError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def train(options: argparse.Namespace) -> None:
    """Train one run; a line per epoch, then its id, test accuracy, seconds and path."""
    names = TrainConfig.model_fields.keys() & vars(options).keys()
    config = TrainConfig.from_mapping({name: value for name in names if (value := vars(options)[name]) is not None})
    settings = Settings.from_environment()
    if options.out is None:
        _train(config, options, settings, None)
        return
    with tempfile.TemporaryDirectory(prefix="digitlab-") as scratch:
        # A run that goes to a folder of its own leaves no trace in the user's store.
        _train(config, options, replace(settings, home=Path(scratch), database_url=None), Path(options.out))


def _train(config: TrainConfig, options: argparse.Namespace, settings: Settings, out: Path | None) -> None:
    import torch

    from core.runs.archive import export_run
    from core.runs.store import RunStore
    from core.training.events import EpochCompleted
    from core.training.local import train_here

    started = time.perf_counter()
    torch.set_num_threads(max(1, min(options.threads, cores())))
    store = RunStore(settings)
    run = store.create(config, options.run_id)
    print(f"Run {run.run_id}: {config.parameter_count():,} parameters, {config.epochs} epochs.", file=sys.stderr)
    for event in train_here(store, config, run.run_id):
        if isinstance(event, EpochCompleted):
            metrics = event.metrics
            _say({name: getattr(metrics, name) for name in ("epoch", "train_loss", "val_loss", "val_accuracy", "seconds")})
    path = store.files.folder(run.run_id)
    if out is not None:
        export_run(store, run.run_id, out)
        path = out
    accuracy = store.get(run.run_id).test_accuracy
    store.close()
    seconds = time.perf_counter() - started
    _say({"run_id": run.run_id, "test_accuracy": accuracy, "seconds": seconds, "path": str(path)})


def predict(options: argparse.Namespace) -> None:
    """Read pictures of digits; a line per picture."""
    from core.analysis.verdict import Verdict, judge
    from core.data.pictures import read_picture
    from core.preprocessing import drawing_to_digit

    model = _model(options.run)
    for name in options.images:
        steps = drawing_to_digit(read_picture(_read_bytes(name)))
        probabilities = model.probabilities(steps.digit[None])[0]
        verdict = judge(probabilities, steps.has_ink)
        label = model.class_names[int(probabilities.argmax())] if verdict is Verdict.DIGIT else None
        _say({"path": name, "label": label, "verdict": verdict.value, "probabilities": probabilities.tolist()})


def evaluate(options: argparse.Namespace) -> None:
    """Accuracy, per-class metrics and confusion matrix of a run on the test images."""
    from core.analysis.classification import per_class_metrics
    from core.analysis.confusion import confusion_matrix
    from core.data.catalogue import load_splits

    model = _model(options.run)
    test = load_splits(model.config).test
    predicted = model.probabilities(test.images).argmax(1)
    matrix = confusion_matrix(test.labels, predicted, len(test.class_names))
    _say(
        {
            "run_id": model.run_id,
            "dataset": model.config.dataset,
            "test_accuracy": float((predicted == test.labels).mean()),
            "per_class": [_plain(row) for row in per_class_metrics(matrix, test.class_names)],
            "confusion_matrix": matrix.tolist(),
        }
    )


def _model(run: str) -> Any:
    """The network of a run in the store, or in a folder or file written by ``train --out``."""
    from core.runs.archive import DEMO_DIRECTORY
    from core.runs.files import CHECKPOINT, read_model
    from core.runs.store import RunStore

    path = DEMO_DIRECTORY if run == DEMO_RUN_ID else Path(run)
    if path.is_dir():
        return read_model(path / CHECKPOINT)
    if path.is_file():
        return read_model(path)
    return RunStore(Settings.from_environment()).model(run)


def _read_bytes(name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise DigitLabError(f"{name} cannot be read: {error.strerror or error}.") from None


def _plain(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


def _say(line: dict[str, Any]) -> None:
    print(json.dumps(line), flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core", description="Train, predict and evaluate digit readers.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    training = commands.add_parser("train", help=_first_line(train), description=train.__doc__)
    for name, field in TrainConfig.model_fields.items():
        flag = "--" + name.replace("_", "-")
        choices = setting_options(name)
        note = f"{field.title}, one of {', '.join(choices)}" if choices else str(field.title)
        training.add_argument(flag, metavar="VALUE", help=f"{note} (default {field.default})")
    training.add_argument("--threads", type=int, default=1, help="processor threads (default 1)")
    training.add_argument("--out", metavar="DIR", help="write the run into this folder instead of the run store")
    training.add_argument("--run-id", help=argparse.SUPPRESS)
    training.set_defaults(command=train)

    prediction = commands.add_parser("predict", help=_first_line(predict), description=predict.__doc__)
    prediction.add_argument("--run", default=DEMO_RUN_ID, metavar="ID_OR_PATH", help="default: the demo run")
    prediction.add_argument("images", nargs="+", metavar="IMAGE")
    prediction.set_defaults(command=predict)

    evaluation = commands.add_parser("evaluate", help=_first_line(evaluate), description=evaluate.__doc__)
    evaluation.add_argument("--run", default=DEMO_RUN_ID, metavar="ID_OR_PATH", help="default: the demo run")
    evaluation.add_argument("--dataset", choices=setting_options("dataset"), help="default: the run's own")
    evaluation.set_defaults(command=evaluate)
    return parser


def _first_line(function: Callable[..., object]) -> str:
    return (function.__doc__ or "").splitlines()[0]


if __name__ == "__main__":
    sys.exit(main())
