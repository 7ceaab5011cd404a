"""What a network makes of many images."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.analysis.verdict import Verdict, judge
from core.models.numpy_model import NumpyModel
from core.reading.sources import Found, Read, Remark, Unreadable

_ROWS_AT_ONCE = 500


@dataclass(frozen=True, eq=False)
class Answer:
    """One image and what the network makes of it.

    Parameters
    ----------
    probabilities
        float32, shape ``(K,)``.
    verdict
        How sure the answer is.
    """

    found: Found
    probabilities: NDArray[np.float32]
    verdict: Verdict

    @property
    def most_probable(self) -> int:
        """The class with the highest probability, whatever the verdict: of equal ones the lower."""
        return int(self.probabilities.argmax())

    @property
    def label(self) -> int | None:
        """The same; None without ink."""
        return None if self.verdict is Verdict.NO_INK else self.most_probable

    @property
    def confidence(self) -> float:
        """Its probability, 0–1."""
        return float(self.probabilities.max())


def answers(found: Iterable[Read], model: NumpyModel) -> Iterator[Answer | Unreadable | Remark]:
    """The answer to each image, in order: pictures at once, the rows of a table some hundred at a time."""
    waiting: list[Found] = []
    for one in found:
        if not isinstance(one, Found):
            yield from _answered(waiting, model)
            waiting = []
            yield one
            continue
        waiting.append(one)
        if one.row is None or len(waiting) == _ROWS_AT_ONCE:
            yield from _answered(waiting, model)
            waiting = []
    yield from _answered(waiting, model)


def _answered(found: list[Found], model: NumpyModel) -> Iterator[Answer]:
    if not found:
        return
    probabilities = model.probabilities(np.stack([one.image for one in found]))
    for one, row in zip(found, probabilities, strict=True):
        yield Answer(one, row, judge(row, one.has_strokes, one.is_several))
