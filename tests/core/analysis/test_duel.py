"""The duel: which images it takes, and who is ahead."""

import numpy as np

from core.analysis.duel import ROUND, new_duel
from core.analysis.predictions import Predictions


def made(misread: int, correct: int) -> Predictions:
    """Images of class 0: the first are read as 1, the others correctly, each by a larger margin than the one before."""
    sure = np.concatenate([np.full(misread, 0.3), 0.55 + 0.4 * np.arange(correct) / max(1, correct)])
    probabilities = np.stack([sure, 1 - sure], axis=1).astype(np.float32)
    return Predictions("x", probabilities, np.zeros(misread + correct, np.int64), ("a", "b"))


def test_half_are_misread_and_half_are_the_closest() -> None:
    duel = new_duel(made(20, 400), seed=3)
    assert len(duel.positions) == len(set(duel.positions)) == ROUND
    assert sum(position < 20 for position in duel.positions) == ROUND // 2
    assert max(duel.positions) < 20 + 100
    assert duel.read == tuple(int(position < 20) for position in duel.positions)
    assert duel == new_duel(made(20, 400), seed=3) != new_duel(made(20, 400), seed=4)


def test_the_others_fill_up_where_one_kind_lacks() -> None:
    for misread, correct, asked in ((2, 400, 10), (400, 3, 10), (0, 4, 4), (3, 0, 3), (0, 0, 0)):
        duel = new_duel(made(misread, correct), seed=0)
        assert (len(duel.positions), duel.is_over) == (asked, asked == 0)


def test_both_are_counted_on_what_was_answered_and_no_answer_comes_after_the_end() -> None:
    duel = new_duel(made(5, 5), seed=0)
    for step in range(ROUND):
        duel = duel.answer(0 if step < 4 else 1)
        assert duel.networks == sum(position >= 5 for position in duel.positions[: step + 1])
    assert (duel.yours, duel.is_over, duel.answer(0)) == (4, True, duel)
