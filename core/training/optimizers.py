"""SGD, momentum, Adam and AdamW on one flat vector, by PyTorch's own fused kernels.

``torch.optim`` reaches the same kernels but spends longer on its bookkeeping than they take on a small network;
the tests hold the two against each other.
"""

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.config import Optimizer
from core.models.functional import BETA1, BETA2, EPSILON, MOMENTUM


class FlatOptimizer:
    """One optimiser step on one vector.

    Parameters
    ----------
    kind
        ``sgd``; ``momentum`` (0.9); ``adam`` with weight decay in the gradient; ``adamw`` with weight decay apart
        from it.
    parameters, gradient
        float32, shape ``(P,)``, on one device; the first is changed in place.

    References
    ----------
    Kingma and Ba 2015, https://arxiv.org/abs/1412.6980; Loshchilov and Hutter 2019, https://arxiv.org/abs/1711.05101.
    """

    def __init__(self, kind: Optimizer, parameters: Tensor, gradient: Tensor, weight_decay: float) -> None:
        self.kind = kind
        self.weight_decay = weight_decay
        self._parameters = [parameters]
        self._gradient = [gradient]
        self._first = [torch.zeros_like(parameters)]
        self._second = [torch.zeros_like(parameters)] if kind in ("adam", "adamw") else []
        self._steps = torch.zeros((), device=parameters.device)
        # Known without asking the device, which would make an accelerator wait.
        self._is_fresh = True

    def step(self, learning_rate: float) -> None:
        """Move the parameters against the gradient."""
        self._steps += 1
        is_first_step, self._is_fresh = self._is_fresh, False
        if self.kind in ("adam", "adamw"):
            kernel = torch._fused_adam_ if self.kind == "adam" else torch._fused_adamw_
            kernel(
                self._parameters,
                self._gradient,
                self._first,
                self._second,
                [],
                [self._steps],
                lr=learning_rate,
                beta1=BETA1,
                beta2=BETA2,
                weight_decay=self.weight_decay,
                eps=EPSILON,
                amsgrad=False,
                maximize=False,
            )
            return
        torch._fused_sgd_(
            self._parameters,
            self._gradient,
            self._first if self.kind == "momentum" else [],
            weight_decay=self.weight_decay,
            momentum=MOMENTUM if self.kind == "momentum" else 0.0,
            lr=learning_rate,
            dampening=0.0,
            nesterov=False,
            maximize=False,
            is_first_step=is_first_step,
        )

    def state(self) -> dict[str, NDArray[np.float32]]:
        """Copies of the moments and the step count, by name."""
        state = {"first": self._first[0], "steps": self._steps}
        if self._second:
            state["second"] = self._second[0]
        return {name: tensor.cpu().numpy().copy() for name, tensor in state.items()}

    def restore(self, state: Mapping[str, NDArray[np.float32]]) -> None:
        """Go on from what :meth:`state` gave."""
        self._is_fresh = False
        self._steps.fill_(float(state["steps"].item()))
        self._first[0].copy_(torch.from_numpy(state["first"]))
        if self._second:
            self._second[0].copy_(torch.from_numpy(state["second"]))
