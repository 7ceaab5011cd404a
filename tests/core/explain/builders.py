"""Networks and images that tests of explanations share."""

import numpy as np
import torch

from core.config import TrainConfig
from core.data.dataset import Normalisation
from core.models.build import build_network
from core.models.numpy_model import NumpyModel

NORMALISATION = Normalisation(0.13, 0.31)


def images(count: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (count, 28, 28), dtype=np.uint8)


def networks(config: TrainConfig) -> tuple[torch.nn.Module, NumpyModel]:
    """The same network twice; what batch normalisation has gathered is not what it began with."""
    network = build_network(config)
    network.initialise(torch.Generator().manual_seed(5))
    random = torch.Generator().manual_seed(6)
    with torch.no_grad():
        for name, buffer in network.named_buffers():
            if "running" in name:
                buffer.copy_(torch.rand(buffer.shape, generator=random) + 0.5)
    network.eval()
    return network, NumpyModel("a-run", config, network.copy_weights(), NORMALISATION)
