"""The data sets that a TrainConfig can name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from core.config import TrainConfig
from core.data.dataset import ImageDataset, Splits
from core.data.mnist import MnistSplit, load_mnist
from core.data.splits import make_splits
from core.errors import DataError


@dataclass(frozen=True)
class DatasetSource:
    """A data set that can be loaded by name."""

    name: str
    title: str
    description: str
    load: Callable[[MnistSplit], ImageDataset]


DATASETS: Mapping[str, DatasetSource] = MappingProxyType(
    {
        "mnist": DatasetSource(
            "mnist",
            "MNIST",
            "70,000 handwritten digits, 28×28 grey pixels: 60,000 for training and validation, 10,000 for the test.",
            load_mnist,
        ),
    }
)


def load_splits(config: TrainConfig) -> Splits:
    """Training, validation and test images that this training uses.

    Raises
    ------
    DataError
        If the data set is unknown, missing or damaged.
    """
    source = DATASETS.get(config.dataset)
    if source is None:
        raise DataError(f"There is no data set called “{config.dataset}”; there are: {', '.join(DATASETS)}.")
    return make_splits(
        source.load("train"),
        source.load("test"),
        training_size=config.training_size,
        split_seed=config.split_seed,
    )
