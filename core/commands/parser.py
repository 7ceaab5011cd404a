"""The flags of ``python -m core``: those of a training run follow from TrainConfig."""

import argparse
from collections.abc import Callable
from typing import Any, NoReturn

from core.commands import (
    correct,
    doctor,
    evaluate,
    explain,
    export,
    images,
    inside,
    labels,
    landscape,
    predict,
    robustness,
    runs,
    search,
    serve,
)
from core.config import TrainConfig, setting_options, setting_title
from core.data.downloading.downloads import DOWNLOADS
from core.data.importing.form import Form
from core.data.purpose import Purpose
from core.errors import ConfigError
from core.explain.method import Method
from core.exports.names import EXPORT_FORMATS
from core.presets import PRESETS
from core.runs.records import DEMO_RUN_ID
from core.search.plan import Sampler
from core.search.space import USUAL

Command = Callable[[argparse.Namespace], int | None]
"""Its exit code, if that is not 0."""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence instead of a page of usage."""

    def error(self, message: str) -> NoReturn:
        """Raise ConfigError with the message as a sentence."""
        raise ConfigError(f"{message[:1].upper()}{message[1:]}. More with: {self.prog} --help")


def make_parser() -> Parser:
    """Every command with its flags; ``command`` of what it parses is the function to call."""
    parser = Parser(prog="python -m core", description="Train, predict and evaluate digit readers.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_runs(commands)
    _add_explanations(commands)
    _add_images(commands)
    return parser


def _add_runs(commands: Any) -> None:
    training = _add(commands, "train", runs.train)
    _add_settings(training)
    training.add_argument(
        "--threads",
        default="1",
        metavar="N",
        help="processor threads; auto: the number that is fastest here (default 1)",
    )
    training.add_argument("--out", metavar="DIR", help="write the run into this folder instead of the run store")
    training.add_argument("--run-id", help=argparse.SUPPRESS)

    _add_search(_add(commands, "search", search.search))

    prediction = _add(commands, "predict", predict.predict)
    prediction.add_argument("--run", default=DEMO_RUN_ID, metavar="ID_OR_PATH", help="default: the demo run")
    prediction.add_argument("images", nargs="+", metavar="FILE", help="pictures, folders, zips, tables of images")
    prediction.add_argument("--submission", metavar="FILE", help="write ImageId,Label for every row of one table")

    evaluation = _add(commands, "evaluate", evaluate.evaluate)
    evaluation.add_argument("--run", default=DEMO_RUN_ID, metavar="ID_OR_PATH", help="default: the demo run")
    evaluation.add_argument("--dataset", metavar="NAME", help="default: the run’s own")

    exporting = _add(commands, "export", export.export)
    exporting.add_argument("--run", default=DEMO_RUN_ID, metavar="ID_OR_PATH", help="default: the demo run")
    exporting.add_argument("--format", required=True, metavar="FORMAT", help=f"one of {', '.join(EXPORT_FORMATS)}")
    exporting.add_argument(
        "--out", required=True, metavar="PATH", help="a file, or a folder for files named after the run"
    )

    serving = _add(commands, "serve", serve.serve)
    serving.add_argument("--run", metavar="ID_OR_PATH", help="serve this run only (default: every run)")
    serving.add_argument(
        "--host", default=serve.HOST, metavar="ADDRESS", help="the address to listen on (default %(default)s)"
    )
    serving.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a host name under which a proxy on this machine reaches it; repeat for more",
    )
    serving.add_argument(
        "--port", default=f"{serve.PORT}", metavar="N", help="0 chooses a free port (default %(default)s)"
    )


def _add_explanations(commands: Any) -> None:
    """Commands that look at one run more closely."""
    _add_robustness(_add(commands, "robustness", robustness.robustness))

    mapping = _add(commands, "landscape", landscape.landscape)
    mapping.add_argument("--run", default=DEMO_RUN_ID, metavar="ID_OR_PATH", help="default: the demo run")

    examination = _add(commands, "doctor", doctor.doctor)
    examination.add_argument("--run", default=DEMO_RUN_ID, metavar="ID_OR_PATH", help="default: the demo run")

    _add_explanation(_add(commands, "explain", explain.explain))

    ablation = _add(commands, "ablate", inside.ablate)
    ablation.add_argument("--run", default=DEMO_RUN_ID, metavar="ID_OR_PATH", help="default: the demo run")
    ablation.add_argument("--units", required=True, metavar="LAYER:UNIT,…", help="layers count from 1, units from 0")

    _add_correction(_add(commands, "correct", correct.correct))

    activation = _add(commands, "activations", inside.activations)
    activation.add_argument("--run", default=DEMO_RUN_ID, metavar="ID_OR_PATH", help="default: the demo run")
    activation.add_argument("images", nargs="+", metavar="FILE", help="pictures, folders, zips, tables of images")


def _add_robustness(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--run", default=DEMO_RUN_ID, metavar="ID_OR_PATH", help="default: the demo run")
    parser.add_argument(
        "--all-severities", action="store_true", help="at every published severity (default: that of MNIST-C)"
    )
    parser.add_argument("--changes", action="store_true", help="shift, rotation, scale … at each strength instead")
    parser.add_argument("--attacks", action="store_true", help="FGSM and PGD at each epsilon instead")
    parser.add_argument(
        "--together",
        action="append",
        default=[],
        metavar="CHANGE:STRENGTH,…",
        help="several changes of the same images instead, such as rotation:15,noise:0.2; repeat for more",
    )


def _add_settings(parser: argparse.ArgumentParser) -> None:
    """A preset, and a flag for every setting."""
    presets = ", ".join(preset.name for preset in PRESETS)
    parser.add_argument("--preset", metavar="NAME", help=f"start from these settings, one of {presets}")
    for name, field in TrainConfig.model_fields.items():
        flag = "--" + name.replace("_", "-")
        choices = setting_options(name)
        note = f"{field.title}, one of {', '.join(choices)}" if choices else str(field.title)
        default = str(field.default).lower() if isinstance(field.default, bool) else field.default
        parser.add_argument(flag, metavar="VALUE", help=f"{note} (default {default})" if default != "" else note)


def _add_explanation(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--run", default=DEMO_RUN_ID, metavar="ID_OR_PATH", help="default: the demo run")
    methods = [method.value for method in Method]
    parser.add_argument("--method", choices=methods, default=Method.INTEGRATED.value, help="default: %(default)s")
    parser.add_argument("images", nargs="+", metavar="FILE", help="pictures, folders, zips, tables of images")


def _add_correction(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--run", default=DEMO_RUN_ID, metavar="ID_OR_PATH", help="default: the demo run")
    parser.add_argument("--label", metavar="CLASS", help="what the pictures show: a class of the run, or its number")
    parser.add_argument("--remove", metavar="N", help="first remove the drawing with this number, counted from 1")
    parser.add_argument("--fine-tune", action="store_true", help="then fine-tune the run on all that are kept")
    parser.add_argument("--threads", default="1", metavar="N", help="for that, as of train (default 1)")
    parser.add_argument("images", nargs="*", metavar="FILE", help="pictures, folders, zips, tables of images")


def _add_search(parser: argparse.ArgumentParser) -> None:
    budget = parser.add_mutually_exclusive_group()
    budget.add_argument("--minutes", metavar="M", help="search for this long, counted from the first trial")
    budget.add_argument("--trials", metavar="N", help="search until this many trials have ended")
    parser.add_argument("--sampler", metavar="NAME", help=f"one of {', '.join(Sampler)} (default {Sampler.TPE.value})")
    parser.add_argument(
        "--vary",
        action="append",
        default=[],
        metavar="SETTING",
        help=f"NAME=LOW:HIGH, NAME=LOW:HIGH:log or NAME=a,b,c; repeat for more (default {' '.join(USUAL)})",
    )
    parser.add_argument("--no-pruning", action="store_true", help="train unpromising trials to their end as well")
    parser.add_argument("--name", metavar="NAME", help="what to call the search (default: a new name)")
    parser.add_argument("--resume", metavar="NAME", help="continue a search; a new budget replaces its own")
    _add_settings(parser)


def _add_images(commands: Any) -> None:
    importing = _add(commands, "import", images.import_files)
    importing.add_argument(
        "files", nargs="+", metavar="FILE", help="tables, IDX files, arrays, pictures, or a folder, zip or tar of them"
    )
    importing.add_argument("--title", metavar="TEXT", help="default: from the file names")
    importing.add_argument("--class-names", metavar="A,B,…", help="in label order, for labels that are not digits")
    importing.add_argument(
        "--form",
        choices=[form.value for form in Form],
        help="mnist: find, crop, scale and centre the ink of pictures; default: for digits and letters that need it",
    )

    importing.add_argument(
        "--for",
        dest="purpose",
        choices=[purpose.value for purpose in Purpose],
        help="default: testing if it is too small or lacks classes, else training",
    )

    _add(commands, "datasets", images.datasets)
    _add_labels(_add(commands, "labels", labels.labels))

    downloading = _add(commands, "download", images.download)
    downloading.add_argument("name", metavar="NAME", help=f"one of {', '.join(DOWNLOADS)}")
    downloading.add_argument("--mirror", metavar="URL", help="a folder with files of the same names")
    # For tests: the MD5 of the small files that their mirror serves, as a JSON object by file name.
    downloading.add_argument("--checksums", help=argparse.SUPPRESS)
    # For the server: a folder that it removes itself when it stops this process.
    downloading.add_argument("--work", help=argparse.SUPPRESS)

    exporting = _add(commands, "export-csv", images.export_csv)
    exporting.add_argument("--dataset", default="mnist", metavar="NAME", help="default: mnist")
    exporting.add_argument("--part", choices=("train", "test"), default="train", help="default: train")
    exporting.add_argument("--no-labels", action="store_true", help="pixels alone, as in Kaggle’s test file")
    exporting.add_argument("file", metavar="FILE", help="- for standard output")


def _add_labels(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--most", default=f"{labels.USUAL_MOST}", metavar="N", help="of each kind (default %(default)s)"
    )
    for name in labels.SETTINGS:
        parser.add_argument("--" + name.replace("_", "-"), metavar="VALUE", help=f"{setting_title(name)}, as of train")


def _add(commands: Any, name: str, command: Command) -> argparse.ArgumentParser:
    # What numpydoc adds about the function is for programmers.
    description = (command.__doc__ or "").split("\n\n    Returns")[0]
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=description.splitlines()[0], description=description
    )
    parser.set_defaults(command=command)
    return parser
