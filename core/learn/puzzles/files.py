"""Puzzles on files: downloads that end early, magic numbers, pieces of 128 bytes."""

import contextlib
import gzip
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from core.atomic import write_atomically
from core.data.idx import read_idx
from core.data.mnist import MNIST_DIRECTORY
from core.errors import DataError
from core.learn.puzzles.puzzle import TUTORIAL, Finding, Puzzle, Reading

IMAGES, LABELS = "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"
TRAINING = "train-images-idx3-ubyte.gz"
Receive = Callable[[Path, Iterator[bytes]], None]


def measure_half_download() -> Finding:
    """Lose the connection in the middle of the first download, and start three times."""
    whole = (MNIST_DIRECTORY / IMAGES).read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        careless, careful = (Path(folder) / f"{way}-{IMAGES}" for way in ("careless", "careful"))
        downloads = [
            _three_starts(careless, whole, _write_as_it_comes),
            _three_starts(careful, whole, _write_when_whole),
        ]
        complaints = [_complaint_of_gzip(path) for path in (careless, careful)]
        missing = [len(whole) - path.stat().st_size for path in (careless, careful)]
        ours = _complaint_of_reader(careless)
    readings = (
        Reading("Downloads started in three runs", downloads[0], downloads[1]),
        Reading("Bytes that are missing after them", missing[0], missing[1]),
        Reading("What reading the file says", complaints[0], complaints[1]),
        Reading("What Digit Lab says of the half file", "–", ours),
    )
    return Finding(
        readings,
        f"The file is there, so nothing is downloaded again: {missing[0]:,} bytes stay missing until somebody deletes "
        "it by hand.",
    )


def measure_magic_number() -> Finding:
    """Read the images as labels, the way the tutorial reads labels: skip eight bytes, take the rest."""
    content = gzip.decompress((MNIST_DIRECTORY / IMAGES).read_bytes())
    labels = np.frombuffer(content, np.uint8, offset=8)
    as_it_says = read_idx(MNIST_DIRECTORY / IMAGES)
    readings = (
        Reading("Shape of what is read", str(labels.shape), str(as_it_says.shape)),
        Reading("Largest “label”", int(labels.max()), int(read_idx(MNIST_DIRECTORY / LABELS).max())),
        Reading("First four bytes", content[:4].hex(" "), _first_bytes(LABELS)),
    )
    return Finding(
        readings,
        f"{len(labels):,} pixels pass for labels up to {labels.max()}; the fourth byte, {content[3]} dimensions "
        "instead of 1, would have given it away.",
    )


