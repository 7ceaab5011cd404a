"""Names of classes: what may be one, and classes of different sources told apart by them."""

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from core.data.dataset import ImageDataset
from core.errors import DataError

MOST_CLASSES = 100
_MOST_NAMED = 3


def checked_class_names(names: Sequence[str]) -> tuple[str, ...]:
    """Class names on one line each, 40 characters at most.

    Raises
    ------
    DataError
        If there are fewer than two or too many, or two are the same.
    """
    tidy = tuple(
        " ".join("".join(letter for letter in name if letter.isprintable()).split())[:40].strip() for name in names
    )
    if not 2 <= len(tidy) <= MOST_CLASSES:
        classes = "only one class" if len(tidy) == 1 else f"{len(tidy)} classes"
        raise DataError(f"It holds {classes}; there must be from 2 to {MOST_CLASSES}.")
    for index, name in enumerate(tidy):
        if not name:
            raise DataError(f"Class {index} has no name that can be shown.")
        if name in tidy[:index]:
            raise DataError(f"Two classes have the same name: “{name}”.")
    return tidy


def with_class_names(dataset: ImageDataset, class_names: tuple[str, ...]) -> ImageDataset:
    """The same images with labels that count the classes in the order of a run.

    Parameters
    ----------
    class_names
        K names, in the label order of the run.

    Raises
    ------
    DataError
        If the dataset has other names than these.
    """
    if dataset.class_names == class_names:
        return dataset
    _check(dataset, class_names)
    places = np.array([class_names.index(name) for name in dataset.class_names], dtype=np.int64)
    return replace(dataset, labels=places[dataset.labels], class_names=class_names)


def _check(dataset: ImageDataset, class_names: Sequence[str]) -> None:
    ours, theirs = set(class_names), set(dataset.class_names)
    differences = [
        f"only {owner} has {_listed(names)}"
        for owner, names in (
            (dataset.name, [name for name in dataset.class_names if name not in ours]),
            ("the run", [name for name in class_names if name not in theirs]),
        )
        if names
    ]
    if not differences and len(ours) == len(class_names) and len(theirs) == len(dataset.class_names):
        return
    reason = ", ".join(differences) or "a name occurs twice"
    raise DataError(f"The classes of {dataset.name} are not those of the run: {reason}.")


def _listed(names: Collection[str]) -> str:
    shown = ", ".join(list(names)[:_MOST_NAMED])
    return f"{shown} and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else shown
