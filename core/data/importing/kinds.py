"""What a file is: told by its first bytes, not by its name; what cannot be read is named, with the way out."""

import bz2
import lzma
import re
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import Literal

from core.data.importing.arff import is_arff
from core.data.importing.named_file import NamedFile
from core.data.importing.text_lines import open_text
from core.drawings.pictures import PICTURE_EXTENSIONS
from core.errors import DataError

Kind = Literal["folder", "zip", "tar", "idx", "table", "npz", "npy", "mat", "parquet", "picture", "packed"]
"""``packed``: one file, gzipped, that is none of the others as it is."""

BRING = (
    "Bring a table (CSV), IDX files, NumPy arrays (npz, npy), Parquet, ARFF, MATLAB (mat), or pictures in a folder, "
    "zip or tar."
)
_HEAD = 4096
_TAR_PLACE, _TAR = 257, b"ustar"
_SQUEEZED = ("packed", "tar")

# What begins a file, and what people call it.
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*")
_HEIF = re.compile(rb"....ftyp(heic|heix|hevc|heim|heis|mif1|msf1|avif)", re.DOTALL)
_NAMED: tuple[tuple[bytes, str], ...] = (
    (b"7z\xbc\xaf\x27\x1c", "is a 7z archive: unpack it, and bring its files or a zip of them"),
    (b"Rar!\x1a\x07", "is a RAR archive: unpack it, and bring its files or a zip of them"),
    (b"\x28\xb5\x2f\xfd", "is packed with Zstandard: unpack it first"),
    (b"\xd0\xcf\x11\xe0", "is an old Excel or Office file: save its table as CSV"),
    (b"\x89HDF\r\n", "is an HDF5 file: save its arrays with NumPy’s savez (npz), or in MATLAB with “-v7”"),
    (b"version https://git-lfs", "is a Git LFS pointer, not the data: fetch the file itself with “git lfs pull”"),
    (b"ARROW1", "is an Arrow file: save it as Parquet or CSV"),
    (b"FEA1", "is a Feather file: save it as Parquet or CSV"),
    (b"SQLite format 3", "is an SQLite database: export its table as CSV"),
    (b"%PDF", "is a PDF: export its pages as PNG or JPEG"),
    (b"RDX", "is a file of R: write its table with write.csv"),
    (b"X\n\0", "is a file of R: write its table with write.csv"),
    (b"\x1aE\xdf\xa3", "is a video: bring pictures"),
    (b"8BPS", "is a Photoshop file: export it as PNG"),
)
_WEB = re.compile(rb"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body)", re.IGNORECASE | re.DOTALL)
_SVG = re.compile(rb"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*(<!doctype\s+svg[^>]*>\s*)?<svg", re.IGNORECASE | re.DOTALL)
_PICKLE = re.compile(rb"\x80[\x02-\x05][\x95cX}\](\x8a\x8c.]|\(dp0|\(lp0|c(__builtin__|numpy|copy_reg)", re.DOTALL)
_PICKLE_WORDS = (
    "is a pickle, which can run any program when it is opened, and is never read: save its arrays with NumPy’s savez"
)
_LIBSVM = re.compile(rb"[+-]?\d+(\.\d+)?( \d+:[\d.e+-]+){3}")


def kind_of(file: NamedFile) -> Kind:
    """What a file is, by its first bytes.

    Raises
    ------
    DataError
        If it is nothing that can be imported, or cannot be read; the sentence names what it is.
    """
    if file.is_folder:
        return "folder"
    head = file.head(_HEAD)
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
    raise DataError(f"{file.name} is of no kind that Digit Lab reads. {BRING}")


def what_it_is(head: bytes) -> str | None:  # noqa: PLR0911 - a line per kind
    """What cannot be read, in words that follow its name, with the way out; None for what nobody knows."""
    for magic, words in _NAMED:
        if head.startswith(magic):
            return words
    if _PICKLE.match(head):
        return _PICKLE_WORDS
    if _SVG.match(head):
        return "is an SVG drawing: export it as PNG"
    if _WEB.match(head):
        return "is a web page, not the file: its download was answered with a page, so download it again"
    if head.lstrip()[:1] == b"{" and b'"' in head:
        return "is a JSON file: write its images as CSV, or download the file again if it should be another one"
    if _LIBSVM.match(head):
        return "is a sparse LIBSVM table: write it as CSV, with all 784 pixels of each image"
    return None


