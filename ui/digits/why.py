"""“Why this answer?”: what Errors and Draw share to explain one reading; it computes nothing until it is opened."""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.explain.attributions import WINDOW, Attribution
from core.explain.method import Method
from core.runs.records import Run
from ui.digits.asked import Asked, Earlier, ask, attribution_of, choose_rival
from ui.digits.changes import show_flip, show_walk
from ui.digits.hidden import show_hidden_neighbours
from ui.digits.tiles import show_tiles, values_tile
from ui.shell.boxes import linked_box
from ui.shell.url import choice
from ui.shell.words import escape_markdown

WHY = "why"
_BOX = "why_box"
_UNITS: Mapping[Method, str] = MappingProxyType(
    {Method.SALIENCY: "logit per unit of ink", Method.INTEGRATED: "logit", Method.OCCLUSION: "logit"}
)
_SAY: Mapping[Method, str] = MappingProxyType(
    {
        Method.SALIENCY: "How much each logit would rise if a pixel had a little more ink: what would change the "
        "answer, not what led to it.",
        Method.INTEGRATED: "What the ink of each pixel has added to each logit, along the straight line from an "
        "empty image to this one.",
        Method.OCCLUSION: f"How much each logit falls when a square of {WINDOW}×{WINDOW} pixels is covered, averaged "
        f"over the squares that cover a pixel. Where there is no ink, there is nothing to cover.",
    }
)


def show_why(
    run: Run,
    image: NDArray[np.uint8] | None,
    true_label: int | None = None,
    *,
    earlier: Callable[[], Earlier | None] = lambda: None,
) -> None:
    """A box that explains what a run's network reads in an image, in one way at a time; the way is in the URL.

    Parameters
    ----------
    image
        uint8, shape ``(28, 28)``; None where there is nothing to read.
    earlier
        The place in the run to explain, called once the box is open; None for the end.
    """
    box = linked_box("Why this answer?", icon=":material/psychology_alt:", key=_BOX, param=WHY)
    if not box.open:
        return
    with box:
        if image is None:
            st.caption("There is nothing to explain yet.")
        else:
            way = st.segmented_control(
                "Explained by",
                required=True,
                wrap=True,
                **choice(WHY, always=True),
            )
            place = earlier()
            asked = ask(run, image, true_label, place)
            _say_when(asked, place)
            _WAYS[way](asked)


def _say_when(asked: Asked, place: Earlier | None) -> None:
    """Which network is explained, where there are several."""
    if place is None:
        if len(asked.run.epochs) > 1:
            st.caption(
                "This is about the network after its last epoch. With the slider that goes back through the training "
                "run, earlier answers are explained."
            )
        return
    if not asked.place:
        st.caption(f"The weights {place.when} are not kept, so this is about the network after its last epoch.")
        return
    answer, last = (escape_markdown(asked.names[label]) for label in (asked.answer, asked.last_answer))
    then = "as it does in the end" if answer == last else f"and in the end **{last}**"
    st.caption(f"This is about the network {place.when}. It reads **{answer}** there, {then}.")


def _show_attribution(method: Method, asked: Asked) -> None:
    rival = choose_rival(asked)
    found = attribution_of(asked, method, rival)
    answer, other = (escape_markdown(asked.names[label]) for label in found.classes)
    strongest = float(np.abs(found.values).max())
    of = _UNITS[method]
    show_tiles(
        [
            values_tile(found.values[0], asked.image, f"For and against **{answer}**", of=of, strongest=strongest),
            values_tile(found.values[1], asked.image, f"For and against **{other}**", of=of, strongest=strongest),
            values_tile(found.difference, asked.image, f"For **{answer}** rather than **{other}**", of=of),
        ],
        key="why_attribution",
    )
    st.caption(
        f"Orange is evidence for, blue against; the thin line outlines the ink. {_SAY[method]}{_sum(found, answer)}"
    )


def _sum(found: Attribution, answer: str) -> str:
    """What the pixels of integrated gradients add up to; other methods have no such sum."""
    if found.method is not Method.INTEGRATED:
        return ""
    here, blank = (float(said[0] - said[1]) for said in (found.logits, found.blank))
    total = float(found.difference.sum(dtype=np.float64))
    return (
        f" The pixels of the third picture add up to {_signed(total)}: the logit of {answer} leads by {_signed(here)} "
        f"here, and by {_signed(blank)} on an empty image."
    )


def _signed(number: float) -> str:
    return f"{number:+.2f}".replace("-", "−")


_WAYS: Mapping[str, Callable[[Asked], None]] = MappingProxyType(
    {method.value: partial(_show_attribution, method) for method in Method}
    | {"flip": show_flip, "walk": show_walk, "neighbours": show_hidden_neighbours}
)
