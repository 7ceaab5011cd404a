"""The first bytes of files: which kind begins so, and what people call those that cannot be read."""

import bz2
import lzma
import re
import zlib
from typing import Literal

Kind = Literal["folder", "zip", "tar", "idx", "table", "npz", "npy", "mat", "parquet", "picture", "packed"]
"""``packed``: one file, gzipped, that is none of the others as it is."""

HEAD = 4096
"""Bytes that are enough to tell."""
GZIP = b"\x1f\x8b"
PICKLE_WORDS = (
    "is a pickle, which can run any program when it is opened, and is never read: save its arrays with NumPy’s savez"
)

_BEGINNINGS: tuple[tuple[bytes, Kind], ...] = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\x93NUMPY", "npy"),
    (b"PAR1", "parquet"),
    (b"MATLAB", "mat"),
    (b"\x89PNG\r\n\x1a\n", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"GIF8", "picture"),
    (b"BM", "picture"),
    (b"II*\0", "picture"),
    (b"MM\0*", "picture"),
)
_TAR_PLACE, _TAR = 257, b"ustar"
_HEIF = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs")
_EITHER = (b"mif1", b"msf1")
# Fujifilm, Panasonic, Olympus; those of Canon and Adobe are TIFF files, with a word of their own.
_RAW = (b"FUJIFILMCCD-RAW", b"IIU\0", b"IIRO")
RAW_WORDS = "is a camera’s raw photo (such as DNG): export it as JPEG"

# What begins a file, and what people call it.
_NAMED: tuple[tuple[bytes, str], ...] = (
    (b"MATLAB 7.3 MAT-file", "is a MATLAB 7.3 file (HDF5): save it with “-v7”"),
    *((beginning, RAW_WORDS) for beginning in _RAW),
    (b"7z\xbc\xaf\x27\x1c", "is a 7z archive: unpack it, and import its files or a zip of them"),
    (b"Rar!\x1a\x07", "is a RAR archive: unpack it, and import its files or a zip of them"),
    (b"\x28\xb5\x2f\xfd", "is packed with Zstandard: unpack it first"),
    (b"\xd0\xcf\x11\xe0", "is an old Excel or Office file: save its table as CSV"),
    (b"\x89HDF\r\n", "is an HDF5 file: save its arrays with NumPy’s savez (npz), or in MATLAB with “-v7”"),
    (b"version https://git-lfs", "is a Git LFS pointer, not the data: fetch the file itself with “git lfs pull”"),
    (b"ARROW1", "is an Arrow file: save it as Parquet or CSV"),
    (b"FEA1", "is a Feather file: save it as Parquet or CSV"),
    (b"SQLite format 3", "is an SQLite database: export its table as CSV"),
    (b"%PDF", "is a PDF: export its pages as PNG or JPEG"),
    (b"RDX", "is an R file: write its table with write.csv"),
    (b"X\n\0", "is an R file: write its table with write.csv"),
    (b"\x1aE\xdf\xa3", "is a video: import pictures"),
    (b"8BPS", "is a Photoshop file: export it as PNG"),
    (b"gimp xcf", "is a GIMP file: export it as PNG"),
    (b"\0\0\0\x0cjP  ", "is a JPEG 2000 picture: save it as PNG or JPEG"),
    (b"\xff\x4f\xff\x51", "is a JPEG 2000 picture: save it as PNG or JPEG"),
    (b"\0\0\0\x0cJXL ", "is a JPEG XL picture: save it as PNG or JPEG"),
    (b"\0\0\x01\0", "is an icon (ICO): save it as PNG"),
    (b"%!PS", "is a PostScript file: export it as PNG"),
    (b"SIMPLE  =", "is a FITS file: save its arrays with NumPy’s savez (npz)"),
)
# What ends a comment cannot be inside it: “.*?” could, and would leave 2ⁿ ways to divide n comments, all of them tried.
_BEFORE_MARKUP = rb"\s*(<\?xml[^>]*>\s*)?(<!--([^-]|-(?!->))*-->\s*)*"
_WEB = re.compile(_BEFORE_MARKUP + rb"<(!doctype\s+html|html|head|body)", re.IGNORECASE)
_SVG = re.compile(_BEFORE_MARKUP + rb"(<!doctype\s+svg[^>]*>\s*)?<svg", re.IGNORECASE)
_PORTABLE = re.compile(rb"P[1-7][ \t\r\n]+(#[^\n]*\n\s*)*(\d+\s|WIDTH)")
_PICKLE = re.compile(rb"\x80[\x02-\x05][\x95cX}\](\x8a\x8c.]|\(dp0|\(lp0|c(__builtin__|numpy|copy_reg)", re.DOTALL)
_LIBSVM = re.compile(rb"[+-]?\d+(\.\d+)?( \d+:[\d.e+-]+){3}")
_TOLD_BY_PATTERN = (
    (_PICKLE, PICKLE_WORDS),
    (_PORTABLE, "is a PBM, PGM or PPM picture: save it as PNG"),
    (_SVG, "is an SVG drawing: export it as PNG"),
    (_WEB, "is a web page, not the file: the download returned a page, so download it again"),
    (_LIBSVM, "is a sparse LIBSVM table: write it as CSV, with all 784 pixels of each image"),
)


