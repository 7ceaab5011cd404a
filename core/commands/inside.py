"""``ablate`` and ``activations``: what is inside a network."""

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.commands.chosen import chosen_network, framing_of_dataset
from core.commands.output import say, tell
from core.data.apart import one_process
from core.errors import ConfigError, DataError
from core.settings import Settings

if TYPE_CHECKING:
    from core.explain.ablation import Ablation
    from core.models.numpy_model import NumpyModel
    from core.reading.sources import Found

SOME_UNREADABLE = 2


def ablate(options: Namespace) -> None:
    """Switch hidden units off, and say how the accuracy of each class changes on the run’s validation images."""
    from core.data.catalogue import load_splits
    from core.explain.ablation import Ablation, Held
    from core.explain.units import units_of

    model = chosen_network(options.run)
    units = units_of(options.units, model.config.hidden_widths)
    if not units:
        raise ConfigError("Name at least one unit, such as --units 1:17.")
    images = load_splits(model.config, Settings.from_environment().home).validation
    if not len(images):
        raise DataError("The run has no validation images to measure on.")
    say(_ablation(Ablation.of(Held.of(model, images), units)))


def _ablation(found: "Ablation") -> dict[str, Any]:
    before, after = found.before, found.after
    columns = (before.class_metrics.support, found.accuracies(before), found.accuracies(after))
    return {
        "run_id": before.run_id,
        "units": [str(unit) for unit in found.units],
        "part": "validation",
        "images": len(before.labels),
        "accuracy_before": before.accuracy,
        "accuracy": after.accuracy,
        "per_class": [
            {"label": label, "class_name": name, "images": images, "accuracy_before": with_all, "accuracy": without}
            for label, (name, images, with_all, without) in enumerate(
                zip(before.class_names, *(column.tolist() for column in columns), strict=True)
            )
        ],
    }


@one_process()
def activations(options: Namespace) -> int:
    """What every layer says about pictures of digits, or about the rows of tables; a line for each layer.

    Returns
    -------
    int
        2 if anything could not be read: a line on standard error says what and why.
    """
    from core.data.importing.named_file import NamedFile
    from core.reading.sources import Remark, Unreadable, read_sources

    model = chosen_network(options.run)
    files = (NamedFile(name, Path(name)) for name in options.images)
    code = 0
    for read in read_sources(files, framing_of_dataset(model.config.dataset)):
        if isinstance(read, Unreadable):
            code = SOME_UNREADABLE
        if isinstance(read, Unreadable | Remark):
            tell(read.sentence)
            continue
        for line in _layers(read, model):
            say(line)
    return code


def _layers(found: "Found", model: "NumpyModel") -> Iterator[dict[str, Any]]:
    """Of a CNN what its convolutions find first, then every hidden layer, then the logits."""
    said = [values[0] for values in model.layers(found.image[None])]
    place = {"path": found.path} | ({} if found.row is None else {"image": found.row})
    for layer, values in enumerate(said):
        kind = "features" if layer == 0 else "hidden" if layer < len(said) - 1 else "logits"
        if layer or model.config.architecture == "cnn":
            yield place | {"layer": layer, "kind": kind, "values": values.tolist()}
