"""A run as a folder that can be copied: ``run.json`` and its safetensors files. The demo run is one."""

import hashlib
import json
import logging
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from core.atomic import replacing, write_atomically
from core.errors import NewerVersionError, RunError
from core.runs.codec import run_from_dict, run_to_dict
from core.runs.files import RUN_FILES
from core.runs.names import is_run_id
from core.runs.records import DEMO_RUN_ID, Run
from core.runs.remarks import tidy_tags, tidy_text
from core.runs.schema import STORE_FAILURES
from core.runs.status import RunOrigin, RunStatus
from core.runs.store import RunStore

RUN_FILE = "run.json"
_OF_THIS_STORE = ("test_looks", "tags", "notes", "reflection", "starred")
"""What people here have done with the demo run and said of it, whichever version of it comes in."""
DEMO_DIRECTORY = Path(__file__).resolve().parents[2] / "demo"
logger = logging.getLogger("digitlab.runs")


def export_run(store: RunStore, run_id: str, directory: Path) -> None:
    """Write a run into a folder, which is created; the files of a run that is there already are replaced.

    Raises
    ------
    RunError
        If there is no such run, or the folder cannot be written to.
    """
    run = store.get(run_id)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        _replace_files(store.files.folder(run_id), directory)
        write_atomically(directory / RUN_FILE, _to_json(run).encode())
    except OSError as error:
        raise RunError(f"The run cannot be written to {directory}: {error.strerror}.") from error


def import_run(store: RunStore, directory: Path) -> Run:
    """Bring a folder written by :func:`export_run` into the store, under the id that it carries.

    Raises
    ------
    RunError
        If there is no readable run in the folder, or the one with this id in the store is being trained.
    """
    run = read_run(directory)
    _insert(store, run, directory)
    return run


def read_run(directory: Path) -> Run:
    """The run that a folder holds, without its weights.

    Raises
    ------
    RunError
        If there is none, or it cannot be read.
    """
    try:
        return _from_json((directory / RUN_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RunError(f"There is no run in {directory}: a run’s folder holds a {RUN_FILE}.") from None
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise RunError(
            f"The {RUN_FILE} in {directory} cannot be read: a newer version of Digit Lab wrote it, or it is damaged."
        ) from error


def _replace_files(source: Path, target: Path) -> None:
    """Copy a run's files, and drop those of the run that was there before.

    None is replaced before there was room for all: weights must not come to lie beside the row of another run.
    """
    paths = [path for pattern in RUN_FILES for path in source.glob(pattern)]
    with ExitStack() as copied:
        for path in paths:
            copied.enter_context(replacing(target / path.name)).write_bytes(path.read_bytes())
    names = {path.name for path in paths}
    for path in [path for pattern in RUN_FILES for path in target.glob(pattern) if path.name not in names]:
        path.unlink(missing_ok=True)


def offer_demo(store: RunStore, directory: Path = DEMO_DIRECTORY) -> None:
    """Import the demo run at a start; what keeps it away is in the log, and keeps nobody from everything else."""
    if store.why_read_only:
        return
    try:
        bring_in_demo(store, directory)
    except (RunError, *STORE_FAILURES):
        logger.exception("The demo run could not be imported; the next start tries again.")


def bring_in_demo(store: RunStore, directory: Path = DEMO_DIRECTORY) -> None:
    """Put the demo run into the store unless this very version of it is there already.

    One that is there and cannot be read stays: a newer version has written it, or it is damaged.

    Raises
    ------
    RunError
        If it is missing or damaged.
    """
    stamp = store.files.folder(DEMO_RUN_ID) / "version"
    digest = hashlib.sha256(_to_json(read_run(directory)).encode()).hexdigest()
    if store.exists(DEMO_RUN_ID) and stamp.exists() and stamp.read_text() == digest:
        return
    demo = read_run(directory)
    if store.exists(DEMO_RUN_ID):
        try:
            here = store.summary(DEMO_RUN_ID)
        except NewerVersionError as error:
            logger.warning("The demo run is left as it is. %s", error)
            return
        demo = replace(demo, **{name: getattr(here, name) for name in _OF_THIS_STORE})
    _insert(store, demo, directory)
    write_atomically(stamp, digest.encode())


def _insert(store: RunStore, run: Run, directory: Path) -> None:
    def bring_files() -> None:
        folder = store.files.folder(run.run_id)
        folder.mkdir(parents=True, exist_ok=True)
        _replace_files(directory, folder)

    store.insert(run, bring_files)


def _to_json(run: Run) -> str:
    plain = run_to_dict(run)
    # Whoever looked at its results here has not looked at them elsewhere, and whose it is concerns nobody there.
    del plain["test_looks"], plain["owner"], plain["exercise"]
    return json.dumps(plain, indent=1) + "\n"


def _from_json(text: str) -> Run:
    run = run_from_dict(json.loads(text))
    if not is_run_id(run.run_id):
        raise ValueError("not a run id")
    # Nobody trains it here, whatever happened where it was written.
    status = RunStatus.INTERRUPTED if run.status.is_active else run.status
    origin = RunOrigin.DEMO if run.is_demo else run.origin
    run = replace(run, tags=tidy_tags(run.tags), notes=tidy_text(run.notes), reflection=tidy_text(run.reflection))
    # The search that it was a trial of is not here, and neither is the class that it was trained for.
    return replace(run, status=status, test_looks=0, owner=None, origin=origin, study=None, exercise=None)
