"""The formulas of a network in NumPy, each once: activations, softmax, losses, initial weights, Adam's constants."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.config import Activation, Initialisation, Loss, TrainConfig

Array = NDArray[np.floating[Any]]

MOMENTUM = 0.9
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8
"""Adam's, as its authors and PyTorch have them: Kingma and Ba 2015, https://arxiv.org/abs/1412.6980."""


def activate(kind: Activation, z: Array) -> Array:
    """``f(z)`` in place: ``max(z, 0)``, ``tanh z``, ``1 / (1 + e^-z)``, or ``z`` itself."""
    if kind == "relu":
        np.maximum(z, 0, out=z)
    elif kind == "tanh":
        np.tanh(z, out=z)
    elif kind == "sigmoid":
        # Through tanh, for e^-z overflows: 1 / (1 + e^-z) = (1 + tanh(z / 2)) / 2.
        z *= 0.5
        np.tanh(z, out=z)
        z += 1
        z *= 0.5
    return z


def multiply_by_slope(kind: Activation, h: Array, delta: Array) -> None:
    """``delta · f'(z)`` in place, the slope computed from ``h = f(z)``: ``h > 0``, ``1 - h²``, ``h (1 - h)``, or 1."""
    if kind == "relu":
        delta *= h > 0
    elif kind == "tanh":
        delta *= 1 - h * h
    elif kind == "sigmoid":
        delta *= h * (1 - h)


def logit_gradient(loss: Loss, logits: Array, targets: Array) -> Array:
    """``d[L]``, shape ``(B, K)``: mean loss with respect to the logits, ``(softmax(z) - y) / B`` or ``(z - y) / B``."""
    delta: Array = softmax(logits) if loss == "cross_entropy" else logits.copy()
    delta -= targets
    delta *= 1 / len(logits)
    return delta


def softmax(logits: Array) -> Array:
    """``e^z / Σ e^z`` along each row ``(B, K)``; the largest score is subtracted first, so that nothing overflows."""
    shares: Array = logits - logits.max(axis=1, keepdims=True)
    np.exp(shares, out=shares)
    shares /= shares.sum(axis=1, keepdims=True)
    return shares


def cross_entropy(logits: Array, labels: NDArray[np.int64], axis: int = 1) -> Array:
    """``log Σ e^z - z[label]`` of each image, nats, shape ``(N,)``.

    Parameters
    ----------
    axis
        Where the classes are: 1 for logits ``(N, K)``; along axis 0, ``(K, N)``, it takes a fraction of the time.
    """
    highest = logits.max(axis=axis, keepdims=True)
    log_sums = np.log(np.exp(logits - highest).sum(axis=axis)) + highest.squeeze(axis)
    losses: Array = log_sums - np.take_along_axis(logits, np.expand_dims(labels, axis), axis).squeeze(axis)
    return losses


def half_squared_error(logits: Array, labels: NDArray[np.int64], axis: int = 1) -> Array:
    """``Σ (z - y)² / 2`` of each image, ``y`` its one-hot label, shape ``(N,)``; for ``axis`` see cross_entropy."""
    one_hot = np.eye(logits.shape[axis], dtype=logits.dtype)[labels]
    losses: Array = np.square(logits - (one_hot if axis else one_hot.T)).sum(axis=axis) / 2
    return losses


def mean_loss(loss: Loss, logits: Array, labels: NDArray[np.int64]) -> float:
    """Mean loss of logits ``(N, K)``, computed in float64; NaN if any logit is."""
    exact = logits.astype(np.float64)
    if not np.isfinite(exact).all():
        return math.nan
    losses = half_squared_error(exact, labels) if loss == "squared_error" else cross_entropy(exact, labels)
    return float(losses.mean())


def chosen_initialisation(kind: Initialisation, activation: Activation) -> Initialisation:
    """What ``auto`` stands for: He for ReLU, Xavier for everything else."""
    if kind != "auto":
        return kind
    return "he" if activation == "relu" else "xavier"


def initial_bound(config: TrainConfig, shape: tuple[int, ...]) -> float:
    """Half the width of the interval that weights ``(outputs, inputs)`` are drawn from.

    He: ``√(6 / inputs)``; Xavier: ``√(6 / (inputs + outputs))``; ``auto`` is He for ReLU, Xavier for everything else.
    """
    outputs, inputs = shape
    bounds: Mapping[str, float] = {
        "he": math.sqrt(6 / inputs),
        "xavier": math.sqrt(6 / (inputs + outputs)),
        "uniform": config.initial_range,
        "zeros": 0.0,
    }
    return bounds[chosen_initialisation(config.initialisation, config.activation)]
