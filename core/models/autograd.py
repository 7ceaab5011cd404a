"""Networks whose gradients PyTorch's autograd finds: with batch normalisation, with convolutions."""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.config import TrainConfig
from core.models.distillation import Lesson
from core.models.flat import FlatNetwork, draw_weights
from core.models.mlp import FORWARD
from core.models.numpy_model import NORM_EPSILON
from core.models.shapes import KERNEL, filter_counts, layer_widths


class AutogradNetwork(FlatNetwork):
    """Convolutions if the config asks for them, then linear layers.

    Each convolution is followed by ReLU and the largest of each 2 × 2 pixels, each linear layer but the last by the
    norm, the activation and dropout.

    References
    ----------
    Ioffe and Szegedy 2015, https://arxiv.org/abs/1502.03167; LeCun et al. 1998.
    """

    def __init__(self, config: TrainConfig, classes: int = 10) -> None:
        super().__init__()
        self.config = config
        widths = layer_widths(config, classes)
        self.convolutions = nn.ModuleList(nn.Conv2d(a, b, KERNEL) for a, b in pairwise((1, *filter_counts(config))))
        self.layers = nn.ModuleList(nn.Linear(a, b, config.bias) for a, b in pairwise(widths))
        normed = widths[1:-1] if config.batch_norm else ()
        self.norms = nn.ModuleList(nn.BatchNorm1d(width, NORM_EPSILON) for width in normed)
        self.share_one_vector(torch.device("cpu"))

    def initialise(self, generator: torch.Generator) -> None:
        """Draw fresh weights; norms begin as the identity."""
        draw_weights([*self.convolutions, *self.layers], self.config, generator)

    def forward(self, x: Tensor) -> Tensor:
        """Logits ``(B, K)`` of normalised pixels ``(B, 784)``: no dropout, norms by their running statistics."""
        self.eval()
        return self._logits(x, None)

    def backpropagate(
        self, x: Tensor, targets: Tensor, generator: torch.Generator, logits: Tensor, lesson: Lesson | None = None
    ) -> None:
        """As :class:`FlatNetwork` says, by autograd."""
        self.train()
        self.flat_gradient.zero_()
        with torch.enable_grad():
            computed = self._logits(x, generator)
            if self.config.loss == "cross_entropy":
                loss = functional.cross_entropy(computed, targets)
            else:
                loss = functional.mse_loss(computed, targets, reduction="sum") / (2 * len(x))
            if lesson is not None:
                loss = lesson.loss(loss, computed)
            loss.backward()
        logits.copy_(computed.detach())

    def _logits(self, x: Tensor, generator: torch.Generator | None) -> Tensor:
        if self.convolutions:
            x = x.view(-1, 1, 28, 28)
            for convolution in self.convolutions:
                x = _convolved(x, convolution)
            x = x.flatten(1)
        *hidden, last = self.layers
        for index, layer in enumerate(hidden):
            x = layer(x)
            if self.config.batch_norm:
                # One image has no variance: a last batch of one goes by what the batches before it have shown.
                self.norms[index].train(self.training and len(x) > 1)
                x = self.norms[index](x)
            x = self._drop(FORWARD[self.config.activation](x), generator)
        logits: Tensor = last(x)
        return logits

    def _drop(self, a: Tensor, generator: torch.Generator | None) -> Tensor:
        kept = 1 - self.config.dropout
        if generator is None or kept == 1:
            return a
        return a * torch.empty_like(a).bernoulli_(kept, generator=generator) / kept


def _convolved(x: Tensor, convolution: nn.Module) -> Tensor:
    """A convolution, ReLU, and the largest of each 2 × 2, in whichever order.

    ReLU changes no order, so it can follow the pooling, on a quarter of the numbers. On a processor the numbers of one
    place lie side by side, which takes less than half the time.
    """
    weight, bias = convolution.parameters()
    filters = weight.to(memory_format=torch.channels_last) if x.device.type == "cpu" else weight
    z = functional.conv2d(x, filters, bias)
    return functional.relu(functional.max_pool2d(z, 2))
