"""My drawings: what one person has drawn and labelled, a dataset for each set of classes, each change a new version.

A few drawings are for testing; once there are five of every class, a network can learn from them as well. Files are
never changed: a run names the very images that it has learned from. What no run names goes, but for the newest version.
"""

import json
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.config import TrainConfig
from core.data.catalogue import Catalogue
from core.data.class_names import checked_class_names, require_order
from core.data.dataset import DIGIT_NAMES, IMAGE_SIDE, DatasetEntry, ImageDataset, SourceDataset, Splits
from core.data.drawn import drawn_by, drawn_name, is_shared, mark_of
from core.data.framing import Framing
from core.data.purpose import Purpose
from core.data.rehearsal import Sizes
from core.errors import DataError

MOST_DRAWINGS: Final = 500
"""In one set: 0.4 MB."""
MOST_SETS: Final = 20
"""Of one person."""
MOST_FILES: Final = 10_000
"""Of all people of a server."""
ENOUGH: Final = 5
"""Drawings of every class from which a network can learn without others."""
FORGOTTEN_SECONDS: Final = 86_400.0
"""After which a version that no run names is removed, regardless of who drew it."""
_EMPTY: Final = np.zeros((0, IMAGE_SIDE, IMAGE_SIDE), np.uint8)


class MyDrawings:
    """The drawings of one person in the catalogue of a home.

    Parameters
    ----------
    catalogue
        Where they are kept.
    owner
        The person’s id; it is in no file.
    is_named
        Whether any run names a dataset.
    """

    def __init__(self, catalogue: Catalogue, owner: str, is_named: Callable[[str], bool]) -> None:
        self._mark = mark_of(owner)
        self._catalogue = catalogue
        self._is_named = is_named

    def sets(self) -> list[DatasetEntry]:
        """The newest version of each set, by title."""
        return sorted(_newest(self._own()), key=lambda entry: entry.title)

    def entry_of(self, class_names: Sequence[str]) -> DatasetEntry | None:
        """The newest version for these classes."""
        return next((entry for entry in self.sets() if entry.class_names == tuple(class_names)), None)

    def images_of(self, class_names: Sequence[str]) -> ImageDataset:
        """The drawings for these classes, oldest first; perhaps none.

        Raises
        ------
        DataError
            If their file is damaged.
        """
        entry = self.entry_of(class_names)
        if entry is None:
            return _images([], [], tuple(class_names))
        return self._catalogue.load(entry.name).first_images

    def add(
        self,
        images: Sequence[NDArray[np.uint8]],
        labels: Sequence[int],
        class_names: Sequence[str],
        framing: Framing = Framing.MNIST,
    ) -> DatasetEntry:
        """Add drawings with their labels; one that is there already gets the new label, and its place at the end.

        Parameters
        ----------
        images
            uint8, each of shape ``(28, 28)``, as a network gets them.
        framing
            How they were brought there.

        Raises
        ------
        DataError
            If there is no ink in one, a label is none of the classes, there is no room, or they cannot be written.
        """
        if not all(image.any() for image in images):
            raise DataError("There is no ink in this drawing: draw something first.")
        kept = self.images_of(class_names)
        found = {image.tobytes(): (image, int(label)) for image, label in zip(kept.images, kept.labels, strict=True)}
        for image, label in zip(images, labels, strict=True):
            found.pop(image.tobytes(), None)
            found[image.tobytes()] = (image, label)
        if len(found) > MOST_DRAWINGS:
            raise DataError(f"My drawings can hold at most {MOST_DRAWINGS}: remove some first.")
        self._check_room(class_names)
        shown, said = [image for image, _ in found.values()], [label for _, label in found.values()]
        return self._keep(_images(shown, said, tuple(class_names)), framing)

    def remove(self, position: int, class_names: Sequence[str]) -> None:
        """Take one drawing out.

        Raises
        ------
        DataError
            If there is none at this position, or the rest cannot be written.
        """
        entry, kept = self.entry_of(class_names), self.images_of(class_names)
        if entry is None or not 0 <= position < len(kept):
            raise DataError("This drawing no longer exists.")
        rest = kept.subset(np.delete(np.arange(len(kept)), position))
        if len(rest):
            self._keep(rest, entry.framing)
        elif not self._is_named(entry.name):
            self._catalogue.delete(entry.name)

    def beside(
        self, config: TrainConfig, class_names: Sequence[str], splits_of: Callable[[TrainConfig], Splits]
    ) -> tuple[DatasetEntry, Sizes]:
        """The drawings for these classes beside the images of a run, as a dataset to continue from that run with.

        Parameters
        ----------
        config, class_names
            Of the run. If it has gone on with drawings itself, the images that those lay beside count.
        splits_of
            Reads the images of settings.

        Raises
        ------
        DataError
            If there are no drawings, the images of the run are gone or count other classes, or it cannot be written.
        """
        newest, drawings = self.entry_of(class_names), self.images_of(class_names)
        if newest is None or not len(drawings):
            raise DataError("There are no drawings to learn from yet: correct one first.")
        earlier = self._catalogue.entry(config.dataset).beside
        data = TrainConfig.from_json(earlier) if earlier else config.data_only()
        splits = splits_of(data)
        require_order(splits.train.class_names, class_names, data.dataset)
        sizes = Sizes.of(len(drawings), splits)
        told = data.to_json()
        entry = replace(
            newest,
            name=drawn_name(self._mark, f"{drawings.digest} beside {told}"),
            title=f"{newest.title}, beside {self._catalogue.entry(data.dataset).title}"[:80],
            images=sizes.old + len(drawings) * sizes.repeats + sizes.validated,
            test_images=len(splits.test),
            purpose=Purpose.TRAINING,
            beside=told,
        )
        return self._catalogue.keep(entry, SourceDataset(drawings)), sizes

    def forget(self) -> None:
        """Remove versions that are not the newest and that no run names."""
        newest = {entry.name for entry in self.sets()}
        for entry in self._own():
            if entry.name not in newest and not self._is_named(entry.name):
                self._catalogue.delete(entry.name)

    def _own(self) -> list[DatasetEntry]:
        return self._catalogue.drawn_entries(self._mark)

    def _keep(self, images: ImageDataset, framing: Framing) -> DatasetEntry:
        """Write the next version, and forget those before it."""
        names = images.class_names
        last = self.entry_of(names)
        number = 1 if last is None else last.number + 1
        name = drawn_name(self._mark, f"{number} {images.digest} {json.dumps(names)}")
        whose = "The command line’s drawings" if is_shared(name) else "My drawings"
        title = whose if names == DIGIT_NAMES else f"{whose} of {', '.join(names)}"
        seen = "Everybody who uses this server sees them." if is_shared(name) else "Nobody else can see them."
        can_train = np.bincount(images.labels, minlength=len(names)).min() >= ENOUGH
        entry = DatasetEntry(
            name,
            f"{title[:60]}, version {number}",
            f"{len(images):,} drawn and labelled on this server. {seen}",
            len(images) if can_train else 0,
            0 if can_train else len(images),
            names,
            is_built_in=False,
            framing=framing,
            purpose=Purpose.TRAINING if can_train else Purpose.TESTING,
            number=number,
        )
        published = SourceDataset(images) if can_train else SourceDataset(_images([], [], names), images)
        kept = self._catalogue.keep(entry, published)
        self.forget()
        return kept

    def _check_room(self, class_names: Sequence[str]) -> None:
        if self.entry_of(class_names) is None:
            checked_class_names(class_names)
            if len(self.sets()) >= MOST_SETS:
                raise DataError(f"You have {MOST_SETS} sets of drawings: delete one on Datasets first.")
        if self._catalogue.drawn_files() >= MOST_FILES:
            raise DataError("This server has no room for more drawings.")


