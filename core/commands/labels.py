"""``labels``: which labels of a dataset look wrong, and which training images are also held out."""

from argparse import Namespace
from typing import TYPE_CHECKING, Any

from core.commands.output import say, tell
from core.config import TrainConfig
from core.corrections import Correction
from core.errors import ConfigError
from core.settings import Settings

if TYPE_CHECKING:
    from core.data.dataset import ImageDataset, Splits
    from core.labels.examination import Examination

SETTINGS = ("dataset", "training_size", "validation_size", "test_size", "split_seed", "label_noise")
"""Settings of a training run that the command takes as well."""
USUAL_MOST = 100


def labels(options: Namespace) -> None:
    """Suspicious labels of the training images, the most suspicious first, then near-duplicates; a line each."""
    from core.data.catalogue import BUILT_IN, Catalogue, load_splits
    from core.labels.examination import PARTS, examination_of, examine_part
    from core.labels.held_out import training_images

    most = _most(options.most)
    # Every image, unless less is asked for.
    given = {name: value for name in SETTINGS if (value := getattr(options, name)) is not None}
    config = TrainConfig.from_mapping({"training_size": 1_000_000} | given)
    home = Settings.from_environment().home
    published = None if config.dataset in BUILT_IN else Catalogue(home).load(config.dataset)
    train = training_images(config, published)
    tell(f"{len(train):,} training images: each is read by a network that has not learned from it.")
    results = []
    for done, part in enumerate(PARTS, 1):
        results.append(examine_part(config, published, part))
        tell(f"{done} of {len(PARTS)} parts done.")
    found = examination_of(train, results)
    splits = load_splits(config.replace(label_noise=0.0).data_only(), published=published)
    _say_suspects(found, splits.train, most)
    _say_copies(found, splits, most)
    tell(
        f"About {found.estimate:,} labels look wrong according to confident learning; some of them belong to images "
        "that are merely hard to read."
    )
    if config.label_noise:
        _tell_found(found, splits.train, train, most)


def _say_suspects(found: "Examination", train: "ImageDataset", most: int) -> None:
    """The labels that were examined, and corrections of those that were published."""
    columns = (found.positions, found.labels, found.suggested, found.own, found.other)
    for position, label, suggested, own, other in list(zip(*(column.tolist() for column in columns), strict=True))[
        :most
    ]:
        index, published = int(train.file_indices[position]), int(train.labels[position])
        said: dict[str, Any] = {"kind": "label", "index": index, "label": label, "suggested": suggested}
        said |= {"label_probability": own, "suggested_probability": other}
        say(said | {"correction": str(Correction(index, published, suggested))})


def _say_copies(found: "Examination", splits: "Splits", most: int) -> None:
    from core.labels.examination import HELD_OUT

    for (place, position, training), distance in list(
        zip(found.copies.tolist(), found.distances.tolist(), strict=True)
    )[:most]:
        held_out, index = splits.named(HELD_OUT[place]), int(splits.train.file_indices[training])
        label = int(splits.train.labels[training])
        said = {"kind": "duplicate", "index": index, "label": label, "split": HELD_OUT[place].lower()}
        said |= {"other_index": int(held_out.file_indices[position]), "other_label": int(held_out.labels[position])}
        say(said | {"distance": distance, "correction": str(Correction(index, label, None))})


def _tell_found(found: "Examination", before: "ImageDataset", train: "ImageDataset", most: int) -> None:
    """How many of the labels that were changed at random are among the first."""
    changed = before.labels != train.labels
    count = int(changed[found.positions[:most]].sum())
    tell(f"{count:,} of {int(changed.sum()):,} labels that were changed at random are among the first {most:,}.")


def _most(text: str) -> int:
    from core.labels.ranking import MOST_LISTED

    if not (text.isascii() and text.isdigit() and len(text) <= 6 and 1 <= int(text) <= MOST_LISTED):
        raise ConfigError(f"--most must be a whole number from 1 to {MOST_LISTED:,}, not “{text[:40]}”.")
    return int(text)
