"""Evaluate: what a run refuses to answer, of its own images and of what is none of them."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.analysis.familiarity import REFUSED
from core.analysis.percent import percent
from core.analysis.refusal import RefusalCurve, refusal_curve
from core.analysis.strangers import noise, scrambled, scribbles
from core.data.framing import Framing
from core.explain.hidden_space import evenly_chosen
from core.figures.refusal import refusal_curves
from core.reading.reader import Reader
from ui.digits.reader import judge_of_run, reader_of
from ui.live.figure import show_figure
from ui.live.kept import kept_figure
from ui.results.final import Tested
from ui.shell.resources import framing_of_run

_IMAGES: Final = 2_000
_STRANGERS: Final = 200


def show_refusal(tested: Tested) -> None:
    """ROC curves against noise, scrambled pixels and scribbles; a sentence where there is no score."""
    st.header("Does it know what it does not know?", anchor=False)
    judge = judge_of_run(tested.run)
    if judge.familiarity is None:
        st.caption(judge.why_not or "Its numbers are not finite, or it had no images: nothing can be compared.")
        return
    curves = _curves(
        reader_of(tested.run), tested.images.images, framing_of_run(tested.run.config), tested.key, tested.run.version
    )
    st.caption(
        "Some images belong to none of its classes. Their distance from the nearest training images, as the network "
        f"sees them, can give them away. The limit is set so that {REFUSED:.0%} of the validation images are "
        f"refused: the grey line. At that limit it refuses {_prices(curves)}. An area of "
        "1 separates all of them from the test images; 0.5 is no better than chance."
    )
    show_figure(
        kept_figure(refusal_curves, curves, chosen=REFUSED, title="Others refused, against test images refused"),
        key="refusal",
        alt=f"Share refused of what is none of its classes against share of test images refused; {_prices(curves)}",
    )


def _prices(curves: Mapping[str, RefusalCurve]) -> str:
    return ", ".join(
        f"{percent(curve.strangers_refused_at(REFUSED))} of {curve.strangers} images of {name.lower()}"
        for name, curve in curves.items()
    )


# ``key`` and ``version`` are the cache's key and nothing else.
@st.cache_resource(max_entries=32, show_spinner=False)
def _curves(
    _reader: Reader,
    _images: NDArray[np.uint8],
    framing: Framing,
    key: str,  # noqa: ARG001
    version: str,  # noqa: ARG001
) -> Mapping[str, RefusalCurve]:
    few = evenly_chosen(len(_images), _IMAGES)
    strangers = {
        "Noise": noise(_STRANGERS),
        "Scrambled pixels": scrambled(_images[evenly_chosen(len(_images), _STRANGERS)]),
        "Scribbles": _scribbles(framing),
    }
    own = _strangeness(_reader, _images[few])
    return {name: refusal_curve(own, _strangeness(_reader, images)) for name, images in strangers.items()}


def _strangeness(reader: Reader, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    strangeness = reader.strangeness(images)
    return np.empty(0, np.float32) if strangeness is None else strangeness


@st.cache_resource(max_entries=2, show_spinner=False)
def _scribbles(framing: Framing) -> NDArray[np.uint8]:
    return scribbles(_STRANGERS, framing=framing)
