"""The PyTorch network that a config describes."""

from core.config import TrainConfig
from core.models.autograd import AutogradNetwork
from core.models.mlp import MLP
from core.models.shapes import layer_widths


def build_network(config: TrainConfig, classes: int = 10) -> MLP | AutogradNetwork:
    """The network, its weights not yet drawn: gradients by hand where that is faster, else by autograd."""
    if config.architecture == "cnn" or config.batch_norm:
        return AutogradNetwork(config, classes)
    return MLP(layer_widths(config, classes), config)
