"""Reader: a network, and what is known of when to believe it."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.analysis.familiarity import Familiarity, describe
from core.analysis.temperature import Temperature
from core.models.numpy_model import NumpyModel


@dataclass(frozen=True, eq=False)
class Judge:
    """How one run's probabilities are calibrated, and what it is familiar with; by default as they are, and nothing.

    Parameters
    ----------
    why_not
        A sentence on what is left out and why; empty where nothing is.
    """

    temperature: Temperature | None = None
    familiarity: Familiarity | None = None
    why_not: str = ""

    @property
    def size(self) -> int:
        """Bytes of what images are compared with."""
        return self.familiarity.size if self.familiarity else 0

    def calibrated(self, probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
        """Calibrated probabilities of a network's own, both float32 ``(N, K)``; the same where nothing is known."""
        return probabilities if self.temperature is None else self.temperature.calibrated(probabilities)

    def confidence(self, probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
        """Calibrated probability of the most probable class, float32 ``(N,)``, of a network's own ``(N, K)``."""
        if self.temperature is None:
            own: NDArray[np.float32] = probabilities.max(axis=1)
            return own
        return self.temperature.confidence(probabilities)


@dataclass(frozen=True, eq=False)
class Opinion:
    """What a network makes of N images.

    Parameters
    ----------
    probabilities
        The network's own, float32, shape ``(N, K)``.
    confidence
        Calibrated probability of the most probable class, float32, shape ``(N,)``.
    is_strange
        bool, shape ``(N,)``: whether it is unlike what the network has learned from; of nothing where nobody knows.
    """

    probabilities: NDArray[np.float32]
    confidence: NDArray[np.float32]
    is_strange: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Reader:
    """A network that reads images, and its judge."""

    model: NumpyModel
    judge: Judge = field(default_factory=Judge)

    @property
    def class_names(self) -> tuple[str, ...]:
        """Of the network."""
        return self.model.class_names

    def opinion(self, images: NDArray[np.uint8]) -> Opinion:
        """What the network makes of images, uint8 ``(N, 28, 28)``; they go through it once."""
        probabilities, hidden = self.model.probabilities_and_hidden(images)
        confidence = self.judge.confidence(probabilities)
        familiarity = self.judge.familiarity
        if familiarity is None:
            return Opinion(probabilities, confidence, np.zeros(len(images), dtype=np.bool_))
        return Opinion(probabilities, confidence, familiarity.are_strange(describe(images, hidden), confidence))

    def strangeness(self, images: NDArray[np.uint8]) -> NDArray[np.float32] | None:
        """How far images are from what the network has learned from, float32 ``(N,)``; None where nobody knows."""
        if self.judge.familiarity is None:
            return None
        probabilities, hidden = self.model.probabilities_and_hidden(images)
        return self.judge.familiarity.strangeness(describe(images, hidden), self.judge.confidence(probabilities))
