"""Sentences and numbers as people read them, the same on every page."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from core.config import TrainConfig
from core.data.dataset import DatasetEntry
from core.data.split_sizes import split_sizes
from core.models.shapes import filter_counts, layer_widths, parameter_count

# Read as text, these still become icons, emoji, links and arrows: no backslash helps, a character in between does.
_JOINER = "\u2060"
_READ_AS_TEXT = re.compile(
    r":(?=[\w+/-]+:|//)|@(?=\w)|\bwww(?=\.)|(?<!\S)(?:<(?=->(?!\S))|[-<>~](?==(?!\S))|[-<](?=[->](?!\S)))",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"[\\`*_\[\]$~<>|&]|:(?=\S)|^[ \t]*(?:[-=]+|\+|#+|\d+[.)])(?=\s|$)", re.MULTILINE)


def describe(config: TrainConfig, seconds: float | None, entry: DatasetEntry | None = None) -> str:
    """One sentence on what the network is and how long it will take.

    Parameters
    ----------
    entry
        The dataset that the config names; the embedded MNIST if left out.
    """
    classes = 10 if entry is None else len(entry.class_names)
    widths = " – ".join(f"{width:,}" for width in layer_widths(config, classes))
    time = "" if seconds is None else f", about **{duration(seconds)}** on this machine"
    epochs = "1 epoch" if config.epochs == 1 else f"{config.epochs} epochs"
    images = config.training_size if entry is None else split_sizes(config, entry).train
    return (
        f"{_from_to(config, entry)} through {_layers(config)}: **{widths}**, "
        f"**{parameter_count(config, classes):,} parameters**, {epochs} over {images:,} images{_of(config, entry)}"
        f"{_backend(config)}{time}."
    )


def item(class_names: Sequence[str]) -> str:
    """What one image shows: ``digit``, ``letter``, or ``image`` where it is neither."""
    if all(name.isascii() and name.isdigit() and len(name) == 1 for name in class_names):
        return "digit"
    return "letter" if all(len(name) == 1 and name.isalpha() for name in class_names) else "image"


def one(what: str) -> str:
    """The word with its article: ``a digit``, ``an image``."""
    return f"{'an' if what[:1] in 'aeiou' else 'a'} {what}"


def listed(names: Sequence[str], most: int = 12) -> str:
    """Names separated by commas; beyond ``most``, how many more there are."""
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def dataset_titles(entries: Iterable[DatasetEntry]) -> dict[str, str]:
    """Titles by name, no two alike: where several have one title, imported ones get the end of their name as well."""
    by_name = {entry.name: entry for entry in entries}
    marks = {name: name.rpartition("-")[2] for name, entry in by_name.items() if not entry.is_built_in}
    return told_apart({name: entry.title for name, entry in by_name.items()}, marks)


def told_apart(labels: Mapping[str, str], marks: Mapping[str, str]) -> dict[str, str]:
    """The labels, those that occur more than once with their mark in brackets: a select box knows options by label.

    Parameters
    ----------
    labels, marks
        By the same keys, which are what serves where the marks are alike as well. What has no mark keeps its label.
    """
    told = dict(labels)
    for tails in (marks, {key: key for key in marks}):
        often = Counter(told.values())
        told |= {key: f"{told[key]} ({tail})" for key, tail in tails.items() if often[told[key]] > 1}
    return told


def loss_unit(config: TrainConfig) -> str:
    """What the loss is counted in: nats per image; squared errors have no unit."""
    return "nats per image" if config.loss == "cross_entropy" else ""


def escape_markdown(text: str) -> str:
    """Markdown that shows the text as the characters it is: a name, a title or a value that somebody typed."""
    joined = _READ_AS_TEXT.sub(lambda read: read[0] + _JOINER, text)
    return _MARKUP.sub(lambda read: f"{read[0][:-1]}\\{read[0][-1]}", joined)


def duration(seconds: float) -> str:
    """Seconds as ``4 s``, ``12 min`` or ``1.5 h``."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def megabytes(size: int) -> str:
    """Bytes as ``0.4 MB``, ``12 MB`` or ``2.0 GB``."""
    if size >= 10**9:
        return f"{size / 10**9:.1f} GB"
    return f"{size / 10**6:.0f} MB" if size >= 10**7 else f"{size / 10**6:.1f} MB"


def _from_to(config: TrainConfig, entry: DatasetEntry | None) -> str:
    if entry is None or config.dataset == TrainConfig().dataset:
        return "Pixels to digits"
    what = item(entry.class_names)
    return f"Pixels to {len(entry.class_names)} {'classes' if what == 'image' else what + 's'}"


def _layers(config: TrainConfig) -> str:
    count = len(config.hidden_widths)
    layers = {0: "no hidden layer", 1: "one hidden layer"}.get(count, f"{count} hidden layers")
    filters = " and ".join(map(str, filter_counts(config)))
    return f"two convolutions (CNN, {filters} filters) and {layers}" if filters else layers


def _of(config: TrainConfig, entry: DatasetEntry | None) -> str:
    return "" if entry is None or config.dataset == TrainConfig().dataset else f" of **{escape_markdown(entry.title)}**"


def _backend(config: TrainConfig) -> str:
    return ", by NumPy from scratch" if config.backend == "numpy" else ""