def is_picture(head: bytes) -> bool:
    """Whether bytes begin as a picture does, of any kind that is known."""
    return head.startswith(_PICTURES) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP") or is_heif(head)


def is_heif(content: bytes) -> bool:
    """Whether bytes begin as the photographs of phones do (HEIC, HEIF, AVIF)."""
    return bool(_HEIF.match(content))


def is_picture_name(name: str) -> bool:
    """Whether a name ends as that of a picture that can be read."""
    return PurePosixPath(name).suffix.lower().removeprefix(".") in PICTURE_EXTENSIONS


def _kind_by_bytes(file: NamedFile, head: bytes) -> Kind | None:  # noqa: PLR0911 - a line per kind
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return _kind_of_zip(file)
    if head[:6] == b"\x93NUMPY":
        return "npy"
    if head[:4] == b"PAR1":
        return "parquet"
    if head[:19] == b"MATLAB 7.3 MAT-file":
        raise DataError(f"{file.name} is a MATLAB 7.3 file (HDF5): save it with “-v7”.")
    if head[:6] == b"MATLAB":
        return "mat"
    if is_picture(head):
        return "picture"
    if _begins_idx(head):
        return "idx"
    if head[_TAR_PLACE : _TAR_PLACE + len(_TAR)] == _TAR:
        return "tar"
    return _kind_inside(file, head)


def _kind_inside(file: NamedFile, head: bytes) -> Kind | None:
    """The kind of what is packed: a tar, an IDX file or a table by gzip, a tar by others."""
    inner = unpacked_head(head)
    if inner is None:
        return None
    if inner[_TAR_PLACE : _TAR_PLACE + len(_TAR)] == _TAR:
        return "tar"
    if head[:2] != b"\x1f\x8b":
        raise DataError(f"{file.name} is packed with {'bzip2' if head[:3] == b'BZh' else 'xz'}: unpack it first.")
    if _begins_idx(inner):
        return "idx"
    if words := what_it_is(inner):
        raise DataError(f"{file.name} {words}.")
    if inner[:4] in (b"PK\x03\x04", b"PAR1") or inner[:6] in (b"\x93NUMPY", b"MATLAB") or is_picture(inner):
        return "packed"
    return None


def unpacked_head(head: bytes) -> bytes | None:
    """The first bytes of what gzip, bzip2 or xz has packed; None for other files."""
    try:
        if head[:2] == b"\x1f\x8b":
            return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(head, _HEAD)
        if head[:3] == b"BZh":
            return bz2.BZ2Decompressor().decompress(head, _HEAD)
        if head[:6] == b"\xfd7zXZ\0":
            return lzma.LZMADecompressor(memlimit=100_000_000).decompress(head, _HEAD)
    except (zlib.error, OSError, lzma.LZMAError, EOFError):
        return b""
    return None


def _begins_idx(head: bytes) -> bool:
    return len(head) >= 4 and head[:2] == b"\0\0" and 8 <= head[2] <= 14 and 1 <= head[3] <= 4


def _kind_of_zip(file: NamedFile) -> Kind:
    """A zip, unless it is what another program keeps in a zip."""
    with file.open() as stream:
        try:
            with zipfile.ZipFile(stream) as archive:
                names = [info.filename for info in archive.infolist()[:200]]
        except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, OSError, UnicodeDecodeError):
            return "zip"
    if "[Content_Types].xml" in names:
        what = (
            "an Excel workbook: save its table as CSV"
            if any(n.startswith("xl/") for n in names)
            else ("an Office document: bring a table (CSV) or pictures")
        )
        raise DataError(f"{file.name} is {what}.")
    if "mimetype" in names and "content.xml" in names:
        raise DataError(f"{file.name} is an OpenDocument file: save its table as CSV.")
    if any(name.endswith("/data.pkl") or name == "data.pkl" for name in names):
        raise DataError(f"{file.name} is a file of PyTorch’s and {_PICKLE_WORDS.removeprefix('is ')}.")
    return "npz" if names and all(name.endswith(".npy") for name in names) else "zip"


def _is_table(file: NamedFile) -> bool:
    """Text with values in rows; a name in a sentence has no separators but blanks."""
    with open_text(file) as stream:
        text = stream.read(_HEAD)
    if not text or b"\0" in text:
        return False
    if is_arff(text):
        return True
    return any(mark in text for mark in (b",", b";", b"\t", b"|", b"\n")) or text.count(b" ") > 60
