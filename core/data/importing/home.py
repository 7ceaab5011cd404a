"""Raw files that somebody has put into the home by hand."""

from dataclasses import dataclass
from pathlib import Path

from core.data.importing.report import ImportPreview


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
    """What lies in ``home/datasets`` and looks importable; nothing is read but the names. No other folder is looked at."""
    raise NotImplementedError


def read_home_files(home: Path, title: str) -> ImportPreview:
    """Read what :func:`files_in_home` lists under this title.

    Raises
    ------
    DataError
        If it is gone or not readable.
    """
    raise NotImplementedError
