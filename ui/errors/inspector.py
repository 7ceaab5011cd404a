"""One test digit under the magnifying glass: what this run, its earlier epochs and the other runs make of it."""

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from core.analysis.percent import probability_percent
from core.analysis.ranking import ErrorTable, epochs_correct, losses
from core.figures.digit import digit_heatmap
from core.figures.probabilities import probability_bars
from ui.errors.list import INSPECTED, go_to_place, take_number
from ui.errors.state import ErrorsState
from ui.live.figure import show_figure
from ui.live.kept import kept_figure
from ui.live.keys import listen_for_steps
from ui.results.choice import OWN
from ui.results.final import Tested
from ui.results.replay import show_places
from ui.results.through_epochs import answer_frames
from ui.shell.predictions import images_of_other
from ui.shell.resources import images_to_test, run_store
from ui.shell.state import page_state
from ui.shell.terms import explained
from ui.shell.words import escape_markdown, item, one

_LOSS_HELP = "−ln of the probability of the true label, in nats; 0 is best."
_BARS_HEIGHT, _MOST_IMAGE = 180, 220
_SMALL_NUMBERS = """
.st-key-inspected_numbers [data-testid=stMetricValue], .st-key-inspected_numbers [data-testid=stMetricValue] * {
  font-size: 1.375rem; white-space: normal; overflow-wrap: anywhere;
}
"""
"""A name of several words takes several lines instead of being cut off."""
_MOST_HISTORIES = 1_000
"""More mistakes than this are not run through every epoch at once: only the digit that is looked at is."""


def choose_digit(errors: ErrorTable, images: int, what: str) -> int | None:
    """The number of the image to inspect, with steps to the mistakes before and after it in the list.

    Parameters
    ----------
    images
        How many test images there are.
    what
        What each of them shows, such as ``digit``.
    """
    remembered = st.session_state.get(INSPECTED)
    if remembered is not None and not 0 <= remembered < images:
        # It was chosen among the test images of another run.
        st.session_state[INSPECTED] = None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.number_input(
            f"Test {what}",
            value=None,
            step=1,
            placeholder=f"first: {errors.positions[0]}" if len(errors) else "its number",
            key=INSPECTED,
            on_change=take_number,
            args=(images,),
            persist_state="session",
            width=150,
            help=f"Its number in the test set. Click {one(what)} in the gallery, or type its number. "
            "The keys ← and → step through the list.",
        )
        digit = int(chosen) if chosen is not None else int(errors.positions[0]) if len(errors) else None
        positions = errors.positions.tolist()
        place = positions.index(digit) if digit in positions else -1
        _step("Previous", errors, place - 1)
        _step("Next", errors, place + 1)
        if positions:
            listen_for_steps(
                key="errors_keys", place=place, count=len(positions), on_step=lambda to: go_to_place(to, errors)
            )
    _show_refused(images, what)
    return digit


def _show_refused(images: int, what: str) -> None:
    """Name a number that has just been typed and is not an image's; the browser would leave it in the field unsaid."""
    state = page_state(ErrorsState)
    typed, state.refused = state.refused, None
    if isinstance(typed, int):
        st.warning(
            f"There is no test {what} {typed:,}: they are numbered from 0 to {images - 1:,}. Here is the nearest."
        )


