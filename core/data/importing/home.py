"""Raw files that somebody has put into the home by hand."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.data.catalogue import FOLDER
from core.data.importing.files import read_files
from core.data.importing.form import Form
from core.data.importing.named_file import NamedFile
from core.data.importing.report import ImportPreview
from core.errors import DataError

MOST_LISTED = 200
_WHOLE = re.compile(r"\.((csv|tsv|tar|arff)(\.gz)?|zip|tgz|tar\.(bz2|xz)|npz|npy|mat|parquet)$", re.IGNORECASE)
_NPY = re.compile(r"\.npy$", re.IGNORECASE)
# What tells arrays of one dataset apart: ``x_train``, ``mnist-test-labels``, ``trainImages``.
_WORDS = re.compile(r"[a-z]+|[A-Z][a-z]*|\d+|t10k")
_LABELS = frozenset(["y", "label", "labels", "target", "targets"])
_IMAGES = frozenset(["x", "image", "images", "img", "imgs", "data", "pixels"])
_PARTS = frozenset(["train", "training", "trn", "val", "valid", "validation", "dev", "test", "testing", "t10k", "set"])
_IDX = re.compile(r"^(.*?)[-_. ]?(train|t10k|test)?[-_. ]?(images|labels)[-_.]idx[13][-_.]ubyte(\.gz)?$", re.IGNORECASE)


@dataclass(frozen=True)
class HomeFiles:
    """Files, or one folder or zip, that lie in ``DIGITLAB_HOME/datasets`` and belong together.

    Parameters
    ----------
    title
        What to call them, unique among those listed.
    names
        File names in that folder.
    """

    title: str
    names: tuple[str, ...]


def files_in_home(home: Path) -> list[HomeFiles]:
    """What lies in ``home/datasets`` and looks importable, by names alone; no other folder is looked at.

    Names that are not UTF-8 are left out: no page can show them.
    """
    folder = home / FOLDER
    groups: dict[str, list[str]] = defaultdict(list)
    try:
        entries = sorted(folder.iterdir())[:MOST_LISTED]
    except OSError:
        # There is no such folder before the first dataset is kept.
        return []
    for path in entries:
        if path.name.startswith(".") or path.is_symlink() or not _is_text(path.name):
            continue
        if path.is_dir() or _WHOLE.search(path.name):
            groups[path.name].append(path.name)
        elif match := _IDX.match(path.name):
            groups[match[1] or "IDX files"].append(path.name)
    _join_arrays(groups)
    return [HomeFiles(title, tuple(names)) for title, names in groups.items()]


def _join_arrays(groups: dict[str, list[str]]) -> None:
    """Arrays of images and of labels in files of their own belong together if they are called alike but for that."""
    alike: dict[str, dict[str, set[str]]] = defaultdict(dict)
    for name in [name for name in groups if _NPY.search(name)]:
        words = [word.lower() for word in _WORDS.findall(_NPY.sub("", name))]
        rest = "-".join(word for word in words if word not in _LABELS | _IMAGES | _PARTS)
        alike[rest][name] = set(words)
    for title, names in alike.items():
        if any(words & _LABELS for words in names.values()) and not all(words & _LABELS for words in names.values()):
            for name in names:
                del groups[name]
            groups[title or "Arrays"] += names


def _is_text(name: str) -> bool:
    return name == name.encode("utf-8", "replace").decode()


def read_home_files(home: Path, title: str, form: Form | None = None, class_names: Sequence[str] = ()) -> ImportPreview:
    """Read what :func:`files_in_home` lists under this title.

    Parameters
    ----------
    form, class_names
        As for :func:`read_files`.

    Raises
    ------
    DataError
        If it is gone or not readable.
    """
    # The listing decides: a title never becomes a path by itself.
    group = next((group for group in files_in_home(home) if group.title == title), None)
    if group is None:
        raise DataError(f"There is nothing called “{title[:64]}” in {home / FOLDER}.")
    proposed = "" if len(group.names) == 1 else group.title
    files = [NamedFile(name, home / FOLDER / name) for name in group.names]
    return read_files(files, title=proposed, class_names=class_names, form=form)
