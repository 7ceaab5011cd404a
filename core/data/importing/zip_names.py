"""Names in a zip that does not say how they are encoded: UTF-8, or the code page in which they spell digits."""

import zipfile
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from core.data.class_names import as_digits

_IS_UTF8 = 0x800
# What Python takes where nothing is said, as the format has it.
_ASSUMED = "cp437"
# Of Windows’ own zips: Western European, Russian (of its console, and without), Chinese, simplified and traditional,
# and Japanese.
_CODE_PAGES = (_ASSUMED, "cp866", "cp1251", "gbk", "big5", "cp932")


def read_names(entries: Sequence[zipfile.ZipInfo], name: str) -> tuple[list[str], list[str]]:
    """The name of each entry, and a sentence where folders may be misread.

    macOS writes UTF-8 and Windows the code page of its country, and neither says so. UTF-8 is hardly ever met by
    chance; of the code pages, one is taken in which folders are called as digits are.
    """
    names = [entry.filename for entry in entries]
    raw = {place: text for place, entry in enumerate(entries) if (text := _unclear(entry)) is not None}
    if not raw:
        return names, []
    for encoding in ("utf-8", *_CODE_PAGES):
        try:
            found = {place: text.decode(encoding) for place, text in raw.items()}
        except UnicodeDecodeError:
            continue
        if encoding == "utf-8" or _are_digits(_folders(found.values())):
            return [found.get(place, text) for place, text in enumerate(names)], []
    folders = sorted(_folders([names[place] for place in raw]))
    if not folders:
        return names, []
    note = (
        f"{name} does not say how its names are encoded: folders such as “{folders[0][:40]}” may be misread. Rename "
        "them in plain letters or digits, and pack them again."
    )
    return names, [note]


def _unclear(entry: zipfile.ZipInfo) -> bytes | None:
    """A name as it is in the file; None where it can be read in one way only."""
    if entry.flag_bits & _IS_UTF8 or entry.filename.isascii():
        return None
    try:
        return entry.filename.encode(_ASSUMED)
    except UnicodeEncodeError:
        # Later Pythons than 3.11 take the name from the field for Unicode, where an entry has one.
        return None


def _folders(names: Iterable[str]) -> set[str]:
    """Folders that have other letters than those of ASCII."""
    return {
        part
        for text in names
        for part in (PurePosixPath(text).parts if text.endswith("/") else PurePosixPath(text).parent.parts)
        if not part.isascii()
    }


def _are_digits(folders: set[str]) -> bool:
    """Whether at least half of them are called as a digit is in some language."""
    return 2 * sum(as_digits([folder]) is not None for folder in folders) >= max(1, len(folders))
