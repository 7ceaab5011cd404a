"""The images that a run learned from, for a program of its own: MNIST’s four files, or one that goes with it."""

import numpy as np
from safetensors.numpy import save

from core.config import TrainConfig
from core.data.catalogue import FOLDER, Catalogue
from core.data.drawn import drawn_by, may_see
from core.errors import DigitLabError
from core.exports.subject import Subject

IDX_FILES = tuple(
    f"{name}-ubyte.gz" for part in ("train", "t10k") for name in (f"{part}-images-idx3", f"{part}-labels-idx1")
)
FROM_IDX = ("mnist", "kaggle-42000")
"""Datasets that a program reads from the four files of MNIST."""
MOST_IMAGES = 100_000
"""79 MB. A file with more is not copied; its place is named instead."""
LOST = "whose images are missing or damaged here"
NOT_YOURS = "whose images only the person who drew them can export"


def data_files(dataset: str, run_id: str) -> tuple[str, ...]:
    """Names of the files with the images that a run learned from."""
    if dataset in FROM_IDX:
        return IDX_FILES
    # The home’s file may hold drawings alone, without the images beside them: it is not what the program reads.
    return (f"{run_id}-images.safetensors" if drawn_by(dataset) else f"{dataset}.safetensors",)


def files_in_words(files: tuple[str, ...]) -> str:
    """The same, for a sentence."""
    return files[0] if len(files) == 1 else "MNIST’s four IDX files"


def place_of_images(dataset: str, catalogue: Catalogue) -> str:
    """Where those files are, for the end of a sentence; empty where they go with the program.

    Only headers are read, so that a page can say it: whether the images can be read shows when they are.
    """
    if dataset in FROM_IDX:
        return "in data/mnist of Digit Lab"
    if not may_see(dataset, catalogue.viewer):
        return NOT_YOURS
    try:
        entry = catalogue.entry(dataset)
        if entry.beside:
            catalogue.entry(TrainConfig.from_json(entry.beside).dataset)
    except DigitLabError:
        return LOST
    # Drawings with the images beside them are in no file that could be named instead.
    is_large = entry.images + entry.test_images > MOST_IMAGES and not entry.beside
    return f"in the folder {FOLDER} of DIGITLAB_HOME" if is_large else ""


def place_for(subject: Subject) -> str:
    """The same for a run that is exported, its images read if they go with it."""
    place = place_of_images(subject.config.dataset, Catalogue(subject.home, subject.viewer))
    return place or ("" if subject.published is not None else LOST)


def data_file_bytes(subject: Subject) -> bytes | None:
    """The file that goes with a program: the images as they are loaded. None where there is none."""
    published = None if place_for(subject) else subject.published
    if published is None:
        return None
    parts = {"train": published.train} | ({"test": published.test} if published.test is not None else {})
    return save(
        {f"{part}.images": np.ascontiguousarray(images.images) for part, images in parts.items()}
        | {f"{part}.labels": np.ascontiguousarray(images.labels) for part, images in parts.items()}
    )
