"""``export``: a run as files for other programs and for people."""

from argparse import Namespace
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.commands.chosen import chosen_place, count_look
from core.commands.output import say, tell
from core.errors import ConfigError
from core.exports.names import MLFLOW
from core.settings import Settings

if TYPE_CHECKING:
    from core.exports.subject import Subject


def export(options: Namespace) -> None:
    """Write a run as files for other programs or for people; one line about them."""
    from core.exports.formats import export_format
    from core.exports.subject import subject_of_path, subject_of_run
    from core.runs.store import RunStore

    if options.format != MLFLOW:
        export_format(options.format)
    if not options.out.strip():
        raise ConfigError("Name the output with --out FILE_OR_FOLDER.")
    settings = Settings.from_environment()
    if (place := chosen_place(options.run)) is not None:
        subject = subject_of_path(place, settings.home)
        line = _exported(subject, options.format, options.out)
    else:
        with closing(RunStore(settings)) as store:
            subject = subject_of_run(store, options.run)
            line = _exported(subject, options.format, options.out)
    if _shows_test(options.format):
        count_look(options.run, subject.named_model)
    say(line)


def _exported(subject: "Subject", name: str, out: str) -> dict[str, Any]:
    from core.exports.formats import export_format
    from core.exports.writing import write_files

    line: dict[str, Any] = {"run_id": subject.run.run_id, "format": name}
    if name == MLFLOW:
        from core.exports.mlflow_run import write_mlflow

        return line | {"path": str(write_mlflow(subject, Path(out))), "beside": [], "needs": []}
    files = export_format(name).make(subject)
    written = write_files(files, out)
    if files.needs:
        tell(f"The program needs {', '.join(files.needs)} as well, {files.place}.")
    return line | {
        "path": str(written.path),
        "beside": [str(path) for path in written.beside],
        "needs": list(files.needs),
    }


def _shows_test(name: str) -> bool:
    """Whether its files show how the run does on its test images: they count as a look at them."""
    from core.exports.formats import FORMATS

    return name not in FORMATS or FORMATS[name].shows_test
