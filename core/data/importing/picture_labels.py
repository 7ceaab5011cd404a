"""What pictures show: by a list beside them, by the folders that they lie in, or by their names."""

from collections.abc import Sequence

from core.data.class_names import checked_class_names
from core.data.importing.archives import Archive
from core.data.importing.label_lists import LabelList, UnusedList, label_lists
from core.data.importing.picture_places import Places, place_pictures, places_by_lists
from core.data.importing.sorting import Contents
from core.errors import DataError

_MOST_REASONS = 3
_TEXTS = {".txt", ".xml", ".json"}


def labelled_pictures(contents: Contents, archive: Archive, class_names: Sequence[str] = ()) -> Places:
    """By a list that says which column is the label, else by folders and names, else by any list.

    Raises
    ------
    DataError
        If nothing tells the class of most pictures; what cannot be read, and may have told it, is in the sentence.
    """
    lists, unused = label_lists(contents.lists, contents.pictures, are_parted=archive.are_parted)
    named = [one for one in lists if one.is_named]
    places = None if named else _by_folders(contents, archive, class_names, _reasons(contents, archive, unused, lists))
    places = places or places_by_lists(contents.pictures, named or lists)
    others = [one for one in unused if one.names_pictures]
    faults = contents.faults_but({one.name for one in lists} | {one.name for one in others})
    places.notes += [one.sentence for one in others]
    places.left_out += faults
    places.lists += len(others) + len(faults)
    return places


def _by_folders(
    contents: Contents, archive: Archive, class_names: Sequence[str], reasons: Sequence[str] | None
) -> Places | None:
    """By folders and names; None if they tell nothing, and there are lists instead of reasons."""
    try:
        places = place_pictures(contents.pictures, archive)
        classes = {picture.class_name for picture in places.pictures}
        if len(classes) == 1 and reasons:
            checked_class_names(class_names or [*classes])
    except DataError as error:
        if reasons is None:
            return None
        raise DataError(" ".join([str(error), *reasons])) from None
    return None if reasons is None and len(classes) == 1 else places


def _reasons(
    contents: Contents, archive: Archive, unused: Sequence[UnusedList], lists: Sequence[LabelList]
) -> list[str] | None:
    """Why there may be no list that can be used; None if there is one."""
    if lists:
        return None
    sentences = (*(one.sentence for one in unused), *contents.unread.values())
    return [*_texts_of_each(contents, archive), *sentences][:_MOST_REASONS]


def _texts_of_each(contents: Contents, archive: Archive) -> list[str]:
    """A sentence where most pictures have a text of their own, as those that objects are to be found in."""
    names = {picture.path.stem: picture.path.name for picture in contents.pictures}
    texts = [one.path for one in archive.members if one.path.suffix.lower() in _TEXTS and one.path.stem in names]
    if 2 * len(texts) < max(len(names), 4):
        return []
    row = f"{names[texts[0].stem]},7"
    words = f"The pictures have a text file each ({texts[0]} …)"
    return [f"{words}: put their labels into one table, labels.csv, with rows such as “{row}”."]
