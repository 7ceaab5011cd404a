"""What a run can be exported as: one table for the command line, the page and the zip of everything."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from core.errors import ConfigError
from core.exports.data_file import data_file_bytes, data_files, place_for
from core.exports.names import ALL, EXPORT_FORMATS
from core.exports.subject import Subject
from core.runs.model_file import write_model


@dataclass(frozen=True)
class Files:
    """What an export consists of.

    Parameters
    ----------
    main
        The name of the file that was asked for.
    contents
        That file and those that it needs beside it, by name.
    needs
        Names of files that it needs as well and that are elsewhere.
    place
        Where those are, for the end of a sentence.
    """

    main: str
    contents: Mapping[str, bytes]
    needs: tuple[str, ...] = ()
    place: str = ""


@dataclass(frozen=True)
class ExportFormat:
    """One way to export a run.

    Parameters
    ----------
    name
        What flags and URLs call it.
    title, about
        What pages call it, and what it is good for.
    ending
        How the name of the one file ends that a page hands out: a zip where there are several.
    make
        Computes its files; may take a second.
    shows_test
        Whether they say how the run does on its test images: then somebody has looked at those.
    reads_images
        Whether a program among them needs the images of the run.
    """

    name: str
    title: str
    about: str
    ending: str
    make: Callable[[Subject], Files]
    shows_test: bool = False
    reads_images: bool = False


def export_format(name: str) -> ExportFormat:
    """The format of this name.

    Raises
    ------
    ConfigError
        If there is none.
    """
    if name not in FORMATS:
        raise ConfigError(f"There is no export format called “{name[:40]}”; there are {', '.join(EXPORT_FORMATS)}.")
    return FORMATS[name]


def _safetensors(subject: Subject) -> Files:
    name = subject.file_name
    return Files(name, _model_file(subject))


def _state_dict(subject: Subject) -> Files:
    from core.exports.state_dict import loading_lines, state_dict_bytes

    run_id = subject.run.run_id
    lines = loading_lines(subject, f"{run_id}.pt").encode()
    return Files(f"{run_id}.pt", {f"{run_id}.pt": state_dict_bytes(subject), f"load-{run_id}.py": lines})


def _onnx(subject: Subject) -> Files:
    from core.exports.onnx_graph import onnx_bytes

    return _one(f"{subject.run.run_id}.onnx", onnx_bytes(subject))


def _json(subject: Subject) -> Files:
    from core.exports.browser_json import network_json

    return _one(f"{subject.run.run_id}.json", network_json(subject))


def _script(subject: Subject) -> Files:
    from core.exports.script import script_bytes

    return _program(subject, f"{subject.run.run_id}.py", script_bytes(subject))


def _notebook(subject: Subject) -> Files:
    from core.exports.script import notebook_bytes

    return _program(subject, f"{subject.run.run_id}.ipynb", notebook_bytes(subject))


def _report(subject: Subject) -> Files:
    from core.exports.report import report_bytes

    return _one(f"{subject.run.run_id}.html", report_bytes(subject))


def _tensorboard(subject: Subject) -> Files:
    from core.exports.tensorboard import event_bytes

    # TensorBoard looks for files with this word in their names.
    return _one(f"{subject.run.run_id}.tfevents", event_bytes(subject))


def _everything(subject: Subject) -> Files:
    from core.exports.zipping import zipped

    contents: dict[str, bytes] = {}
    needs: tuple[str, ...] = ()
    place = ""
    for entry in FORMATS.values():
        if entry.name != ALL:
            files = entry.make(subject)
            contents |= files.contents
            needs, place = needs or files.needs, place or files.place
    name = f"{subject.run.run_id}.zip"
    return Files(name, {name: zipped(contents)}, needs, place)


def _program(subject: Subject, name: str, data: bytes) -> Files:
    """A program with the run’s file and, unless it is MNIST or large, the images of the run."""
    subject.require_order()
    contents = {name: data} | _model_file(subject)
    if (start := subject.start()) is not None:
        contents[subject.start_file_name] = write_model(start)
    files, images = data_files(subject.config.dataset, subject.run.run_id), data_file_bytes(subject)
    if images is None:
        return Files(name, contents, files, place_for(subject))
    return Files(name, contents | {files[0]: images})


def _model_file(subject: Subject) -> dict[str, bytes]:
    return {subject.file_name: write_model(subject.named_model)}


def _one(name: str, data: bytes) -> Files:
    return Files(name, {name: data})


_TABLE = (
    ExportFormat(
        "safetensors",
        "Model file",
        "Weights with their settings, for any Digit Lab and for `predict --run`.",
        ".safetensors",
        _safetensors,
    ),
    ExportFormat(
        "state-dict",
        "PyTorch state dict",
        "Weights as a .pt file, with the few lines of code that load it.",
        "-state-dict.zip",
        _state_dict,
    ),
    ExportFormat(
        "onnx", "ONNX", "For other runtimes: pixels from 0 to 255 in, logits and probabilities out.", ".onnx", _onnx
    ),
    ExportFormat("json", "JSON for browsers", "Layers, weights and classes for JavaScript.", ".json", _json),
    ExportFormat(
        "script",
        "Python script",
        "Tests the run and trains it again, with nothing but PyTorch.",
        "-script.zip",
        _script,
        shows_test=True,
        reads_images=True,
    ),
    ExportFormat(
        "notebook",
        "Notebook",
        "The same as a Jupyter notebook.",
        "-notebook.zip",
        _notebook,
        shows_test=True,
        reads_images=True,
    ),
    ExportFormat(
        "report",
        "Report",
        "One HTML file with settings, interactive curves and results.",
        ".html",
        _report,
        shows_test=True,
    ),
    ExportFormat(
        "tensorboard",
        "TensorBoard events",
        "Curves and settings for `tensorboard --logdir`.",
        ".tfevents",
        _tensorboard,
        shows_test=True,
    ),
    ExportFormat(
        ALL, "Everything", "All of these in one zip.", ".zip", _everything, shows_test=True, reads_images=True
    ),
)
FORMATS: Mapping[str, ExportFormat] = MappingProxyType({entry.name: entry for entry in _TABLE})
