"""The confusion matrix with the digits of the chosen cell beside it."""

from collections.abc import Sequence

import streamlit as st

from core.analysis.confusion import MATRIX_MODES, ConfusedPair, confusion_matrix, most_confused_pairs
from core.analysis.predictions import Predictions
from core.analysis.ranking import cell_positions
from core.figures.confusion import confusion_heatmap
from ui.evaluate_results import percent
from ui.gallery import show_gallery
from ui.resources import splits
from ui.state import app_state
from ui.url import checked_param

TRUE_KEY, PREDICTED_KEY = "true_label", "predicted_label"
_PAGE_SIZE = 40
_COLUMNS = 8


def check_cell_params(class_names: Sequence[str]) -> None:
    """Say one sentence about labels and modes in the URL that do not exist."""
    labels = f"must be a label from {class_names[0]} to {class_names[-1]}"
    checked_param(TRUE_KEY, list(class_names).index, f"The true label in the address {labels}.")
    checked_param(PREDICTED_KEY, list(class_names).index, f"The predicted label in the address {labels}.")
    checked_param("cells", list(MATRIX_MODES).index, f"The cells in the address must be {', '.join(MATRIX_MODES)}.")


@st.fragment
def show_confusion(predictions: Predictions) -> None:
    """Matrix, most confused pairs and the digits of one cell; a click or two select boxes choose the cell."""
    names = predictions.class_names
    matrix = confusion_matrix(predictions.labels, predictions.predicted, len(names))
    pairs = most_confused_pairs(matrix, 8)
    st.subheader("Confusion matrix on the test set")
    st.caption("A row is what the digits are, a column is what it read. Click a cell to see its digits.")
    left, right = st.columns([11, 9], gap="medium")
    with right:
        cell = _choose_cell(names, pairs)
        digits = st.container()
    with left:
        mode = st.segmented_control(
            "Cells show", MATRIX_MODES, default="counts", required=True, key="cells", bind="query-params",
            persist_state="session",
            help="By true row: share of all digits with this label (recall on the diagonal). "
            "By predicted column: share of all that were read as this label (precision on the diagonal).",
        )
        hide = st.toggle("Hide the diagonal", key="hide_diagonal", bind="query-params", persist_state="session",
                         help="Leaves the right answers out, so that the colours tell the mistakes apart.")
        _show_matrix(predictions.run_id, confusion_heatmap(
            matrix, names, mode=mode or "counts", hide_diagonal=hide, selected=cell), _alt(pairs, names))
    with digits:
        _show_cell(predictions, cell)
