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
_SOFTMAX = torch.ops.aten.softmax.int_out
_BACKWARD: Mapping[Activation, Callable[..., Tensor]] = MappingProxyType(
    {
        "relu": lambda delta, output: torch.ops.aten.threshold_backward.grad_input(delta, output, 0, grad_input=delta),
        "tanh": lambda delta, output: torch.ops.aten.tanh_backward.grad_input(delta, output, grad_input=delta),
        "sigmoid": lambda delta, output: torch.ops.aten.sigmoid_backward.grad_input(delta, output, grad_input=delta),
    }
)
"""What an activation makes, in place, of the gradient by its output; ``none`` leaves it as it is."""


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
        room = self._room(x)
        inputs, masks = self._forward(x, generator, room, logits)
        # dL/dz = (softmax(z) − y) / B for cross entropy, (z − y) / B for half the squared error
        delta, transposed = room.deltas[-1]
        if self.config.loss == "cross_entropy":
            _SOFTMAX(logits, 1, out=delta)
        else:
            delta.copy_(logits)
        delta.sub_(targets).mul_(1 / room.images)
        if lesson is not None:
            delta.copy_(lesson.gradient(delta, logits))
        for index in range(len(inputs) - 1, -1, -1):
            layer = self._tensors[index]
            torch.mm(transposed, inputs[index], out=layer.weight_gradient)
            if layer.bias is not None:
                torch.sum(delta, 0, out=layer.bias_gradient)
            if index:
                above = delta
                delta, transposed = room.deltas[index - 1]
                torch.mm(above, layer.weight, out=delta)
                if self.dropout:
                    delta.mul_(masks[index - 1])
                if self.activation != "none":
                    _BACKWARD[self.activation](delta, room.outputs[index - 1])

    def _forward(
        self, x: Tensor, generator: torch.Generator, room: "_Room", logits: Tensor
    ) -> tuple[list[Tensor], list[Tensor]]:
        """The inputs of each layer and the dropout masks; the logits are written to their place."""
        inputs, masks = [x], []
        *hidden, last = self._tensors
        for layer, output in zip(hidden, room.outputs, strict=True):
            a = self._activate(layer.apply_into(output, inputs[-1]))
            if self.dropout:
                masks.append(torch.empty_like(a).bernoulli_(1 - self.dropout, generator=generator))
                a = a * masks[-1].div_(1 - self.dropout)
            inputs.append(a)
        last.apply_into(logits, inputs[-1])
        return inputs, masks

    def share_one_vector(self, device: torch.device) -> None:
        """As :class:`FlatNetwork` says; and keep what backpropagation needs at hand."""
        super().share_one_vector(device)
        # Plain tensors in a plain list, of which autograd keeps no record: looking parameters up in a module, or
        # switching autograd off and on for every batch, costs as much as multiplying them.
        self._tensors = [_LayerTensors(layer) for layer in self._linear()]
        self._rooms: dict[int, _Room] = {}

    def _room(self, x: Tensor) -> "_Room":
        """Where a batch of this size writes what it comes to; an epoch has two sizes at most."""
        images = x.shape[0]
        room = self._rooms.get(images)
        if room is None:
            if len(self._rooms) > 1:
                self._rooms.clear()
            room = self._rooms[images] = _Room(images, [layer.weight.shape[0] for layer in self._tensors], x)
        return room

    def _activate(self, z: Tensor) -> Tensor:
        if self.activation == "relu":
            return z.relu_()
        if self.activation == "none":
            return z
        return z.tanh_() if self.activation == "tanh" else z.sigmoid_()

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

    def apply_into(self, out: Tensor, x: Tensor) -> Tensor:
        """``x W^T + b``, shape ``(B, outputs)``, written to ``out``."""
        if self.bias is None:
            return torch.mm(x, self.transposed, out=out)
        return torch.addmm(self.bias, x, self.transposed, out=out)


class _Room:
    """Where a batch of one size puts the outputs of its hidden layers, and the gradients by what each layer gives.

    The latter with their transposes. To make all this again for every batch takes longer than to fill it.
    """

    __slots__ = ("deltas", "images", "outputs")

    def __init__(self, images: int, widths: list[int], like: Tensor) -> None:
        self.images = images
        self.outputs = [like.new_empty(images, width) for width in widths[:-1]]
        deltas = [like.new_empty(images, width) for width in widths]
        self.deltas = [(delta, delta.t()) for delta in deltas]
