"""The examination of a dataset's labels: asked for once for all sessions, kept under the home."""

from pathlib import Path

from core.data.catalogue import BUILT_IN
from core.errors import DataError
from core.labels.examination import (
    PARTS,
    Examination,
    examination_of,
    examine_part,
    read_examination,
    write_examination,
)
from core.labels.held_out import require_enough
from ui.choices.dataset import whole_config, whole_splits
from ui.shell.page import show_error
from ui.shell.resources import catalogue, settings
from ui.shell.series import Series, find_series, start_series, stop_series


def examination(dataset: str) -> Examination | None:
    """What came of it, in this server or an earlier one; None if nobody has asked, or it is not done."""
    train = whole_splits(dataset).train
    kept = read_examination(_path(dataset), train)
    series = find_series(_key(dataset))
    if kept is not None or series is None or not series.is_done:
        return kept
    found: Examination = series.result
    write_examination(_path(dataset), found)
    return found


def examining(dataset: str) -> Series | None:
    """The work on it, if a worker was asked."""
    return find_series(_key(dataset))


def is_examining(dataset: str) -> bool:
    """Whether a worker is at it."""
    series = examining(dataset)
    return series is not None and series.is_running


def start_examination(dataset: str) -> None:
    """Ask workers for it; too few images get a sentence."""
    train = whole_splits(dataset).train
    try:
        require_enough(train)
        published = None if dataset in BUILT_IN else catalogue().load(dataset)
    except DataError as error:
        show_error(error)
        return
    shared = (whole_config(dataset), published)
    start_series(_key(dataset), examine_part, shared, PARTS, lambda results: examination_of(train, results))


def stop_examination(dataset: str) -> None:
    """Stop it for everybody."""
    stop_series(_key(dataset))


def _path(dataset: str) -> Path:
    return settings().home / "cache" / f"labels-{whole_splits(dataset).train.digest[:16]}.safetensors"


def _key(dataset: str) -> str:
    return f"labels {whole_splits(dataset).train.digest}"
