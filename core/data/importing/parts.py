"""What is for training, validation or test, by the names of files and folders."""

import re
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Literal

Part = Literal["train", "val", "test"]

_WORDS = re.compile(r"t10k|[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_WORDS_OF: dict[Part, tuple[str, ...]] = {
    "train": ("train", "training", "trn"),
    "val": ("val", "valid", "validation", "dev"),
    "test": ("test", "testing", "tst", "t10k", "eval"),
}
_PARTS = {word: part for part, words in _WORDS_OF.items() for word in words}
# What is written together with them: ``testset``, ``trainimages``, ``xtrain``.
_JOINED = re.compile(
    r"^(?:[xy]|mnist)?(train|training|val|valid|validation|dev|test|testing|t10k)(?:set|images?|data|samples?|labels?)?$"
)
_SAMPLE = re.compile(r"samples?$", re.IGNORECASE)


@lru_cache(maxsize=1_000)  # Folders are asked about for each file in them.
def part_of_name(name: str) -> Part | None:
    """The part that a name speaks of, such as ``trainingSet``, ``mnist-train`` or ``x_test``; None if of none."""
    found = {
        _PARTS[match[1]]
        for word in _WORDS.findall(name)
        if (match := _JOINED.fullmatch(word.lower())) or (match := re.fullmatch(r"(trn|tst|eval)", word.lower()))
    }
    return found.pop() if len(found) == 1 else None


def part_of_path(path: PurePosixPath) -> Part | None:
    """The same of a file in folders; the name nearest to the file counts."""
    return next((part for name in reversed(path.parts) if (part := part_of_name(name))), None)


def is_sample_name(name: str) -> bool:
    """Whether a folder is called a sample of another one, as ``trainingSample`` is beside ``trainingSet``."""
    return any(_SAMPLE.search(word) for word in _WORDS.findall(name))
