"""FlatNetwork: a PyTorch network whose parameters are views into one vector."""

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.config import TrainConfig
from core.models.distillation import Lesson
from core.models.functional import chosen_initialisation


class FlatNetwork(nn.Module):
    """All parameters share one vector, and so do their gradients: an optimiser takes one step on one tensor.

    Attributes
    ----------
    flat_parameters, flat_gradient
        float32, shape ``(P,)``: every weight and bias, and what :meth:`backpropagate` wrote last.
    """

    flat_parameters: Tensor
    flat_gradient: Tensor

    def backpropagate(
        self, x: Tensor, targets: Tensor, generator: torch.Generator, logits: Tensor, lesson: Lesson | None = None
    ) -> None:
        """One forward and one backward pass of the mean loss.

        Writes the gradient into :attr:`flat_gradient` and the logits into ``logits``.

        Parameters
        ----------
        x
            float32, shape ``(B, 784)``: normalised pixels.
        targets
            float32, shape ``(B, K)``: one-hot labels, or mixtures of them.
        generator
            Source of the dropout masks.
        logits
            float32, shape ``(B, K)``, overwritten.
        lesson
            What a teacher says of the batch; the loss is then what :class:`Lesson` says.
        """
        raise NotImplementedError

    def copy_weights(self) -> dict[str, NDArray[np.float32]]:
        """Copies of all arrays of the network by name, on the processor."""
        return {name: tensor.detach().cpu().numpy().copy() for name, tensor in self._arrays().items()}

    @torch.no_grad()
    def load_weights(self, weights: Mapping[str, NDArray[np.float32]]) -> None:
        """Overwrite every array with that of the same name and shape."""
        for name, tensor in self._arrays().items():
            tensor.copy_(torch.from_numpy(np.asarray(weights[name], dtype=np.float32)))

    def to_device(self, device: torch.device) -> "FlatNetwork":
        """Move everything and restore the shared vectors, which ``nn.Module.to`` would split."""
        self.to(device)
        self.share_one_vector(device)
        return self

    def share_one_vector(self, device: torch.device) -> None:
        """Move parameters and gradients into the two vectors."""
        size = sum(p.numel() for p in self.parameters())
        self.flat_parameters = torch.empty(size, device=device)
        self.flat_gradient = torch.zeros(size, device=device)
        start = 0
        for parameter in self.parameters():
            end = start + parameter.numel()
            view = self.flat_parameters[start:end].view_as(parameter)
            view.copy_(parameter.data)
            parameter.data = view
            parameter.grad = self.flat_gradient[start:end].view_as(parameter)
            start = end

    def _arrays(self) -> dict[str, Tensor]:
        return {name: tensor for name, tensor in self.state_dict().items() if not name.endswith("num_batches_tracked")}


def draw_weights(layers: list[nn.Linear | nn.Conv2d], config: TrainConfig, generator: torch.Generator) -> None:
    """Initial weights as the config says, zero biases; ``uniform`` draws from ± ``initial_range``.

    ``auto`` is He for ReLU and Xavier for everything else.

    References
    ----------
    He et al. 2015, https://arxiv.org/abs/1502.01852; Glorot and Bengio 2010.
    """
    kind = chosen_initialisation(config.initialisation, config.activation)
    for layer in layers:
        if kind == "zeros":
            nn.init.zeros_(layer.weight)
        elif kind == "uniform":
            nn.init.uniform_(layer.weight, -config.initial_range, config.initial_range, generator=generator)
        elif kind == "he":
            nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu", generator=generator)
        else:
            nn.init.xavier_uniform_(layer.weight, generator=generator)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