def measure_tiny_chunks(piece: int = 128, right_piece: int = 1 << 20) -> Finding:
    """Copy the largest file in pieces of both sizes, three times each; the fastest counts."""
    source = MNIST_DIRECTORY / TRAINING
    with tempfile.TemporaryDirectory() as folder:
        seconds = [_copying_seconds(source, Path(folder) / "copy", size) for size in (piece, right_piece)]
    counts = [-(-source.stat().st_size // size) for size in (piece, right_piece)]
    readings = (
        Reading("Pieces", counts[0], counts[1]),
        Reading("Milliseconds to copy", 1000 * seconds[0], 1000 * seconds[1], ",.1f"),
    )
    return Finding(
        readings,
        f"{counts[0]:,} passes through the loop instead of {counts[1]}, which take {seconds[0] / seconds[1]:.1f} times "
        f"as long: {1000 * (seconds[0] - seconds[1]):.0f} ms more for the whole file. Nobody notices that beside the "
        "time it takes to arrive over a network.",
    )


def _three_starts(path: Path, content: bytes, receive: Receive) -> int:
    """How many of three starts begin a download, when the first one is interrupted in the middle."""
    downloads = 0
    for _ in range(3):
        if not path.exists():
            downloads += 1
            with contextlib.suppress(ConnectionError):
                receive(path, _stream(content, breaks=downloads == 1))
    return downloads


def _stream(content: bytes, *, breaks: bool) -> Iterator[bytes]:
    yield content[: len(content) // 2]
    if breaks:
        raise ConnectionError("The connection was lost.")
    yield content[len(content) // 2 :]


def _write_as_it_comes(path: Path, pieces: Iterator[bytes]) -> None:
    with path.open("wb") as file:
        for piece in pieces:
            file.write(piece)


def _write_when_whole(path: Path, pieces: Iterator[bytes]) -> None:
    write_atomically(path, b"".join(pieces))


def _first_bytes(name: str) -> str:
    with gzip.open(MNIST_DIRECTORY / name, "rb") as file:
        return file.read(4).hex(" ")


def _complaint_of_gzip(path: Path) -> str:
    try:
        with gzip.open(path, "rb") as file:
            file.read()
    except EOFError as error:
        return f"EOFError: {error}"
    return "nothing"


def _complaint_of_reader(path: Path) -> str:
    try:
        read_idx(path)
    except DataError as error:
        return str(error)
    return "nothing"


def _copying_seconds(source: Path, target: Path, size: int) -> float:
    best = float("inf")
    for _ in range(3):
        started = time.perf_counter()
        with source.open("rb") as reader, target.open("wb") as writer:
            while piece := reader.read(size):
                writer.write(piece)
        best = min(best, time.perf_counter() - started)
    return best


PUZZLES = (
    Puzzle(
        slug="half-download",
        title="The file is there",
        document=TUTORIAL,
        quotation='if not os.path.exists(fpath):\n    …\n    with open(fpath, "wb") as fh:\n'
        "        for chunk in resp.iter_content(chunk_size=128):\n            fh.write(chunk)",
        question="The connection is lost in the middle of the download. What happens at the next start?",
        choices=(
            "It resumes where it stopped.",
            "It downloads the file again.",
            "The half file exists, so it is taken for the whole one, at every start.",
        ),
        answer=2,
        explanation="A file that exists is not necessarily complete. Write to a temporary name, check size or "
        "checksum, and only then move the file into place; then a file in the folder is always a whole one. Digit Lab "
        "checks the SHA-256 of every MNIST file when it reads it, and says in one sentence what is wrong with it.",
        measure=measure_half_download,
        doing="Cut a file in the middle and start three times",
        code="core.atomic:replacing",
    ),
    Puzzle(
        slug="magic-number",
        title="Sixteen bytes that nobody looks at",
        document=TUTORIAL,
        quotation="mnist_dataset[key] = np.frombuffer(mnist_file.read(), np.uint8, offset=8)",
        question="Labels begin after eight bytes. What if the file holds something else?",
        choices=(
            "NumPy recognises the wrong file and raises an error.",
            "Whatever the file holds is taken for labels: the header that would tell is skipped.",
            "The labels come out in another order.",
        ),
        answer=1,
        explanation="The first four bytes of an IDX file are its magic number: two zeros, the type of the values (08 "
        "for bytes) and the number of dimensions; the sizes follow. Labels begin with 00 00 08 01, images with "
        "00 00 08 03. Skipping them means that two swapped names go unnoticed until the training makes no sense.",
        measure=measure_magic_number,
        doing="Read the images as labels",
        code="core.data.idx:_read_header",
    ),
    Puzzle(
        slug="tiny-chunks",
        title="128 bytes at a time",
        document=TUTORIAL,
        quotation="for chunk in resp.iter_content(chunk_size=128):\n    fh.write(chunk)",
        question="The training images are 9.9 MB. What does chunk_size=128 do?",
        choices=(
            "It keeps memory low, at no cost.",
            "It runs a Python loop tens of thousands of times where ten would do.",
            "It writes only the first 128 bytes.",
        ),
        answer=1,
        explanation="Reading in pieces keeps memory low, and pieces of a mebibyte keep it low enough. Pieces of 128 "
        "bytes run the loop for every sixth of an image, and each pass has a cost of its own. For 10 MB that amounts "
        "to milliseconds, so the line is untidy rather than slow; for gigabytes, or with more work in the loop, it "
        "would matter.",
        measure=measure_tiny_chunks,
        doing="Copy the file in pieces of 128 bytes and of 1 MiB",
        code="core.data.idx:_fill",
    ),
)
