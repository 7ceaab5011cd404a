"""Sentences that are kept, and recognised again."""

import pytest

from core.errors import DivergedError, TrainingError, is_divergence


def test_a_divergence_says_where_and_what_to_do() -> None:
    assert str(DivergedError(3, 1_200, 0.05)) == (
        "The loss was no longer a finite number in epoch 3, batch 1,200: the run diverged. Try a learning rate below "
        "0.05, for instance 0.005."
    )


def test_a_divergence_is_recognised_by_its_own_sentence() -> None:
    assert is_divergence(str(DivergedError(1, 2, 10.0)))


@pytest.mark.parametrize(
    "error", [None, "", str(TrainingError("Views of it diverged.")), "The server that ran it was gone; it diverged."]
)
def test_a_sentence_that_speaks_of_diverging_is_no_divergence(error: str | None) -> None:
    assert not is_divergence(error)
