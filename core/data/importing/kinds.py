"""What a file is: told by its first bytes, not by its name; what cannot be read is named, with the way out."""

import zipfile
from pathlib import PurePosixPath

from core.data.importing.archives import open_zip
from core.data.importing.arff import is_arff
from core.data.importing.named_file import NamedFile
from core.data.importing.signatures import GZIP, HEAD, PICKLE_WORDS, Kind, kind_begun, unpacked_head, what_it_is
from core.data.importing.text_lines import open_text
from core.drawings.pictures import PICTURE_EXTENSIONS
from core.errors import DataError

BRING = (
    "Import a table (CSV), IDX files, NumPy arrays (npz, npy), Parquet, ARFF, MATLAB (mat), or pictures in a folder, "
    "zip or tar."
)
# Of bzip2, which gives nothing before it has a whole one.
_BLOCK = 1_000_000


def kind_of(file: NamedFile) -> Kind:
    """What a file is, by its first bytes.

    Raises
    ------
    DataError
        If it is nothing that can be imported, or cannot be read; the sentence names what it is.
    """
    if file.is_folder:
        return "folder"
    head = file.head(HEAD)
    if not head:
        raise DataError(f"{file.name} is empty (0 bytes): download or save it again.")
    if kind := _kind_by_bytes(file, head):
        return kind
    if words := what_it_is(head):
        raise DataError(f"{file.name} {words}.")
    if _is_table(file):
        return "table"
    if is_picture_name(file.name):
        return "picture"
    if file.name.lower().endswith(".mat"):
        return "mat"
    raise DataError(f"{file.name} is not of a kind that Digit Lab reads. {BRING}")


def is_picture_name(name: str) -> bool:
    """Whether a name ends as that of a picture that can be read."""
    return PurePosixPath(name).suffix.lower().removeprefix(".") in PICTURE_EXTENSIONS


def _kind_by_bytes(file: NamedFile, head: bytes) -> Kind | None:
    kind = kind_begun(head)
    return _kind_of_zip(file) if kind == "zip" else kind or _kind_inside(file, head)


def _kind_inside(file: NamedFile, head: bytes) -> Kind | None:
    """The kind of what is packed: a tar, an IDX file or a table by gzip, a tar by others."""
    inner = unpacked_head(file.head(_BLOCK) if head[:3] == b"BZh" else head)
    if inner is None:
        return None
    kind = kind_begun(inner)
    if kind == "tar":
        return "tar"
    if head[:2] != GZIP:
        raise DataError(f"{file.name} is packed with {'bzip2' if head[:3] == b'BZh' else 'xz'}: unpack it first.")
    if words := what_it_is(inner):
        raise DataError(f"{file.name} {words}.")
    return kind if kind in ("idx", None) else "packed"


def _kind_of_zip(file: NamedFile) -> Kind:
    """A zip, unless it is what another program keeps in a zip."""
    with file.open() as stream:
        try:
            with open_zip(stream, file.name) as archive:
                names = [info.filename for info in archive.infolist()[:200]]
        except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, OSError, UnicodeDecodeError):
            return "zip"
    if "[Content_Types].xml" in names:
        what = (
            "an Excel workbook: save its table as CSV"
            if any(n.startswith("xl/") for n in names)
            else ("an Office document: import a table (CSV) or pictures")
        )
        raise DataError(f"{file.name} is {what}.")
    if "mimetype" in names and "content.xml" in names:
        raise DataError(f"{file.name} is an OpenDocument file: save its table as CSV.")
    if any(name.endswith("/data.pkl") or name == "data.pkl" for name in names):
        raise DataError(f"{file.name} is a file of PyTorch’s and {PICKLE_WORDS.removeprefix('is ')}.")
    return "npz" if names and all(name.endswith(".npy") for name in names) else "zip"


def _is_table(file: NamedFile) -> bool:
    """Text with values in rows; a name in a sentence has no separators but blanks."""
    with open_text(file) as stream:
        text = stream.read(HEAD)
    if not text or b"\0" in text:
        return False
    if is_arff(text):
        return True
    return any(mark in text for mark in (b",", b";", b"\t", b"|", b"\n")) or text.count(b" ") > 60
