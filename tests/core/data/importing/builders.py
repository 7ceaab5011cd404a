"""Small files in every format that is imported, made by hand so that nothing of the product writes what it reads."""

import gzip
import io
import struct
from collections.abc import Mapping

import numpy as np
from PIL import Image

from core.data.importing.named_file import NamedFile
from soak.fuzzed.specimens import tarred, zipped

HEADER = "label," + ",".join(f"pixel{index}" for index in range(784))


def digits(count: int, *, seed: int = 0, classes: int = 10, side: int = 28) -> tuple[np.ndarray, np.ndarray]:
    """Images with a dark border, every class there, no two alike."""
    generator = np.random.default_rng(seed)
    images = np.zeros((count, side, side), np.uint8)
    images[:, 2:-2, 2:-2] = generator.integers(0, 256, (count, side - 4, side - 4))
    return images, np.arange(count, dtype=np.int64) % classes


def csv_text(images: np.ndarray, labels: np.ndarray | None, header: str | None = None) -> str:
    rows = [",".join(map(str, image.ravel())) for image in images]
    if labels is not None:
        rows = [f"{label},{row}" for label, row in zip(labels, rows, strict=True)]
    header = (HEADER if labels is not None else HEADER.removeprefix("label,")) if header is None else header
    return "\n".join(([header] if header else []) + rows) + "\n"


def csv_file(text: str | bytes, name: str = "train.csv") -> NamedFile:
    return NamedFile(name, text if isinstance(text, bytes) else text.encode())


def idx_bytes(array: np.ndarray, *, zipped: bool = False) -> bytes:
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    content = header + array.astype(np.uint8).tobytes()
    return gzip.compress(content) if zipped else content


def png(image: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


zip_bytes = zipped


def tar_bytes(members: Mapping[str, bytes], mode: str = "w:gz") -> bytes:
    return tarred(members, mode)


def picture_members(count: int = 20, classes: tuple[str, ...] = ("cat", "dog"), prefix: str = "") -> dict[str, bytes]:
    images, labels = digits(count, classes=len(classes))
    return {
        f"{prefix}{classes[label]}/{index}.png": png(image)
        for index, (image, label) in enumerate(zip(images, labels, strict=True))
    }
