"""Raw files that somebody has put into the home by hand."""

import re
from collections import defaultdict
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

    Names that are no UTF-8 are left out: no page can show them.
    """
    folder = home / FOLDER
    groups: dict[str, list[str]] = defaultdict(list)
    try:
        entries = sorted(folder.iterdir())[:MOST_LISTED]
    except OSError:
        # There is no such folder before the first data set is kept.
        return []
    for path in entries:
        if path.name.startswith(".") or path.is_symlink() or not _is_text(path.name):
            continue
        if path.is_dir() or _WHOLE.search(path.name):
            groups[path.name].append(path.name)
        elif match := _IDX.match(path.name):
            groups[match[1] or "IDX files"].append(path.name)
    return [HomeFiles(title, tuple(names)) for title, names in groups.items()]


def _is_text(name: str) -> bool:
    return name == name.encode("utf-8", "replace").decode()


def read_home_files(home: Path, title: str, form: Form | None = None) -> ImportPreview:
    """Read what :func:`files_in_home` lists under this title.

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
    return read_files([NamedFile(name, home / FOLDER / name) for name in group.names], title=proposed, form=form)
