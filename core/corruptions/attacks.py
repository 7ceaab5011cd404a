"""Ink changed on purpose, by at most ε a pixel, so that the network errs: FGSM and PGD.

References
----------
I. Goodfellow, J. Shlens, C. Szegedy: Explaining and harnessing adversarial examples, 2015,
https://arxiv.org/abs/1412.6572 (FGSM); A. Madry et al.: Towards deep learning models resistant to adversarial attacks,
2018, https://arxiv.org/abs/1706.06083 (PGD).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from core.explain.gradients import Ink, gradient, logits
from core.models.functional import softmax
from core.models.numpy_model import NumpyModel

EPSILONS = (0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3)
"""At which networks are measured, as shares of the scale of grey; 0.3 is the usual bound on MNIST."""
PGD_STEPS = 10
_STEP_SHARE = 0.25
"""Of ε, by each step: ten reach every corner, wherever they begin."""


@dataclass(frozen=True)
class Attack:
    """A way to change ink: ``function(model, ink, labels, ε, seed)`` gives ink ``(N, 784)``, 0–1, within ε of it."""

    name: str
    title: str
    explanation: str
    function: Callable[[NumpyModel, Ink, NDArray[np.int64], float, int], Ink]


def fgsm(model: NumpyModel, ink: Ink, labels: NDArray[np.int64], epsilon: float, seed: int = 0) -> Ink:  # noqa: ARG001
    """One step of ε on every pixel, in the direction in which the loss grows."""
    return _within(ink, _uphill(model, ink, labels, epsilon), epsilon)


def pgd(model: NumpyModel, ink: Ink, labels: NDArray[np.int64], epsilon: float, seed: int = 0) -> Ink:
    """Ten steps of a quarter of ε from a random place, each brought back to within ε."""
    noise = np.random.default_rng(seed).uniform(-epsilon, epsilon, ink.shape).astype(np.float32)
    attacked = _within(ink, ink + noise, epsilon)
    for _ in range(PGD_STEPS):
        attacked = _within(ink, _uphill(model, attacked, labels, _STEP_SHARE * epsilon), epsilon)
    return attacked


def loss_gradient(model: NumpyModel, ink: Ink, labels: NDArray[np.int64]) -> Ink:
    """The gradient of each image’s loss by its ink, float32 ``(N, 784)``.

    Parameters
    ----------
    labels
        int64, shape ``(N,)``: the true ones.
    """
    said = logits(model, ink)
    wanted: NDArray[np.float32] = np.eye(said.shape[1], dtype=np.float32)[labels]
    is_squared = model.config.loss == "squared_error"
    return gradient(model, ink, 2 * (said - wanted) / said.shape[1] if is_squared else softmax(said) - wanted)


def _uphill(model: NumpyModel, ink: Ink, labels: NDArray[np.int64], step: float) -> Ink:
    return np.asarray(ink + step * np.sign(loss_gradient(model, ink, labels)), dtype=np.float32)


def _within(ink: Ink, attacked: Ink, epsilon: float) -> Ink:
    """No further than ε from the ink, and still ink."""
    bound = np.float32(epsilon)
    near: Ink = np.clip(attacked, ink - bound, ink + bound)
    return np.clip(near, 0, 1)


ATTACKS: Mapping[str, Attack] = MappingProxyType(
    {
        attack.name: attack
        for attack in (
            Attack("fgsm", "FGSM", "One step along the sign of the gradient.", fgsm),
            Attack("pgd", "PGD", f"{PGD_STEPS} smaller steps from a random start: a stronger attack.", pgd),
        )
    }
)