def forget_left_behind(catalogue: Catalogue, is_named: Callable[[str], bool]) -> None:
    """Remove old versions of everybody’s drawings that no run names; what was made within a day stays."""
    entries = [entry for entry in catalogue.entries() if drawn_by(entry.name)]
    newest = {entry.name for entry in _newest(entries)}
    for entry in entries:
        if entry.name not in newest and not is_named(entry.name):
            with suppress(DataError, OSError):
                if time.time() - catalogue.written(entry.name) > FORGOTTEN_SECONDS:
                    catalogue.delete(entry.name)


def _newest(entries: Sequence[DatasetEntry]) -> list[DatasetEntry]:
    """Of each person’s drawings for the same classes the last version; those beside other images are copies of it."""
    last: dict[tuple[str | None, tuple[str, ...]], DatasetEntry] = {}
    for entry in sorted((entry for entry in entries if not entry.beside), key=lambda entry: entry.number):
        last[drawn_by(entry.name), entry.class_names] = entry
    return list(last.values())


def _images(images: Sequence[NDArray[np.uint8]], labels: Sequence[int], names: tuple[str, ...]) -> ImageDataset:
    stacked = np.stack(images) if len(images) else _EMPTY
    return ImageDataset("drawn", stacked, np.array(labels, np.int64), names)
