"""The multilayer perceptron from scratch: NumPy, and every step written out.

A batch holds ``B`` images, one in each row of ``x``, ``z``, ``h``, ``a`` and ``d``. Layer ``l`` has
``n[l]`` units; ``n[0] = 784`` are the pixels, ``n[L] = K`` the classes. ``W[l]`` has the shape
``(n[l], n[l-1])`` and ``b[l]`` the shape ``(n[l],)``.

=========  ==========================================  ==============================================
Step       Formula                                     Shape
=========  ==========================================  ==============================================
forward    ``a[0] = x``                                ``(B, 784)``
..         ``z[l] = a[l-1] W[l]^T + b[l]``             ``(B, n[l])``
..         ``h[l] = f(z[l])``, ``a[l] = h[l] · m[l]``  ``(B, n[l])``; ``m`` is the dropout mask, or 1
..         ``logits = z[L]``                           ``(B, K)``: the last layer has no activation
loss       ``-Σ y log softmax(z[L]) / B``              a number; or ``Σ (z[L] - y)² / 2B``
backward   ``d[L] = (softmax(z[L]) - y) / B``          ``(B, K)``; or ``(z[L] - y) / B``
..         ``dW[l] = d[l]^T a[l-1]``                   ``(n[l], n[l-1])``, as ``W[l]``
..         ``db[l] = Σ over images of d[l]``           ``(n[l],)``, as ``b[l]``
..         ``d[l-1] = d[l] W[l] · m[l-1] · f'``        ``(B, n[l-1])``
update     ``W = W - learning rate · dW``              and its refinements: momentum and Adam
=========  ==========================================  ==============================================

The update is :class:`core.models.numpy_optimizer.NumpyOptimizer`.

References
----------
Rumelhart, Hinton and Williams 1986, https://doi.org/10.1038/323533a0; Srivastava et al. 2014 (dropout),
https://jmlr.org/papers/v15/srivastava14a.html.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from core.config import TrainConfig
from core.models.functional import activate, initial_bound, logit_gradient, multiply_by_slope
from core.models.shapes import Shapes, parameter_shapes

Array = NDArray[np.floating[Any]]


@dataclass(frozen=True, eq=False)
class ForwardPass:
    """What a batch left behind on its way forward, for the way back.

    Parameters
    ----------
    inputs
        ``a[0] … a[L-1]``: what each layer was given.
    outputs
        ``h[1] … h[L-1]``: what each hidden layer answered, before dropout.
    masks
        ``m[1] … m[L-1]``, or nothing without dropout.
    logits
        ``z[L]``, shape ``(B, K)``.
    """

    inputs: tuple[Array, ...]
    outputs: tuple[Array, ...]
    masks: Sequence[Array]
    logits: Array


class NumpyMLP:
    """Linear layers with an activation, and dropout, after each but the last.

    All parameters are views into one vector, and so are their gradients: an optimiser takes one step on one array.

    Parameters
    ----------
    dtype
        float32 to train; float64 to compare gradients.

    Attributes
    ----------
    flat_parameters, flat_gradient
        Shape ``(P,)``: every weight and bias, and what :meth:`backward` wrote last.
    parameters, gradients
        The same by name: ``layers.0.weight``, ``layers.0.bias``, …
    """

    def __init__(self, config: TrainConfig, classes: int = 10, dtype: DTypeLike = np.float32) -> None:
        shapes = parameter_shapes(config, classes)
        size = sum(map(math.prod, shapes.values()))
        self.config = config
        self.flat_parameters: Array = np.zeros(size, dtype)
        self.flat_gradient: Array = np.zeros(size, dtype)
        self.parameters = _views(self.flat_parameters, shapes)
        self.gradients = _views(self.flat_gradient, shapes)
        self._layers = [
            _Layer(self.parameters, self.gradients, index) for index in range(len(config.hidden_widths) + 1)
        ]

    def initialise(self, generator: np.random.Generator) -> None:
        """Draw weights evenly from ``± bound``; biases begin at zero.

        References
        ----------
        He et al. 2015, https://arxiv.org/abs/1502.01852; Glorot and Bengio 2010.
        """
        for layer in self._layers:
            bound = initial_bound(self.config, layer.weight.shape)
            layer.weight[...] = generator.uniform(-bound, bound, layer.weight.shape)
            if layer.bias is not None:
                layer.bias[...] = 0

    def draw_masks(self, images: int, generator: np.random.Generator) -> list[Array]:
        """``m[l] = keep / (1 - dropout)``, shape ``(B, n[l])``, ``keep`` 1 with probability ``1 - dropout``, else 0.

        What is kept grows by as much as is dropped, so that the mean of the sums stays what it is without dropout.
        """
        dropout, dtype = self.config.dropout, self.flat_parameters.dtype
        if not dropout:
            return []
        kept = dtype.type(1 / (1 - dropout))
        shapes = [(images, width) for width in self.config.hidden_widths]
        return [(generator.random(shape, np.float32) >= dropout) * kept for shape in shapes]

    def forward(self, x: Array, masks: Sequence[Array] = ()) -> ForwardPass:
        """``z[l] = a[l-1] W[l]^T + b[l]``, ``h[l] = f(z[l])``, ``a[l] = h[l] · m[l]``.

        Parameters
        ----------
        x
            Normalised pixels ``(B, 784)``.
        masks
            Of :meth:`draw_masks` when training; nothing when predicting.
        """
        inputs, outputs = [x], []
        *hidden, last = self._layers
        for index, layer in enumerate(hidden):
            h = activate(self.config.activation, layer.sums(inputs[-1]))
            outputs.append(h)
            inputs.append(h * masks[index] if masks else h)
        return ForwardPass(tuple(inputs), tuple(outputs), masks, last.sums(inputs[-1]))

    def backward(self, passed: ForwardPass, targets: Array) -> None:
        """Write the gradient of the batch's mean loss, from the last layer back to the first.

        ``dW[l] = d[l]^T a[l-1]``, ``db[l] = Σ d[l]``, ``d[l-1] = d[l] W[l] · m[l-1] · f'(z[l-1])``.

        Parameters
        ----------
        targets
            ``y``, shape ``(B, K)``: one-hot labels, smoothed or not.
        """
        delta = logit_gradient(self.config.loss, passed.logits, targets)
        for index in range(len(self._layers) - 1, -1, -1):
            layer = self._layers[index]
            # Transposed, as weights lie in memory; dot, for matmul takes several times as long for a single image.
            np.dot(passed.inputs[index].T, delta, out=layer.weight_gradient.T)
            if layer.bias_gradient is not None:
                delta.sum(axis=0, out=layer.bias_gradient)
            if index:
                delta = delta @ layer.weight
                if passed.masks:
                    delta *= passed.masks[index - 1]
                multiply_by_slope(self.config.activation, passed.outputs[index - 1], delta)


class _Layer:
    """One layer's parameters and their gradients, at hand without looking names up."""

    def __init__(self, parameters: Mapping[str, Array], gradients: Mapping[str, Array], index: int) -> None:
        weight, bias = f"layers.{index}.weight", f"layers.{index}.bias"
        self.weight, self.bias = parameters[weight], parameters.get(bias)
        self.weight_gradient, self.bias_gradient = gradients[weight], gradients.get(bias)

    def sums(self, a: Array) -> Array:
        """``a W^T + b``, shape ``(B, outputs)``."""
        z: Array = a @ self.weight.T
        if self.bias is not None:
            z += self.bias
        return z


def _views(vector: Array, shapes: Shapes) -> dict[str, Array]:
    """One array per name, one behind the other in the vector; weights column by column, which multiplies fastest."""
    views, start = {}, 0
    for name, shape in shapes.items():
        end = start + math.prod(shape)
        views[name] = vector[start:end].reshape(shape, order="F")
        start = end
    return views
