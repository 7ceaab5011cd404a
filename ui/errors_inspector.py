"""One test digit under the magnifying glass: what this run, its earlier epochs and the other runs make of it."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.analysis.predictions import Predictions
from core.analysis.ranking import ErrorTable, losses
from core.figures.digit import digit_heatmap
from core.figures.probabilities import probability_bars
from core.runs.records import Run
from ui.errors_context import show_neighbours, show_other_runs
from ui.errors_list import DIGIT
from ui.resources import run_store, splits

_MOST_HISTORIES = 1_000
"""More mistakes than this are not run through every epoch at once: only the digit that is looked at is."""


def choose_digit(errors: ErrorTable, images: int) -> int:
    """The number of the digit to inspect, with steps to the mistakes before and after it in the list."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.number_input(
            "Test digit",
            min_value=0,
            max_value=images - 1,
            value=None,
            step=1,
            placeholder=f"{errors.positions[0]}, the first in the list" if len(errors) else "its number",
            key=DIGIT,
            bind="query-params",
            persist_state="session",
            width=220,
            help="Place in the test set. Click a digit in the gallery, or type its number.",
        )
        digit = int(chosen) if chosen is not None else int(errors.positions[0]) if len(errors) else 0
        before, after = _beside(errors, digit)
        st.button("Previous", icon=":material/arrow_back:", disabled=before is None, on_click=_go_to, args=(before,))
        st.button("Next", icon=":material/arrow_forward:", disabled=after is None, on_click=_go_to, args=(after,))
    return digit


def show_inspector(run: Run, predictions: Predictions, errors: ErrorTable, digit: int) -> None:
    """All that is known of one test digit.

    Parameters
    ----------
    errors
        Every mistake of the run, unfiltered.
    digit
        Place in the test set.
    """
    names = predictions.class_names
    true, read = int(predictions.labels[digit]), int(predictions.predicted[digit])
    if true == read:
        st.success(f"This run reads test digit {digit} rightly as {names[true]}.", icon=":material/check_circle:")
    image, numbers = st.columns([2, 3], gap="medium")
    image.plotly_chart(
        digit_heatmap(splits().test.images[digit]),
        key="inspected_digit",
        alt=f"Test digit {digit}, a {names[true]}",
        config={"displayModeBar": False},
    )
    with numbers:
        _show_numbers(run, predictions, errors, digit)
        st.plotly_chart(
            probability_bars(predictions.probabilities[digit], names, true_label=true),
            key="inspected_probabilities",
            alt=f"Probability of each label; highest {names[read]}, true {names[true]}",
            config={"displayModeBar": False},
        )
    left, right = st.columns([3, 2], gap="medium")
    with left:
        show_neighbours(run, digit)
    with right:
        show_other_runs(run, digit)


def _show_numbers(run: Run, predictions: Predictions, errors: ErrorTable, digit: int) -> None:
    names, true = predictions.class_names, predictions.labels[digit]
    own = predictions.probabilities[digit, true]
    history = _history(run, errors, digit)
    label, predicted, loss, right = st.columns(4)
    label.metric("True label", names[true])
    predicted.metric("Read as", names[predictions.predicted[digit]])
    loss.metric(
        "Loss", f"{losses(own[None])[0]:.2f}", help="−ln of the probability of the true label, in nats; 0 is best."
    )
    right.metric(
        "Epochs right",
        f"{int(history.right.sum())} of {len(history.right)}" if len(history.right) else "–",
        help=f"In how many of the epochs whose weights are kept it was read rightly. {history.sentence}",
    )


@dataclass(frozen=True, eq=False)
class _History:
    """Kept epochs and whether each read a digit rightly, bool, shape ``(epochs,)``."""

    epochs: tuple[int, ...]
    right: NDArray[np.bool_]

    @property
    def sentence(self) -> str:
        """The epochs by number."""
        numbers = [str(epoch) for epoch, right in zip(self.epochs, self.right, strict=True) if right]
        return f"Right after epoch {', '.join(numbers)}." if numbers else ""


def _history(run: Run, errors: ErrorTable, digit: int) -> _History:
    several = len(errors) <= _MOST_HISTORIES and digit in errors.positions
    positions = tuple(errors.positions.tolist()) if several else (digit,)
    epochs, right = _epochs_right(run.run_id, (run.epochs_done, run.status.value), positions)
    return _History(epochs, right[:, positions.index(digit)])


@st.cache_data(max_entries=16, show_spinner="Asking every epoch …")
def _epochs_right(
    run_id: str,
    version: tuple[float, str],  # noqa: ARG001 – the cache tells old weights from new ones by it
    positions: tuple[int, ...],
) -> tuple[tuple[int, ...], NDArray[np.bool_]]:
    """Kept epochs, and which of them read these test digits rightly, bool, shape ``(epochs, digits)``."""
    test = splits().test.subset(np.array(positions))
    models = run_store().epoch_models(run_id)
    right = [model.probabilities(test.images).argmax(axis=1) == test.labels for _, model in models]
    return tuple(epoch for epoch, _ in models), np.array(right, dtype=np.bool_).reshape(len(models), len(positions))


def _beside(errors: ErrorTable, digit: int) -> tuple[int | None, int | None]:
    """The mistakes before and after a digit in the list; the first one is after a digit that is not in it."""
    positions = errors.positions.tolist()
    if digit not in positions:
        return None, positions[0] if positions else None
    place = positions.index(digit)
    return (
        positions[place - 1] if place > 0 else None,
        positions[place + 1] if place + 1 < len(positions) else None,
    )


def _go_to(digit: int | None) -> None:
    st.session_state[DIGIT] = digit
