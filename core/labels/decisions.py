"""What somebody has decided of the labels of a dataset: kept in a file of theirs, never in the dataset.

``DIGITLAB_HOME/labels/<dataset>/<who>.json`` holds one text, see :mod:`core.corrections`; a label that was looked at
and kept is corrected to itself.
"""

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from core.atomic import write_atomically
from core.corrections import MOST_CORRECTIONS, Correction, corrections_text, read_corrections
from core.data.corrected import check_corrections
from core.data.dataset import ImageDataset
from core.data.decided import folder_of_decisions
from core.errors import DataError

MOST_FILES = 500
"""Of one dataset: beyond them, the one that was not touched for longest makes room."""
_MOST_BYTES = 100_000


class Decisions:
    """The decisions of one owner on one dataset.

    Parameters
    ----------
    home
        ``DIGITLAB_HOME``.
    dataset
        The name of a dataset of the catalogue.
    owner
        The person who decides, by any text; files are named by its digest.
    """

    def __init__(self, home: Path, dataset: str, owner: str) -> None:
        self.folder = folder_of_decisions(home, dataset)
        self.path = self.folder / f"{hashlib.sha256(owner.encode()).hexdigest()[:32]}.json"

    def read(self, published: ImageDataset) -> dict[int, Correction]:
        """By index in the training file; none where the file is missing, damaged, or of other images."""
        with suppress(OSError, ValueError, KeyError, TypeError, RecursionError, DataError):
            if self.path.stat().st_size <= _MOST_BYTES:
                text = str(json.loads(self.path.read_bytes())["decisions"])
                check_corrections(published, text)
                return {decision.index: decision for decision in read_corrections(text)}
        return {}

    def decide(self, published: ImageDataset, decision: Correction) -> None:
        """Keep one more, or another one for its image.

        Raises
        ------
        DataError
            If there are ``MOST_CORRECTIONS`` already, it is of other images, or it cannot be written.
        """
        check_corrections(published, str(decision))
        known = self.read(published)
        if decision.index not in known and len(known) >= MOST_CORRECTIONS:
            raise DataError(f"{MOST_CORRECTIONS} labels have been checked, the most that are kept: undo one first.")
        self._write(known | {decision.index: decision})

    def take_back(self, published: ImageDataset, index: int) -> None:
        """Forget what was decided of an image, if anything was.

        Raises
        ------
        DataError
            If it cannot be written.
        """
        known = self.read(published)
        if known.pop(index, None) is not None:
            self._write(known)

    def _write(self, decisions: Mapping[int, Correction]) -> None:
        text = json.dumps({"decisions": corrections_text(decisions.values())})
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_atomically(self.path, text.encode())
        except OSError as error:
            raise DataError(f"The decision cannot be kept: {error.strerror}.") from None
        _make_room(self.folder)


def effective(decisions: Mapping[int, Correction]) -> str:
    """The text of those that change something, for :attr:`core.config.TrainConfig.corrections`."""
    return corrections_text(each for each in decisions.values() if each.label != each.published)


def _make_room(folder: Path) -> None:
    with suppress(OSError):
        oldest_first = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime)
        for path in oldest_first[:-MOST_FILES]:
            path.unlink()