def kind_begun(head: bytes) -> Kind | None:
    """The kind whose files begin so; None for text, for what is packed, and for what cannot be read."""
    if what_it_is(head) is not None:
        return None
    if is_picture(head):
        return "picture"
    if len(head) >= 4 and head[:2] == b"\0\0" and 8 <= head[2] <= 14 and 1 <= head[3] <= 4:
        return "idx"
    if head[_TAR_PLACE : _TAR_PLACE + len(_TAR)] == _TAR:
        return "tar"
    return next((kind for beginning, kind in _BEGINNINGS if head.startswith(beginning)), None)


def what_it_is(head: bytes) -> str | None:
    """What cannot be read, in words that follow its name, with the way out; None for what nobody knows."""
    if head[8:10] == b"CR" and head.startswith((b"II*\0", b"MM\0*")):
        return RAW_WORDS
    for magic, words in _NAMED:
        if head.startswith(magic):
            return words
    for pattern, words in _TOLD_BY_PATTERN:
        if pattern.match(head):
            return words
    if head.lstrip()[:1] == b"{" and b'"' in head:
        return "is a JSON file: write its images as CSV, or download the file again if it should be another one"
    return None


def is_picture(head: bytes) -> bool:
    """Whether bytes begin as a picture does, of any kind that is known."""
    if (head[:4] == b"RIFF" and head[8:12] == b"WEBP") or is_heif(head) or is_avif(head):
        return True
    return any(kind == "picture" and head.startswith(beginning) for beginning, kind in _BEGINNINGS)


def is_heif(head: bytes) -> bool:
    """Whether bytes begin as the photographs of iPhones do (HEIC, HEIF)."""
    brand = head[8:12] if head[4:8] == b"ftyp" else b""
    return brand in _HEIF or (brand in _EITHER and not is_avif(head))


def is_avif(head: bytes) -> bool:
    """Whether bytes begin as an AVIF picture does."""
    if head[4:8] != b"ftyp":
        return False
    brands = [head[place : place + 4] for place in range(8, min(int.from_bytes(head[:4]), len(head)), 4)]
    return brands[:1] in ([b"avif"], [b"avis"]) or (head[8:12] in _EITHER and b"avif" in brands)


def unpacked_head(head: bytes) -> bytes | None:
    """The first bytes of what gzip, bzip2 or xz has packed; None for other files."""
    try:
        if head[:2] == GZIP:
            return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(head, HEAD)
        if head[:3] == b"BZh":
            return bz2.BZ2Decompressor().decompress(head, HEAD)
        if head[:6] == b"\xfd7zXZ\0":
            return lzma.LZMADecompressor(memlimit=100_000_000).decompress(head, HEAD)
    except (zlib.error, OSError, lzma.LZMAError, EOFError):
        return b""
    return None
