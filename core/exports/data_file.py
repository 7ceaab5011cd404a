"""The images that a run learned from, for a program of its own: MNIST’s four files, or one that goes with it."""

import numpy as np
from safetensors.numpy import save

from core.config import TrainConfig
from core.data.catalogue import Catalogue
from core.data.dataset import SourceDataset
from core.data.drawn import drawn_by
from core.errors import DataError
from core.exports.subject import Subject

IDX_FILES = tuple(
    f"{name}-ubyte.gz" for part in ("train", "t10k") for name in (f"{part}-images-idx3", f"{part}-labels-idx1")
)
FROM_IDX = ("mnist", "kaggle-42000")
"""Datasets that a program reads from the four files of MNIST."""
MOST_IMAGES = 100_000
"""79 MB. A file with more is not copied; its place is named instead."""


def data_files(config: TrainConfig) -> tuple[str, ...]:
    """Names of the files with the images that a run learned from."""
    return IDX_FILES if config.dataset in FROM_IDX else (f"{config.dataset}.safetensors",)


def data_file_bytes(subject: Subject, file: str) -> bytes | None:
    """A dataset’s file as the home has it; None for MNIST’s own, and for one that is large, drawn here or gone."""
    entry = subject.entry
    if not file.endswith(".safetensors") or entry is None or drawn_by(entry.name):
        return None
    if entry.images + entry.test_images > MOST_IMAGES:
        return None
    try:
        return _packed(Catalogue(subject.home).load(entry.name))
    except DataError:
        return None


def _packed(published: SourceDataset) -> bytes:
    parts = {"train": published.train} | ({"test": published.test} if published.test is not None else {})
    return save(
        {f"{part}.images": np.ascontiguousarray(images.images) for part, images in parts.items()}
        | {f"{part}.labels": np.ascontiguousarray(images.labels) for part, images in parts.items()}
    )
