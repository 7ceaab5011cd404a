"""Draw, report card: one digit after another on request, and what the network reads beside what it reads in tests."""

from typing import Any, Final

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from core.analysis.percent import percent
from core.analysis.predictions import Predictions
from core.analysis.report_card import ReportCard, read_as
from core.analysis.verdict import Verdict, named
from core.errors import DigitLabError
from core.figures.addresses import png_address
from core.runs.records import Run
from ui.choices.run import is_chosen
from ui.digits.reading import Reading
from ui.digits.state import CanvasState
from ui.draw.sources import CANVAS
from ui.draw.state import CardState
from ui.results.final import count_look_at
from ui.shell.predictions import predictions as stored_predictions
from ui.shell.resources import framing_of_run, model
from ui.shell.state import page_state
from ui.shell.words import escape_markdown, item, one

_MOST_DRAWN: Final = 100


def card_of(run: Run) -> CardState:
    """What was drawn for a report card; nothing of other classes, or of pictures that were framed in another way."""
    state = page_state(CardState)
    state.belong_to((*run.class_names, framing_of_run(run.config).value))
    return state


def show_task(run: Run, reading: Reading) -> None:
    """Which class is to be drawn now, and the button that hands it in; before that, the one that begins."""
    state, names = card_of(run), run.class_names
    if not state.is_on:
        st.button(
            "Report card",
            icon=":material/grading:",
            disabled=len(state.images) >= _MOST_DRAWN,
            help=f"Draw {one(item(names))} of each class in turn, and see how many of them the network reads.",
            on_click=state.begin,
        )
        return
    asked = len(state.images) % len(names)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"Draw {named(escape_markdown(names[asked]))} ({asked + 1} of {len(names)})")
        is_empty = reading.verdict is Verdict.NO_INK
        digit = reading.steps.digit
        st.button("Hand in", disabled=is_empty, on_click=_hand_in, args=(state, digit, len(names)))
        st.button("End", on_click=state.end)


def show_card(run: Run) -> None:
    """What was drawn, class by class, and what the network reads in it; nothing before the first drawing."""
    state, names = card_of(run), run.class_names
    if not state.images:
        return
    st.header("Your report card", anchor=False)
    read = model(run.run_id).probabilities(np.stack(state.images)).argmax(axis=1)
    card = ReportCard(tuple(place % len(names) for place in range(len(read))), tuple(read.tolist()))
    tested = _tested(run)
    beside = (
        "" if tested is None else f"; of the {len(tested.labels):,} test images, it reads {percent(tested.accuracy)}"
    )
    st.markdown(
        f"**The network reads {card.correct} of your {len(read)} drawings as the class asked for "
        f"({percent(card.correct / len(read))})**{beside}."
    )
    st.dataframe(
        pd.DataFrame([_row(card, label, state, names, tested) for label in sorted(set(card.asked))]),
        hide_index=True,
        height="content",
        row_height=48,
        placeholder="–",
        column_config={
            "Drawn": st.column_config.ImageColumn(width="small", help="The last one, as the network gets it"),
            "Test set": st.column_config.NumberColumn(format="%.2f%%", help="Of the test images of this class"),
        },
        alt=f"What the network reads in {len(read)} drawings, and the share of test images of each class that it reads",
    )
    st.caption("Choose another run above, and it reads the same drawings.")
    st.button("Discard the card", icon=":material/delete:", on_click=state.discard)


def _row(
    card: ReportCard, label: int, state: CardState, names: tuple[str, ...], tested: Predictions | None
) -> dict[str, Any]:
    correct, drawn = card.of_class(label)
    last = max(place for place, asked in enumerate(card.asked) if asked == label)
    return {
        "Asked for": names[label],
        "Drawn": png_address(state.images[last]),
        "Read as": read_as(card, label, names),
        "You": f"{correct} of {drawn}",
        "Test set": None if tested is None else 100 * float(tested.class_metrics.recall[label]),
    }


def _tested(run: Run) -> Predictions | None:
    """The test results of a run, at which somebody looks now; None after a sentence on why there are none."""
    if run.status.is_active:
        st.caption("Test results appear when this run has ended.")
        return None
    try:
        found = stored_predictions(run)
    except DigitLabError as error:
        st.caption(escape_markdown(str(error)))
        return None
    if is_chosen(run.run_id):
        count_look_at(run.run_id)
    return found


def _hand_in(state: CardState, digit: NDArray[np.uint8], classes: int) -> None:
    state.images.append(digit)
    if len(state.images) % classes == 0 or len(state.images) >= _MOST_DRAWN:
        state.end()
    page_state(CanvasState).drawing(CANVAS).clear()
