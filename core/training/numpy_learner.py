"""NumpyLearner: the training of a network by NumPy alone."""

from core.config import TrainConfig
from core.data.dataset import Splits
from core.training.learner import Learner


def numpy_learner(config: TrainConfig, splits: Splits) -> Learner:
    """See :class:`core.training.learner.Learner`."""
    raise NotImplementedError
