"""The multilayer perceptron in PyTorch, with its backward pass written out.

Autograd is the oracle of the tests, not the engine: on layers this small its bookkeeping takes longer than the
arithmetic (see ``docs/adr/0003-gradients-by-hand.md``).
"""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.config import Activation, TrainConfig

_FORWARD = {"relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid}


class MLP(nn.Module):
    """Linear layers with an activation, and dropout, after each but the last.

    All parameters are views into one vector, and so are their gradients: an optimiser takes one step on one
    tensor instead of one per layer.

    Parameters
    ----------
    widths
        Units per layer from input to output, for instance ``(784, 128, 10)``.
    dropout
        Share of hidden units silenced in each training step, 0–0.9.

    Attributes
    ----------
    flat_parameters, flat_gradient
        float32, shape ``(P,)``: every weight and bias, and what :meth:`backpropagate` wrote last.
    """

    flat_parameters: Tensor
    flat_gradient: Tensor

    def __init__(self, widths: tuple[int, ...], activation: Activation = "relu", dropout: float = 0.0) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(inputs, outputs) for inputs, outputs in pairwise(widths))
        self.activation: Activation = activation
        self.dropout = dropout
        self._share_one_vector(torch.device("cpu"))

    def initialise(self, generator: torch.Generator) -> None:
        """He (ReLU) or Xavier (tanh, sigmoid) uniform weights and zero biases.

        References
        ----------
        He et al. 2015, https://arxiv.org/abs/1502.01852; Glorot and Bengio 2010.
        """
        for layer in self._linear():
            if self.activation == "relu":
                nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu", generator=generator)
            else:
                nn.init.xavier_uniform_(layer.weight, generator=generator)
            nn.init.zeros_(layer.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Logits ``(B, K)`` of normalised pixels ``(B, 784)``, without dropout."""
        *hidden, last = self._linear()
        for layer in hidden:
            x = _FORWARD[self.activation](layer(x))
        logits: Tensor = last(x)
        return logits

    def backpropagate(self, x: Tensor, targets: Tensor, generator: torch.Generator, logits: Tensor) -> None:
        """One forward and one backward pass of the mean cross entropy.

        Writes the gradient into :attr:`flat_gradient` and the logits into ``logits``.

        Parameters
        ----------
        x
            float32, shape ``(B, 784)``: normalised pixels.
        targets
            float32, shape ``(B, K)``: one-hot labels.
        generator
            Source of the dropout masks.
        logits
            float32, shape ``(B, K)``, overwritten.
        """
        inputs, outputs, masks = [x], [], []
        last = len(self._tensors) - 1
        for _, transposed, bias, _, _ in self._tensors[:-1]:
            a = self._activate(torch.addmm(bias, inputs[-1], transposed))
            outputs.append(a)
            if self.dropout:
                masks.append(torch.empty_like(a).bernoulli_(1 - self.dropout, generator=generator))
                a = a * masks[-1].div_(1 - self.dropout)
            inputs.append(a)
        _, transposed, bias, _, _ = self._tensors[last]
        torch.addmm(bias, inputs[-1], transposed, out=logits)
        # dL/dz = (softmax(z) − y) / B
        delta = torch.softmax(logits, 1).sub_(targets).mul_(1 / len(x))
        for index in range(last, -1, -1):
            weight, _, _, weight_gradient, bias_gradient = self._tensors[index]
            torch.mm(delta.t(), inputs[index], out=weight_gradient)
            torch.sum(delta, 0, out=bias_gradient)
            if index:
                delta = torch.mm(delta, weight)
                if self.dropout:
                    delta.mul_(masks[index - 1])
                delta = self._activation_backward(delta, outputs[index - 1])

    def copy_weights(self) -> dict[str, NDArray[np.float32]]:
        """Copies of all weights and biases by name, on the processor."""
        return {name: tensor.detach().cpu().numpy().copy() for name, tensor in self.named_parameters()}

    @torch.no_grad()
    def load_weights(self, weights: Mapping[str, NDArray[np.float32]]) -> None:
        """Overwrite all weights and biases with those of the same names and shapes."""
        for name, parameter in self.named_parameters():
            parameter.copy_(torch.from_numpy(np.asarray(weights[name], dtype=np.float32)))

    def _activate(self, z: Tensor) -> Tensor:
        if self.activation == "relu":
            return z.relu_()
        return z.tanh_() if self.activation == "tanh" else z.sigmoid_()

    def _activation_backward(self, delta: Tensor, output: Tensor) -> Tensor:
        gradient: Tensor
        if self.activation == "relu":
            gradient = torch.ops.aten.threshold_backward(delta, output, 0)
        elif self.activation == "tanh":
            gradient = torch.ops.aten.tanh_backward(delta, output)
        else:
            gradient = torch.ops.aten.sigmoid_backward(delta, output)
        return gradient

    def _linear(self) -> list[nn.Linear]:
        return list(self.layers)  # type: ignore[arg-type]

    def _share_one_vector(self, device: torch.device) -> None:
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
        # Plain tensors in a plain list, of which autograd keeps no record: looking parameters up in a module, or
        # switching autograd off and on for every batch, costs as much as multiplying them.
        self._tensors = [
            (layer.weight.detach(), layer.weight.detach().t(), layer.bias.detach(), layer.weight.grad, layer.bias.grad)
            for layer in self._linear()
        ]

    def to_device(self, device: torch.device) -> "MLP":
        """Move everything and restore the shared vectors, which ``nn.Module.to`` would split."""
        self.to(device)
        self._share_one_vector(device)
        return self


def build_mlp(config: TrainConfig, inputs: int = 784, classes: int = 10) -> MLP:
    """The network that a config describes, its weights not yet drawn."""
    return MLP(config.layer_widths(inputs, classes), config.activation, config.dropout)
