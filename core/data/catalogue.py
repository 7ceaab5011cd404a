"""The catalogue: every dataset that a TrainConfig can name, those that come with the product and those imported."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from core.config import TrainConfig
from core.data.bundled import KAGGLE_IMAGES, load_kaggle_42000, load_sklearn_digits
from core.data.dataset import DatasetEntry, ImageDataset, SourceDataset, Splits
from core.data.decided import forget_decisions
from core.data.drawn import EVERYBODY, drawn_by, may_see
from core.data.framing import Framing
from core.data.mnist import load_mnist
from core.data.purpose import Purpose
from core.data.rehearsal import beside
from core.data.splits import make_splits
from core.data.stored import read_entry, read_published, write_entry, write_published
from core.errors import ConfigError, DataError

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
FOLDER = "datasets"
"""Where imported datasets live, inside the home."""


@dataclass(frozen=True)
class BuiltIn:
    """A dataset that comes with the product."""

    entry: DatasetEntry
    load: Callable[[], SourceDataset]


BUILT_IN: Mapping[str, BuiltIn] = MappingProxyType(
    {
        "mnist": BuiltIn(
            DatasetEntry("mnist", "MNIST", "70,000 handwritten digits, as published.", 60_000, 10_000),
            lambda: SourceDataset(load_mnist("train"), load_mnist("test")),
        ),
        "kaggle-42000": BuiltIn(
            DatasetEntry(
                "kaggle-42000",
                "MNIST in Kaggle’s format",
                "The first 42,000 training images of the embedded MNIST: as many as Kaggle gives labels for, but "
                "not Kaggle’s own file. It has no separate test set.",
                KAGGLE_IMAGES,
                0,
            ),
            load_kaggle_42000,
        ),
        "sklearn-digits": BuiltIn(
            DatasetEntry(
                "sklearn-digits",
                "scikit-learn’s digits",
                "1,797 digits of 8×8 pixels by other writers, values scaled from 0–16 to 0–255, enlarged to a "
                "longest side of 20 pixels and centred by mass in 28×28 like MNIST’s. It has no separate test set.",
                1_797,
                0,
            ),
            load_sklearn_digits,
        ),
    }
)


class Catalogue:
    """Built-in datasets, and those that were imported into a home.

    Parameters
    ----------
    home
        ``DIGITLAB_HOME``; without one there are the built-in datasets only.
    viewer
        The mark of the person who asks, :mod:`core.data.drawn`: other people’s drawings do not exist for them.
    """

    def __init__(self, home: Path | None = None, viewer: str | None = EVERYBODY) -> None:
        self.folder = None if home is None else home / FOLDER
        self.viewer = viewer

    def entries(self) -> list[DatasetEntry]:
        """Built-in datasets first, then imported ones by title; those that cannot be read are left out."""
        found = self._found("*.safetensors")
        return [built_in.entry for built_in in BUILT_IN.values()] + sorted(found, key=lambda entry: entry.title)

    def drawn_entries(self, mark: str) -> list[DatasetEntry]:
        """Those that somebody drew here, by their mark; raises nothing, as :meth:`entries`."""
        return self._found(f"drawn-{mark}-*.safetensors")

    def _found(self, pattern: str) -> list[DatasetEntry]:
        found = []
        for path in sorted(self.folder.glob(pattern)) if self.folder else []:
            # A copy under a name that no config can hold could be listed, but never asked for.
            if not _NAME.fullmatch(path.stem) or not may_see(path.stem, self.viewer):
                continue
            try:
                found.append(read_entry(path))
            except DataError:
                continue
        return found

    def entry(self, name: str) -> DatasetEntry:
        """What is known of one dataset.

        Raises
        ------
        DataError
            If there is none of this name.
        """
        if name in BUILT_IN:
            return BUILT_IN[name].entry
        return read_entry(self._path(name))

    def entry_to_train_on(self, name: str) -> DatasetEntry:
        """The same of one that a network may learn from.

        Raises
        ------
        DataError
            If there is none of this name, or it is for testing only.
        """
        entry = self.entry(name)
        if entry.purpose is Purpose.TESTING:
            raise testing_only(entry.title)
        return entry

    def load(self, name: str) -> SourceDataset:
        """Images and labels of one dataset; read-only arrays.

        Raises
        ------
        DataError
            If there is none of this name, or it is missing or damaged.
        """
        if name in BUILT_IN:
            return BUILT_IN[name].load()
        path = self._path(name)
        published, entry = read_published(path), read_entry(path)
        return self._beside(published.train, entry) if entry.beside else published

    def add(
        self, published: SourceDataset, title: str, description: str, framing: Framing | None = None
    ) -> DatasetEntry:
        """Keep an imported dataset; its name is made of its title and its content and never changes.

        It belongs to the person who asks, and to nobody where that is everybody: on the command line.

        Parameters
        ----------
        framing
            How its pictures were brought to 28×28; told from the pictures themselves if None.

        Raises
        ------
        DataError
            If there is no home to keep it in, or it cannot be written.
        """
        return write_published(self._home_folder(), published, title, description, framing, self.viewer or "")

    def delete(self, name: str) -> None:
        """Remove an imported dataset for good, and what was decided of its labels.

        Raises
        ------
        DataError
            If it comes with the product, there is none of this name, or it cannot be removed.
        """
        if name in BUILT_IN:
            raise DataError(f"{BUILT_IN[name].entry.title} comes with Digit Lab and cannot be deleted.")
        path = self._path(name)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise DataError(f"The dataset {name} cannot be deleted: {error.strerror}.") from None
        forget_decisions(path.parents[1], name)

    def written(self, name: str) -> float:
        """When an imported dataset was written, in seconds since 1970; raises as :meth:`entry` does."""
        return self._path(name).stat().st_mtime

    def drawn_files(self) -> int:
        """How many datasets were drawn here, by anybody."""
        found = self.folder.glob("drawn-*.safetensors") if self.folder else ()
        return sum(drawn_by(path.stem) is not None for path in found)

    def keep(self, entry: DatasetEntry, published: SourceDataset) -> DatasetEntry:
        """Keep what was drawn here under the name of its entry.

        Raises
        ------
        DataError
            As for :meth:`add`.
        """
        return write_entry(self._home_folder(), entry, published)

    def _home_folder(self) -> Path:
        if self.folder is None:
            raise DataError("There is no folder to keep a dataset in.")
        return self.folder

    def _beside(self, drawings: ImageDataset, entry: DatasetEntry) -> SourceDataset:
        """Drawings with the images that they lie beside."""
        try:
            config = TrainConfig.from_json(entry.beside)
        except ConfigError:
            raise DataError(f"The drawings {entry.name} are damaged: train on them again.") from None
        if self.entry(config.dataset).beside or not len(drawings):
            raise DataError(f"The drawings {entry.name} are damaged: train on them again.")
        home = None if self.folder is None else self.folder.parent
        return beside(drawings, load_splits(config, home))

    def _path(self, name: str) -> Path:
        # Whatever stands in a link is asked for here; what cannot be a name never becomes a path.
        path = self.folder / f"{name}.safetensors" if self.folder and _NAME.fullmatch(name) else None
        if path is not None and not may_see(name, self.viewer):
            raise DataError("Somebody else drew these images: only they can see them.")
        if path is None or not path.is_file():
            titles = ", ".join(BUILT_IN)
            raise DataError(
                f"There is no dataset called “{name[:64]}” here; there are {titles} and those that you import."
                + self._meant(name)
            )
        return path

    def _meant(self, name: str) -> str:
        """The imported datasets whose names are this one and what tells them apart."""
        found = sorted(self.folder.glob(f"{name}-*.safetensors")) if self.folder and _NAME.fullmatch(name) else []
        names = [path.stem for path in found if may_see(path.stem, self.viewer)]
        return f" Did you mean {' or '.join(f'“{name}”' for name in names[:3])}?" if names else ""


def load_splits(config: TrainConfig, home: Path | None = None, *, published: SourceDataset | None = None) -> Splits:
    """Training, validation and test images that this training uses; ``published`` if they are at hand already.

    Raises
    ------
    DataError
        If the dataset is unknown, missing, damaged, too small or for testing only.
    """
    published = published or Catalogue(home).load(config.dataset)
    if published.purpose is Purpose.TESTING:
        raise testing_only(config.dataset)
    return make_splits(published.train, published.test, config)


def testing_only(title: str) -> DataError:
    """That no network learns from this dataset."""
    return DataError(f"{title} is for testing only: train on another dataset, or import it again for training.")
