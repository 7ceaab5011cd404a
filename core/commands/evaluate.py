"""``evaluate``: how good a run is on the test images of a dataset."""

from argparse import Namespace
from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

from core.commands.chosen import chosen_network, count_look
from core.commands.output import say, tell
from core.config import TrainConfig
from core.data.dataset import DIGIT_NAMES
from core.settings import Settings

if TYPE_CHECKING:
    from core.analysis.predictions import Predictions
    from core.data.testing import TestImages
    from core.models.numpy_model import NumpyModel


def evaluate(options: Namespace) -> None:
    """Accuracy, per-class metrics and confusion matrix of a run on the test images of a dataset, by default its own.

    A dataset without a test set apart is used whole, unless the run has learned from it.
    """
    from core.analysis.predictions import Predictions
    from core.data.testing import images_to_test_on, seen_in_training

    model, home = chosen_network(options.run), Settings.from_environment().home
    dataset = options.dataset or model.config.dataset
    tested = images_to_test_on(model.config, model.class_names, dataset, home)
    images = tested.images
    predictions = Predictions(model.run_id, model.probabilities(images.images), images.labels, model.class_names)
    if tested.is_own:
        count_look(options.run, model)
    else:
        tell(f"Tested on {tested.words} of {dataset}.")
        if seen := seen_in_training(_lineage(model), images, home):
            tell(f"{seen:,} of them were also used to train or select the run.")
    say(_evaluation(predictions, dataset, tested))


def _evaluation(predictions: "Predictions", dataset: str, tested: "TestImages") -> dict[str, Any]:
    names, metrics = predictions.class_names, predictions.class_metrics
    columns = {name: getattr(metrics, name).tolist() for name in ("precision", "recall", "f1", "support")}
    return {
        "run_id": predictions.run_id,
        "dataset": dataset,
        "part": tested.part.value,
        "images": len(tested.images),
        "test_accuracy": predictions.accuracy,
        "per_class": [
            {"label": label}
            | ({"class_name": class_name} if names != DIGIT_NAMES else {})
            | {name: values[label] for name, values in columns.items()}
            for label, class_name in enumerate(names)
        ],
        "confusion_matrix": predictions.confusion_matrix.tolist(),
    }


def _lineage(model: "NumpyModel") -> Sequence[TrainConfig]:
    """The settings of the run and of those that it started from."""
    from core.runs.lineage import lineage
    from core.runs.store import RunStore

    if not model.config.start_from:
        return (model.config,)
    with closing(RunStore(Settings.from_environment())) as store:
        return lineage(store, model.config)
