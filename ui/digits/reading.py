"""What Home and Draw share: a network's reading of a drawing, and how it is shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.analysis.verdict import Verdict, judge, number_sentence, verdict_sentence
from core.data.framing import Framing
from core.drawings.numbers import NumberDigit, digits_of
from core.drawings.preprocessing import DigitSteps, drawing_framed
from core.reading.answers import DigitAnswer, answers_to_digits
from core.reading.reader import Reader
from ui.live.figure import ReadyFigure, show_figure
from ui.live.replay import Frames
from ui.live.state import changes_in_place
from ui.shell.terms import explained
from ui.shell.words import escape_markdown

if TYPE_CHECKING:
    import plotly.graph_objects as go

_VERDICT_ICONS = {
    Verdict.NO_INK: ":material/edit:",
    Verdict.UNSURE: ":material/help:",
    Verdict.DIGIT: ":material/check_circle:",
    Verdict.SEVERAL_DIGITS: ":material/filter_2:",
    Verdict.NOT_A_DIGIT: ":material/block:",
}
_UNANSWERED = (Verdict.NO_INK, Verdict.SEVERAL_DIGITS)
_ANSWER = "prediction"
# The longest name that is shown at a size: a digit can be huge, “long-necked swan” cannot.
_LETTERS = ((2, "6.5rem"), (8, "3.5rem"), (10_000, "2.25rem"))


@dataclass(frozen=True, eq=False)
class Reading:
    """What one run's network says about one drawing.

    Parameters
    ----------
    probabilities
        The network's own, float32, shape ``(K,)``; of an empty image where there is nothing to read.
    calibrated
        float32, shape ``(K,)``: those that the verdict rests on.
    digits
        Where it shows several, the answer to each.
    """

    steps: DigitSteps
    probabilities: NDArray[np.float32]
    calibrated: NDArray[np.float32]
    class_names: tuple[str, ...]
    verdict: Verdict
    digits: tuple[DigitAnswer, ...] = ()

    @property
    def predicted(self) -> str:
        """Name of the class with the highest probability, of several digits the number; a dash without either."""
        if self.digits:
            names = [self.class_names[digit.label] for digit in self.digits]
            return "".join(names) if max(map(len, names)) == 1 else " ".join(names)
        return "–" if self.verdict in _UNANSWERED else self.class_names[int(self.probabilities.argmax())]


def read_ink(ink: NDArray[np.uint8], reader: Reader, framing: Framing = Framing.MNIST) -> Reading:
    """Bring ink, uint8 ``(H, W)``, to 28×28 as the network's pictures were, and ask the network."""
    steps = drawing_framed(ink, framing)
    return read_steps(steps, digits_of(steps), reader)


def read_steps(steps: DigitSteps, digits: Sequence[NumberDigit], reader: Reader) -> Reading:
    """Ask a network about a drawing that has been brought to 28×28.

    Parameters
    ----------
    digits
        Those of a number, where it shows several.
    """
    opinion = reader.opinion(steps.digit[None])
    verdict = judge(
        float(opinion.confidence[0]),
        steps.has_strokes,
        is_several=steps.is_several,
        is_strange=bool(opinion.is_strange[0]),
    )
    calibrated = reader.judge.calibrated(opinion.probabilities)[0]
    said = answers_to_digits(digits, reader)
    return Reading(steps, opinion.probabilities[0], calibrated, reader.class_names, verdict, said)


def show_prediction(reading: Reading, *, without_ink: str | None = None) -> None:
    """The prediction as a metric, larger than anything beside it, with the verdict in words.

    Parameters
    ----------
    without_ink
        What to say where there is no ink; an empty text says nothing.
    """
    name = reading.predicted
    with st.container(key=_ANSWER):
        st.metric("Prediction", escape_markdown(name), help=explained("Softmax", "Confidence"))
    size = next(size for longest, size in _LETTERS if len(name) <= longest)
    st.html(f"<style>.st-key-{_ANSWER} [data-testid='stMetricValue'] {{ font-size: {size}; }}</style>")
    steps, names = reading.steps, [escape_markdown(name) for name in reading.class_names]
    sentence = verdict_sentence(reading.verdict, reading.calibrated, names, is_spot=steps.is_spot)
    if without_ink is not None and not steps.has_ink:
        sentence = without_ink
    if reading.digits:
        sentence = number_sentence([(names[one.label], one.confidence, one.verdict) for one in reading.digits])
    if sentence:
        st.markdown(f"{_VERDICT_ICONS[reading.verdict]} {sentence}")


def show_bars(reading: Reading, *, key: str, true_label: int | None = None, frames: Frames | None = None) -> None:
    """A bar for each class; empty ones where there is nothing to read.

    Parameters
    ----------
    frames
        How they look at earlier places of the run.
    """
    # Plotly takes a while to load, and a page's text should not wait for it.
    from core.figures.probabilities import probability_bars, probability_bars_json

    probabilities = reading.probabilities
    if reading.verdict in _UNANSWERED:
        probabilities = np.zeros_like(probabilities)
    figure: go.Figure | ReadyFigure
    if changes_in_place():
        figure = ReadyFigure(*probability_bars_json(probabilities, reading.class_names, true_label=true_label))
    else:
        figure = probability_bars(probabilities, reading.class_names, true_label=true_label)
    said = "no class yet" if reading.verdict in _UNANSWERED else f"{reading.predicted} highest"
    show_figure(
        figure,
        key=key,
        alt=f"Bars: probability of each of {len(probabilities)} classes, {said}.",
        frames=frames,
    )
