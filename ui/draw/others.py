"""Draw: what every saved run with the same classes reads in the same drawing, some of them on a page."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from core.analysis.agreement import agreement_sentence, votes
from core.analysis.percent import probability_percent
from core.analysis.verdict import Verdict, named, verdict_words
from core.data.framing import Framing
from core.drawings.numbers import NumberDigit, digits_of
from core.drawings.preprocessing import DigitSteps, drawing_framed
from core.errors import DigitLabError, RunError
from core.reading.reader import Reader
from core.runs.query import RunQuery
from core.runs.records import Run
from ui.choices.run import are_folded_listed, run_titles
from ui.digits.reader import reader_at_hand
from ui.digits.reading import Reading, read_steps
from ui.shell.boxes import linked_box
from ui.shell.paging import page_shown
from ui.shell.resources import framing_of_run, run_store
from ui.shell.url import bound, checked_param, write_param
from ui.shell.url_values import one_of
from ui.shell.words import escape_markdown, item

_OPEN, _BOX, _PAGE = "every_run", "every_run_box", "every_run_page"
_PAGE_SIZE: Final = 12
"""Runs that read each stroke; their networks stay in memory."""
_MOST_NAMED: Final = 3
_NOTHING = "–"
_NOT_CALIBRATED: Final = (
    "If a run is not calibrated, this is its network’s own confidence, and nothing is refused. A run is calibrated "
    "when it is first chosen on this page, but not while it is training or without the images that it learned from."
)


@dataclass(frozen=True, eq=False)
class Said:
    """What one run says of a drawing, as a row has it.

    Parameters
    ----------
    read
        The class, or the number; a dash where there is neither.
    confidence
        0–1; None of a number.
    probabilities
        The network’s own, float32 ``(K,)``; None where it is none of its classes alone.
    is_calibrated
        Whether the confidence is.
    error
        Why the run cannot be asked, a sentence.
    """

    read: str
    verdict: Verdict | None
    confidence: float | None
    probabilities: NDArray[np.float32] | None
    is_calibrated: bool = False
    error: str = ""


def show_every_run(reading: Reading, run: Run) -> None:
    """A box with the answers of all runs that tell the same classes apart; no network is asked before it is open.

    Parameters
    ----------
    reading
        That of the chosen run.
    """
    checked_param(_OPEN, one_of("true"), "“every_run” can only be true, not “{value}”.")
    box = linked_box("What every run reads", icon=":material/groups:", key=_BOX, param=_OPEN)
    if not box.open:
        return
    with box:
        write_param(_OPEN, "true")
        if reading.verdict is Verdict.NO_INK:
            st.caption("There is nothing to read yet.")
        else:
            _show_page(reading, run)
        _show_unreadable()


def _show_page(reading: Reading, chosen: Run) -> None:
    query = RunQuery(has_weights=True, folded=are_folded_listed(), class_names=chosen.class_names)
    listing = run_store().listing
    count = listing.count(query)
    page, pages = page_shown(_PAGE, count, _PAGE_SIZE)
    runs = listing.find(replace(query, limit=_PAGE_SIZE, offset=(page - 1) * _PAGE_SIZE))
    rows = _asked(reading, chosen, runs)
    answered = [said.read for said in rows if said.read != _NOTHING]
    st.markdown(agreement_sentence([(named(escape_markdown(read)), often) for read, often in votes(answered)]))
    _show_table(runs, rows, chosen)
    for said in rows:
        if said.error:
            st.caption(f":material/error: {escape_markdown(said.error)}")
    if not all(said.is_calibrated or said.error for said in rows):
        st.caption(_NOT_CALIBRATED)
    if pages > 1:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.pagination(pages, max_visible_pages=5, **bound(_PAGE))
            st.caption(f"{count:,} runs, the newest first, {_PAGE_SIZE} at a time.")


def _show_table(runs: Sequence[Run], rows: Sequence[Said], chosen: Run) -> None:
    titles = run_titles(runs)
    st.dataframe(
        pd.DataFrame([_row(titles[run.run_id], said) for run, said in zip(runs, rows, strict=True)]),
        hide_index=True,
        height="content",
        placeholder=_NOTHING,
        column_config={
            "Probabilities": st.column_config.BarChartColumn(
                y_min=0.0,
                y_max=1.0,
                help=f"The network’s own, for each class: {escape_markdown(', '.join(chosen.class_names[:12]))}",
            ),
        },
        alt=f"What {len(runs)} runs read in this {item(chosen.class_names)}, and how sure they are",
    )


def _row(title: str, said: Said) -> dict[str, Any]:
    return {
        "Run": title,
        "Reads": said.read,
        "Verdict": None if said.verdict is None else verdict_words(said.verdict),
        "Confidence": None if said.confidence is None else probability_percent(said.confidence),
        "Probabilities": None if said.probabilities is None else said.probabilities.tolist(),
        "Calibrated": None if said.error else "yes" if said.is_calibrated else "no",
    }


def _show_unreadable() -> None:
    """A sentence for each run that is not even known to have these classes."""
    unreadable = run_store().listing.unreadable()
    for run_id in unreadable[:_MOST_NAMED]:
        try:
            run_store().summary(run_id)
        except RunError as error:
            st.caption(f":material/error: {escape_markdown(str(error))}")
    if len(unreadable) > _MOST_NAMED:
        st.caption(f"… and {len(unreadable) - _MOST_NAMED:,} more runs that cannot be read.")


def _asked(reading: Reading, chosen: Run, runs: Sequence[Run]) -> list[Said]:
    """What each run says, of the drawing as its own pictures were framed."""
    framed = {framing_of_run(chosen.config): (reading.steps, digits_of(reading.steps))}
    rows = []
    for run in runs:
        framing = framing_of_run(run.config)
        if framing not in framed:
            steps = drawing_framed(reading.steps.original, framing)
            framed[framing] = steps, digits_of(steps)
        rows.append(_said(run, framing, *framed[framing]))
    return rows


def _said(run: Run, framing: Framing, steps: DigitSteps, digits: Sequence[NumberDigit]) -> Said:
    try:
        reader = reader_at_hand(run)
    except DigitLabError as error:
        return Said(_NOTHING, None, None, None, error=str(error))
    images = b"".join([steps.digit.tobytes(), *(digit.image.tobytes() for digit in digits)])
    return _kept(steps, digits, reader, run.run_id, run.version, reader.judge.why_not, framing.value, images)


# What follows the reader is the cache’s key and nothing else: a judge that comes later gives another answer.
@st.cache_resource(max_entries=500, show_spinner=False)
def _kept(
    _steps: DigitSteps,
    _digits: Sequence[NumberDigit],
    _reader: Reader,
    run_id: str,  # noqa: ARG001
    version: str,  # noqa: ARG001
    why_not: str,
    framing: str,  # noqa: ARG001 – tells a spot from a filled shape
    images: bytes,  # noqa: ARG001
) -> Said:
    found = read_steps(_steps, _digits, _reader)
    is_alone = found.verdict not in (Verdict.SEVERAL_DIGITS, Verdict.NO_INK)
    confidence = float(found.calibrated.max()) if is_alone else None
    probabilities = found.probabilities if is_alone else None
    return Said(found.predicted, found.verdict, confidence, probabilities, is_calibrated=not why_not)
