"""What readers have found, put together: parts by their names, labels as classes, and one preview of it all."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import DIGIT_NAMES
from core.data.importing.array_form import bring, form_of_arrays, has_mnist_form
from core.data.importing.assemble import MOST_IMAGES, RawPart, make_preview
from core.data.importing.csv_rows import Labels, joined_labels
from core.data.importing.emnist import ON_THEIR_SIDE, EmnistSplit, emnist_split_of_file
from core.data.importing.form import BROUGHT_WORDS, Form
from core.data.importing.labels import Classes, classes_of
from core.data.importing.orientation import turn_needed
from core.data.importing.parts import Part, part_of_path
from core.data.importing.polarity import images_meant
from core.data.importing.report import ImportPreview, counted, was
from core.data.importing.sides import SIDES, to_side
from core.data.splits import stratified_split
from core.errors import DataError

_LOOKED_AT = 5_000


@dataclass(frozen=True, eq=False)
class Found:
    """Images of one file, or of one part of it.

    Parameters
    ----------
    name
        Of the file, for sentences.
    images
        uint8, shape ``(N, H, W)``.
    labels
        As they are in the file, shape ``(N,)``; None without labels.
    part
        What they are for, if the file or its name says so.
    class_names
        In label order, if the file says so.
    notes
        Sentences for the report.
    left_out
        Sentences about images that could not be read.
    form
        What the reader has done to pictures; None for images that are as they were.
    before
        uint8, shape ``(n, 28, 28)``: some of the pictures as they were, where they are in MNIST’s form.
    rows
        int64, shape ``(N,)``: the place of each image in the file, where some were left out.
    """

    name: str
    images: NDArray[np.uint8]
    labels: Labels | None
    part: Part | None = None
    class_names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    form: Form | None = None
    before: NDArray[np.uint8] | None = None
    rows: NDArray[np.int64] | None = None


def part_of_file(name: str) -> Part | None:
    """What a file is for, by its name or the folders that it lies in."""
    return part_of_path(PurePosixPath(name.replace("\\", "/")))


def put_together(
    found: Sequence[Found],
    *,
    title: str,
    description: str,
    class_names: Sequence[str] = (),
    form: Form | None = None,
    notes: Sequence[str] = (),
    left_out: Sequence[str] = (),
) -> ImportPreview:
    """One dataset of whatever has labels.

    Parameters
    ----------
    description
        Begins the description; the names of the files follow.
    form
        What is done to images that have not MNIST’s size and colours; if None, what is usual for them.

    Raises
    ------
    DataError
        If nothing to train on has labels, the names do not say what is for training and what for the test, or labels do
        not fit.
    """
    all_notes = [*notes, *dict.fromkeys(note for one in found for note in one.notes)]
    labelled = [one for one in found if one.labels is not None]
    if found and not any(len(one.images) for one in found):
        raise DataError("There are no images in it.")
    lone = [one for one in found if one.labels is None and one.part == "train"]
    if not labelled or (lone and all(one.part in ("val", "test") for one in labelled)):
        raise DataError(
            f"{(lone or found)[0].name} has no labels: a network can read its images, but not learn from them. "
            "Import a file with a column “label”."
        )
    all_notes += [
        f"{one.name} has no labels: its {counted(len(one.images), 'image')} {was(len(one.images))} left out."
        for one in found
        if one.labels is None
    ]
    split = _emnist(labelled)
    if split is not None:
        labelled = [replace(one, labels=_counted_from_0(one, split)) for one in labelled]
    given = tuple(class_names) or (split.class_names if split else labelled[0].class_names)
    classes = classes_of([(one.name, one.labels) for one in labelled if one.labels is not None], given)
    all_notes += classes.notes
    if classes.names == DIGIT_NAMES:
        labelled = put_upright(labelled, classes, all_notes)
    members = [some for some in _by_part(labelled, all_notes) if some]
    parts = [_raw(some, classes, all_notes) for some in members]
    parts, form, before = _in_form(parts, members, classes.names, form, all_notes)
    preview = make_preview(
        parts[0],
        parts[1] if len(parts) > 1 and len(parts[1].images) else None,
        classes.names,
        title=title,
        description=f"{description}: {', '.join(dict.fromkeys(one.name for one in labelled))}.",
        notes=all_notes,
        left_out=[*left_out, *(sentence for one in found for sentence in one.left_out)],
        are_all=bool(class_names),
    )
    return replace(preview, form=form, before=before)


def _in_form(
    parts: Sequence[RawPart],
    members: Sequence[Sequence[Found]],
    names: Sequence[str],
    asked: Form | None,
    notes: list[str],
) -> tuple[list[RawPart], Form | None, NDArray[np.uint8] | None]:
    """Images in the form that was asked for, or that those of any part or file need; that form; the first ones before.

    Parameters
    ----------
    members
        What each part was put together from.
    """
    are_done = [any(one.form for one in some) for some in members]
    form = asked or _usual_form(parts, members, names)
    stay = [
        is_done or form is not Form.MNIST or (asked is None and has_mnist_form(part.images))
        for part, is_done in zip(parts, are_done, strict=True)
    ]
    noun = "" if all(stay) else images_meant([not stays for stays in stay], [part.images for part in parts])
    brought = [part if stays else _brought(part, noun, notes) for part, stays in zip(parts, stay, strict=True)]
    if are_done[0]:
        return brought, form, next(one.before for one in members[0] if one.form)
    return brought, form, None if stay[0] else _first_of_each(parts[0])


def _usual_form(parts: Sequence[RawPart], members: Sequence[Sequence[Found]], names: Sequence[str]) -> Form | None:
    """What is usual for any of them: a few images on paper would not show among many others."""
    forms = {one.form or form_of_arrays(one.images, names) for some in members for one in some}
    for part, some in zip(parts, members, strict=True):
        if not any(one.form for one in some):
            forms.add(form_of_arrays(part.images, names))
    return next((form for form in (Form.MNIST, Form.AS_IS) if form in forms), None)


def _first_of_each(part: RawPart) -> NDArray[np.uint8]:
    """The first image of each class as it was, ``(n, 28, 28)``."""
    _, places = np.unique(part.labels, return_index=True)
    return to_side(part.images[places])


def _brought(part: RawPart, images: str, notes: list[str]) -> RawPart:
    """The same in MNIST’s form; those without ink are left out. What they are called is the plural."""
    brought = bring(part.images)
    count, absent = int(brought.has_ink.sum()), int((~brought.has_ink).sum())
    if count:
        have = "has" if count == 1 else "have"
        notes.append(f"{counted(count, images.removesuffix('s'))} {have} {BROUGHT_WORDS}.")
    if absent:
        notes.append(f"No ink was found in {counted(absent, images.removesuffix('s'))}: {was(absent)} left out.")
    return RawPart(brought.images[brought.has_ink], part.labels[brought.has_ink])


def put_upright(found: list[Found], classes: Classes, notes: list[str]) -> list[Found]:
    """Labelled digits put upright if they lie otherwise, whatever their file is called; notes get a sentence."""
    largest = max(found, key=lambda one: len(one.images))
    assert largest.labels is not None
    head = slice(_LOOKED_AT)
    if not len(largest.images) or any(side not in SIDES for side in largest.images.shape[1:]):
        return found
    turn = turn_needed(largest.images[head], classes.of(largest.labels[head]))
    if turn is None:
        return found
    if turn.only_exchanges and ON_THEIR_SIDE in notes:
        notes[:] = [note for note in notes if note != ON_THEIR_SIDE]
        notes.append("Unlike EMNIST’s own, the images were upright: they were left as they are.")
    else:
        notes.append(turn.words)
    return [replace(one, images=turn.of(one.images)) for one in found]


def _emnist(found: Sequence[Found]) -> EmnistSplit | None:
    splits = {emnist_split_of_file(one.name) for one in found}
    if len(splits) > 1:
        raise DataError("These are files from several splits of EMNIST: import one split at a time.")
    return splits.pop()


def _counted_from_0(one: Found, split: EmnistSplit) -> Labels:
    assert one.labels is not None
    if one.labels.dtype != np.int64 or (len(one.labels) and int(one.labels.min()) < split.first_label):
        return one.labels
    return split.labels(one.labels)


def _by_part(found: Sequence[Found], notes: list[str]) -> tuple[list[Found], list[Found]]:
    """What is for training and what for the test; validation images are the test where there is no other."""
    if len(found) == 1:
        return list(found), []
    parts: dict[Part, list[Found]] = {"train": [], "val": [], "test": []}
    for one in found:
        parts[one.part or "train"].append(one)
    for part, members in parts.items():
        _refuse_unlike(members, part)
    train, val, test = parts["train"], parts["val"], parts["test"]
    if not train:
        train, val = val, []
    if not train:
        raise DataError(
            f"By their names and folders, all files, such as {test[0].name}, are for testing: put “train” into the "
            "names of those to train on."
        )
    if val and test:
        notes.append(
            f"Images for validation were added to those for training ({val[0].name}): Digit Lab sets aside its own."
        )
        return [*train, *val], test
    if val:
        notes.append(f"There are no images for testing, only for validation: {val[0].name} became the test set.")
    return train, test or val


def _refuse_unlike(found: Sequence[Found], part: Part) -> None:
    """Several files of one part belong together if their names differ in numbers alone; of one name, their folders."""
    paths = [one.name.lower() for one in found]
    names = [path.rpartition("/")[2] for path in paths]
    stems = {re.sub(r"\d+", "", name) for name in (names if len({*names}) == len(names) else paths)}
    if len(stems) > 1:
        purpose = {"train": "training", "val": "validation", "test": "the test"}[part]
        raise DataError(
            f"Both {found[0].name} and {found[1].name} hold labelled images for {purpose} by their names: name the one "
            "for the test with “test”, or import one at a time."
        )


def _raw(found: Sequence[Found], classes: Classes, notes: list[str]) -> RawPart:
    labels = [classes.of(one.labels) for one in found if one.labels is not None]
    sides = {one.images.shape[1:] for one in found}
    images = [one.images if len(sides) == 1 else to_side(one.images) for one in found]
    part = (
        RawPart(images[0], labels[0]) if len(images) == 1 else RawPart(np.concatenate(images), joined_labels([*labels]))
    )
    if len(part.images) <= MOST_IMAGES:
        return part
    chosen = stratified_split(part.labels, MOST_IMAGES, seed=0)[1]
    notes.append(
        f"There are {len(part.images):,} images: {MOST_IMAGES:,} of them were read, the same share of every class."
    )
    return RawPart(part.images[chosen], part.labels[chosen])
