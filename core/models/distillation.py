"""Distillation: a network learns from the answers of another one as well as from the labels."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True, eq=False)
class Lesson:
    """What a teacher says of one batch, and what that counts for.

    The loss is ``(1 - s) · CE(z, y) + s · T² · CE(z / T, answers)``: labels and teacher, ``s`` the share of the
    teacher. ``T²`` keeps the size of the gradient, which a temperature of ``T`` divides by it.

    Parameters
    ----------
    answers
        float32, shape ``(B, K)``: probabilities of the teacher at this temperature.
    share
        0–1.
    temperature
        At least 1: the higher, the more the less likely classes count.

    References
    ----------
    Hinton, Vinyals, Dean 2015, https://arxiv.org/abs/1503.02531.
    """

    answers: Tensor
    share: float
    temperature: float

    def loss(self, of_labels: Tensor, logits: Tensor) -> Tensor:
        """The loss from that of the labels and the logits ``(B, K)``, for autograd."""
        of_teacher = functional.cross_entropy(logits / self.temperature, self.answers)
        return (1 - self.share) * of_labels + self.share * self.temperature**2 * of_teacher

    def gradient(self, of_labels: Tensor, logits: Tensor) -> Tensor:
        """Its gradient by the logits, from that of the labels, which is overwritten; ``(B, K)``.

        ``(1 - s) · d + s · T · (softmax(z / T) - answers) / B``
        """
        of_teacher = torch.softmax(logits / self.temperature, 1).sub_(self.answers)
        return of_labels.mul_(1 - self.share).add_(of_teacher, alpha=self.share * self.temperature / len(logits))
