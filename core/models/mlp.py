"""The multilayer perceptron in PyTorch, with its backward pass written out.

Autograd is the oracle of the tests, not the engine: on layers this small its bookkeeping takes longer than the
arithmetic (see ``docs/adr/0003-gradients-by-hand.md``).
"""

from collections.abc import Callable, Mapping
from itertools import pairwise
from types import MappingProxyType

import torch
from torch import Tensor, nn

from core.config import Activation, TrainConfig
from core.models.distillation import Lesson
from core.models.flat import FlatNetwork, draw_weights

FORWARD: Mapping[Activation, Callable[[Tensor], Tensor]] = MappingProxyType(
    {"relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid, "none": torch.clone}
)
"""Activation functions by name."""
# Chosen once: to find the right one of several by its arguments takes as long as it takes to run on so small a layer.
_RELU_BACKWARD = torch.ops.aten.threshold_backward.default
_TANH_BACKWARD = torch.ops.aten.tanh_backward.default
_SIGMOID_BACKWARD = torch.ops.aten.sigmoid_backward.default


class MLP(FlatNetwork):
    """Linear layers with an activation, and dropout, after each but the last.

    Parameters
    ----------
    widths
        Units per layer from input to output, for instance ``(784, 128, 10)``.
    config
        Activation, dropout, biases, loss and initialisation.
    """

    def __init__(self, widths: tuple[int, ...], config: TrainConfig) -> None:
        super().__init__()
        self.config = config
        self.activation, self.dropout = config.activation, config.dropout
        self.layers = nn.ModuleList(nn.Linear(inputs, outputs, config.bias) for inputs, outputs in pairwise(widths))
        self.share_one_vector(torch.device("cpu"))

    def initialise(self, generator: torch.Generator) -> None:
        """Draw fresh weights."""
        draw_weights([*self._linear()], self.config, generator)

    def forward(self, x: Tensor) -> Tensor:
        """Logits ``(B, K)`` of normalised pixels ``(B, 784)``, without dropout."""
        *hidden, last = self._linear()
        for layer in hidden:
            x = FORWARD[self.activation](layer(x))
        logits: Tensor = last(x)
        return logits

    def backpropagate(
        self, x: Tensor, targets: Tensor, generator: torch.Generator, logits: Tensor, lesson: Lesson | None = None
    ) -> None:
        """As :class:`FlatNetwork` says, by hand."""
        inputs, outputs, masks = [x], [], []
        *hidden, last = self._tensors
        for layer in hidden:
            a = self._activate(layer.apply(inputs[-1]))
            outputs.append(a)
            if self.dropout:
                masks.append(torch.empty_like(a).bernoulli_(1 - self.dropout, generator=generator))
                a = a * masks[-1].div_(1 - self.dropout)
            inputs.append(a)
        last.apply_into(logits, inputs[-1])
        # dL/dz = (softmax(z) − y) / B for cross entropy, (z − y) / B for half the squared error
        predicted = torch.softmax(logits, 1) if self.config.loss == "cross_entropy" else logits.clone()
        delta = predicted.sub_(targets).mul_(1 / len(x))
        if lesson is not None:
            delta = lesson.gradient(delta, logits)
        for index in range(len(hidden), -1, -1):
            layer = self._tensors[index]
            torch.mm(delta.t(), inputs[index], out=layer.weight_gradient)
            if layer.bias is not None:
                torch.sum(delta, 0, out=layer.bias_gradient)
            if index:
                delta = torch.mm(delta, layer.weight)
                if self.dropout:
                    delta.mul_(masks[index - 1])
                delta = self._activation_backward(delta, outputs[index - 1])

    def share_one_vector(self, device: torch.device) -> None:
        """As :class:`FlatNetwork` says; and keep what backpropagation needs at hand."""
        super().share_one_vector(device)
        # Plain tensors in a plain list, of which autograd keeps no record: looking parameters up in a module, or
        # switching autograd off and on for every batch, costs as much as multiplying them.
        self._tensors = [_LayerTensors(layer) for layer in self._linear()]

    def _activate(self, z: Tensor) -> Tensor:
        if self.activation == "relu":
            return z.relu_()
        if self.activation == "none":
            return z
        return z.tanh_() if self.activation == "tanh" else z.sigmoid_()

    def _activation_backward(self, delta: Tensor, output: Tensor) -> Tensor:
        gradient: Tensor = delta
        if self.activation == "relu":
            gradient = _RELU_BACKWARD(delta, output, 0)
        elif self.activation == "tanh":
            gradient = _TANH_BACKWARD(delta, output)
        elif self.activation == "sigmoid":
            gradient = _SIGMOID_BACKWARD(delta, output)
        return gradient

    def _linear(self) -> list[nn.Linear]:
        return list(self.layers)  # type: ignore[arg-type]


class _LayerTensors:
    """Weight, its transpose and bias of one layer, and where their gradients go."""

    __slots__ = ("bias", "bias_gradient", "transposed", "weight", "weight_gradient")

    def __init__(self, layer: nn.Linear) -> None:
        self.weight = layer.weight.detach()
        self.transposed = self.weight.t()
        self.weight_gradient = layer.weight.grad
        # PyTorch says that a layer always has a bias; without biases it is None.
        bias: nn.Parameter | None = layer.bias
        self.bias = None if bias is None else bias.detach()
        self.bias_gradient = None if bias is None else bias.grad

    def apply(self, x: Tensor) -> Tensor:
        """``x W^T + b``, shape ``(B, outputs)``."""
        return torch.mm(x, self.transposed) if self.bias is None else torch.addmm(self.bias, x, self.transposed)

    def apply_into(self, out: Tensor, x: Tensor) -> None:
        """The same, written to ``out``."""
        if self.bias is None:
            torch.mm(x, self.transposed, out=out)
        else:
            torch.addmm(self.bias, x, self.transposed, out=out)
