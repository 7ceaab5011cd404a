"""SGD, momentum, Adam and AdamW on one flat vector, by PyTorch's own fused kernels.

``torch.optim`` with ``fused=True`` reaches the same kernels but spends longer on its bookkeeping than they take on a
small network: a whole training step of 784-128-10 on 64 images takes half as long again. The kernels are private to
PyTorch; the tests hold them against ``torch.optim``, and a version without them is named.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.config import Optimizer
from core.errors import TrainingError
from core.models.functional import BETA1, BETA2, EPSILON, MOMENTUM

KERNELS: Mapping[Optimizer, str] = MappingProxyType(
    {"sgd": "_fused_sgd_", "momentum": "_fused_sgd_", "adam": "_fused_adam_", "adamw": "_fused_adamw_"}
)
"""What each optimiser needs of ``torch``."""
_AHEAD = 1_000


class FlatOptimizer:
    """One optimiser step on one vector.

    Parameters
    ----------
    kind
        ``sgd``; ``momentum`` (0.9); ``adam`` with weight decay in the gradient; ``adamw`` with weight decay apart
        from it.
    parameters, gradient
        float32, shape ``(P,)``, on one device; the first is changed in place.

    Raises
    ------
    TrainingError
        If this version of PyTorch has no such kernel.

    References
    ----------
    Kingma and Ba 2015, https://arxiv.org/abs/1412.6980; Loshchilov and Hutter 2019, https://arxiv.org/abs/1711.05101.
    """

    def __init__(self, kind: Optimizer, parameters: Tensor, gradient: Tensor, weight_decay: float) -> None:
        kernel: Callable[..., None] | None = getattr(torch, KERNELS[kind], None)
        if kernel is None:
            raise TrainingError(
                f"PyTorch {torch.__version__} does not have what the optimiser “{kind}” is built on: "
                "install the version that requirements.txt names."
            )
        self._kernel = kernel
        self.kind = kind
        self.weight_decay = weight_decay
        self._parameters = [parameters]
        self._gradient = [gradient]
        self._first = [torch.zeros_like(parameters)]
        self._second = [torch.zeros_like(parameters)] if kind in ("adam", "adamw") else []
        self._steps = _Steps(parameters.device)
        # Known without asking the device, which would make an accelerator wait.
        self._is_fresh = True

    def step(self, learning_rate: float) -> None:
        """Move the parameters against the gradient."""
        step = self._steps.following()
        is_first_step, self._is_fresh = self._is_fresh, False
        if self.kind in ("adam", "adamw"):
            self._kernel(
                self._parameters,
                self._gradient,
                self._first,
                self._second,
                [],
                [step],
                lr=learning_rate,
                beta1=BETA1,
                beta2=BETA2,
                weight_decay=self.weight_decay,
                eps=EPSILON,
                amsgrad=False,
                maximize=False,
            )
            return
        self._kernel(
            self._parameters,
            self._gradient,
            self._first if self.kind == "momentum" else [],
            weight_decay=self.weight_decay,
            momentum=MOMENTUM if self.kind == "momentum" else 0.0,
            lr=learning_rate,
            dampening=0.0,
            nesterov=False,
            maximize=False,
            # Of what the momentum is; without any the kernel for graphics cards warns of it.
            is_first_step=is_first_step and self.kind == "momentum",
        )

    def state(self) -> dict[str, NDArray[np.float32]]:
        """Copies of the moments and the step count, by name."""
        state = {"first": self._first[0], "steps": torch.tensor(float(self._steps.count))}
        if self._second:
            state["second"] = self._second[0]
        return {name: tensor.cpu().numpy().copy() for name, tensor in state.items()}

    def restore(self, state: Mapping[str, NDArray[np.float32]]) -> None:
        """Continue from what :meth:`state` gave."""
        self._is_fresh = False
        self._steps.go_on_from(int(state["steps"].item()))
        self._first[0].copy_(torch.from_numpy(state["first"]))
        if self._second:
            self._second[0].copy_(torch.from_numpy(state["second"]))


class _Steps:
    """Numbers of the steps as Adam's kernels want them, made a thousand at a time: to add 1 each time takes longer."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self.go_on_from(0)

    def go_on_from(self, count: int) -> None:
        """Continue as if this many steps had been taken."""
        self.count = count
        self._ahead: list[Tensor] = []

    def following(self) -> Tensor:
        """The number of the next step, float32, shape ``()``."""
        if not self._ahead:
            numbers = torch.arange(self.count + _AHEAD, self.count, -1, dtype=torch.float32, device=self._device)
            self._ahead = list(numbers.unbind())
        self.count += 1
        return self._ahead.pop()
