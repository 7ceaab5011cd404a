"""Evaluate: the numbers that sum a run up on the test images."""

import streamlit as st

from core.analysis.classification import top_k_accuracy
from core.analysis.intervals import accuracy_interval
from core.analysis.percent import percent
from ui.results.final import Tested, count_look

_ACCURACY_HELP = (
    "Share of the test images that the network reads correctly. The interval is Wilson’s: of 100 such intervals, "
    "each from other test images of the same kind, about 95 would contain the true accuracy."
)
_UNCOUNTED = "Looks at these results are not counted."
_ECE_HELP = (
    "Expected calibration error (ECE): how far apart confidence and accuracy are on average. At 0%, confidence can "
    "be taken at face value."
)


def show_summary(tested: Tested) -> None:
    """The four numbers that sum a run up on the test images, and how far to trust them."""
    looks, predictions = count_look(tested), tested.predictions
    total = len(predictions.labels)
    interval = accuracy_interval(predictions.accuracy, total)
    ece = predictions.reliability.expected_calibration_error
    top2, top3 = (top_k_accuracy(predictions.probabilities, predictions.labels, k) for k in (2, 3))
    with st.container(horizontal=True, gap="medium"):
        st.metric(
            "Test accuracy",
            percent(interval.share),
            f"95% interval {percent(interval.low)} – {percent(interval.high)}",
            delta_color="off",
            delta_arrow="off",
            width="content",
            help=_ACCURACY_HELP,
        )
        for k, share in ((2, top2), (3, top3)):
            meaning = f"The true label is among its {k} most probable ones."
            st.metric(f"Test top-{k} accuracy", percent(share), width="content", help=meaning)
        st.metric("Test calibration error", percent(ece), width="content", help=_ECE_HELP)
    st.caption(f"{tested.sentence} {_looks_sentence(looks) if tested.counts else _UNCOUNTED}")


def _looks_sentence(looks: int) -> str:
    times = "once" if looks == 1 else f"{looks} times"
    seen = f"Test set looked at {times}" if looks else "Nobody has asked for the test results yet"
    return (
        f"**{seen}** for this run: choose settings by validation accuracy, so that this number stays an honest last "
        "check."
    )
