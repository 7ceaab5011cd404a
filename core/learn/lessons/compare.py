"""Is one network better than another? Ask both about the same images."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class AnswerComparison:
    """Two networks on the same images.

    Parameters
    ----------
    both_right, repaired, lost, both_wrong
        Images; ``repaired`` are those that only the second reads correctly, ``lost`` those that only the first does.
    chance
        Probability of so uneven a division, or a more uneven one, if both are equally good (sign test, two-sided).
    """

    both_right: int
    repaired: int
    lost: int
    both_wrong: int
    chance: float

    @property
    def gain(self) -> float:
        """By how much the second is more accurate, −1 … 1."""
        return (self.repaired - self.lost) / max(1, self.both_right + self.repaired + self.lost + self.both_wrong)


def compare_answers(before: NDArray[np.bool_], after: NDArray[np.bool_]) -> AnswerComparison:
    """Compare two networks by which images each reads correctly, bool ``(N,)`` each.

    References
    ----------
    McNemar 1947, https://doi.org/10.1007/BF02295996, in its exact form.
    """
    repaired, lost = int((after & ~before).sum()), int((before & ~after).sum())
    return AnswerComparison(
        int((before & after).sum()), repaired, lost, int((~before & ~after).sum()), sign_test(repaired, lost)
    )


def sign_test(plus: int, minus: int) -> float:
    """Probability (0–1) that a fair coin, thrown ``plus + minus`` times, falls at least as unevenly."""
    total, least = plus + minus, min(plus, minus)
    logs = [
        math.lgamma(total + 1) - math.lgamma(k + 1) - math.lgamma(total - k + 1) - total * math.log(2)
        for k in range(least + 1)
    ]
    return min(1.0, 2 * math.fsum(map(math.exp, logs)))