def show_digit(tested: Tested, errors: ErrorTable, digit: int) -> None:
    """All that is known of one test digit.

    Parameters
    ----------
    errors
        Every mistake of the run, unfiltered.
    digit
        Its number in the test set.
    """
    predictions = tested.predictions
    names, what = predictions.class_names, item(predictions.class_names)
    true, read = int(predictions.labels[digit]), int(predictions.predicted[digit])
    if true == read:
        st.markdown(f":material/check_circle: This run reads test {what} {digit} correctly.")
    image, numbers = st.columns([1, 2], gap="small")
    with image:
        show_figure(
            kept_figure(digit_heatmap, tested.images.images[digit]),
            key="inspected_digit",
            alt=f"Test {what} {digit}, labelled {names[true]}",
            shape="1",
            max_height=_MOST_IMAGE,
        )
    with numbers:
        _show_numbers(tested, errors, digit)
    show_figure(
        kept_figure(_bars, predictions.probabilities[digit], names, int(true)),
        key="inspected_probabilities",
        alt=f"Probability of each label; highest {names[read]}, true {names[true]}",
        frames=answer_frames(
            tested.run, tested.images.images[digit], predictions.probabilities[digit], true_label=true
        ),
    )
    show_places(tested.run, "errors")


def _bars(probabilities: NDArray[np.float32], names: tuple[str, ...], true: int) -> go.Figure:
    return probability_bars(probabilities, names, true_label=true).update_layout(height=_BARS_HEIGHT)


def _show_numbers(tested: Tested, errors: ErrorTable, digit: int) -> None:
    predictions = tested.predictions
    names, true = predictions.class_names, predictions.labels[digit]
    own = predictions.probabilities[digit, true]
    history = _history(tested, errors, digit)
    correct = f"{int(history.correct.sum())} of {len(history.correct)}" if len(history.correct) else "–"
    kept = f"After how many of the epochs whose weights are kept it was read correctly. {history.sentence}"
    with st.container(key="inspected_numbers"):
        st.html(f"<style>{_SMALL_NUMBERS}</style>")
        with st.grid(2, min_column_width=90, gap="xsmall"):
            st.metric("True label", escape_markdown(names[true]), help=explained("Label"))
            st.metric("Read as", escape_markdown(names[predictions.predicted[digit]]))
            st.metric(
                "Confidence", probability_percent(float(predictions.confidence[digit])), help=explained("Confidence")
            )
            st.metric("Loss", f"{losses(own[None])[0]:.2f}", help=_LOSS_HELP)
            st.metric("Epochs correct", correct, help=kept)


@dataclass(frozen=True, eq=False)
class _History:
    """Kept epochs and whether each read a digit correctly, bool, shape ``(epochs,)``."""

    epochs: tuple[int, ...]
    correct: NDArray[np.bool_]

    @property
    def sentence(self) -> str:
        """The epochs by number."""
        numbers = [str(epoch) for epoch, correct in zip(self.epochs, self.correct, strict=True) if correct]
        return f"Correct after epoch {', '.join(numbers)}." if numbers else ""


def _history(tested: Tested, errors: ErrorTable, digit: int) -> _History:
    several = len(errors) <= _MOST_HISTORIES and digit in errors.positions
    positions = tuple(errors.positions.tolist()) if several else (digit,)
    epochs, correct = _epochs_correct(tested.run.run_id, tested.run.version, tested.dataset, positions)
    return _History(epochs, correct[:, positions.index(digit)])


@st.cache_data(max_entries=16, show_spinner="Reading with every epoch …")
def _epochs_correct(
    run_id: str,
    version: str,  # noqa: ARG001 – the cache tells old weights from new ones by it
    dataset: str,
    positions: tuple[int, ...],
) -> tuple[tuple[int, ...], NDArray[np.bool_]]:
    """Kept epochs, and which of them read these test digits correctly, bool, shape ``(epochs, digits)``."""
    run = run_store().summary(run_id)
    images = images_to_test(run.config) if dataset == OWN else images_of_other(run, dataset).images
    test = images.subset(np.array(positions))
    models = run_store().epoch_models(run_id)
    correct = epochs_correct((model.probabilities(test.images) for _, model in models), test.labels)
    return tuple(epoch for epoch, _ in models), correct


def _step(label: str, errors: ErrorTable, place: int) -> None:
    """A button that goes to the mistake at this place in the list, if there is one."""
    st.button(label, disabled=not 0 <= place < len(errors), on_click=go_to_place, args=(place, errors))
