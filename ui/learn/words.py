"""Learn, Words and shapes: a glossary that can be searched, and every array of a network."""

import pandas as pd
import streamlit as st

from core.config import TrainConfig
from core.errors import ConfigError
from core.learn.arrays import GROUPS, NetworkArray, network_arrays
from core.learn.glossary import WORDS, Word, search
from core.models.shapes import architecture_name, parameter_count
from ui.learn.series import show_series
from ui.learn.targets import link_to
from ui.shell.page import show_error
from ui.shell.words import escape_markdown

_SEARCH, _WIDTHS, _BATCH = "words_search", "words_widths", "words_batch"


def show_words() -> None:
    """The glossary, then the arrays."""
    words, shapes = st.tabs(["Words", "Shapes"])
    with words:
        show_glossary()
    with shapes:
        show_arrays()


def show_glossary() -> None:
    """A search field and what it finds, each word with a way to where it shows."""
    wanted = st.text_input("Search", key=_SEARCH, placeholder="softmax, overfitting, “too large” …")
    found = search(WORDS, wanted)
    if not found:
        st.info(f"No word here has “{escape_markdown(wanted)}” in it.", icon=":material/search_off:")
    for word in found:
        _show_word(word)


def _show_word(word: Word) -> None:
    # The link stays beside its word, on a phone as well.
    with st.container(horizontal=True, wrap=False):
        st.markdown(f"**{word.term}** — {word.meaning}", width="stretch")
        link_to(word.shown_at, "See it", key=f"word_{word.term}")


def show_arrays() -> None:
    """A network of one's own choice, and all its arrays with their shapes."""
    config = _chosen_config()
    if config is None:
        return
    st.markdown(
        f"**{architecture_name(config)}** has **{parameter_count(config):,}** weights and biases. "
        "Digit Lab writes one image per **row**: `x @ weight.T + bias`. The from-scratch series writes one image per "
        "**column**: `W1 @ A0 + B1`. Its data and activations are therefore the transpose of Digit Lab’s; its "
        "weights are not, and its biases are columns of shape (units, 1)."
    )
    show_series()
    for group in GROUPS:
        st.markdown(f"## {group}")
        st.dataframe(
            _table([array for array in network_arrays(config) if array.group == group]),
            hide_index=True,
            width="stretch",
        )


def _chosen_config() -> TrainConfig | None:
    left, middle, right = st.columns([2, 1, 1], vertical_alignment="bottom")
    with left:
        widths = st.text_input(
            "Hidden widths",
            "20",
            key=_WIDTHS,
            help="One number per hidden layer, such as 256,128; empty for none.",
        )
    with middle:
        batch = int(st.number_input("Batch", 1, 4096, 64, key=_BATCH))
    with right:
        is_cnn = st.toggle("Convolutions", help="A small CNN before the linear layers.")
    values = {"widths": widths, "batch_size": batch, "architecture": "cnn" if is_cnn else "mlp"}
    try:
        return TrainConfig.from_mapping(values if widths.strip() else values | {"hidden_layers": 0})
    except ConfigError as error:
        show_error(error)
        return None


def _table(arrays: list[NetworkArray]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Array": [array.name for array in arrays],
            "Shape": [str(array.shape) for array in arrays],
            "Along its axes": [" × ".join(array.axes) or "one number" for array in arrays],
            "Meaning": [array.meaning for array in arrays],
            "In the series": [_in_the_series(array) for array in arrays],
        }
    )


def _in_the_series(array: NetworkArray) -> str:
    if array.column_shape is None:
        return "–"
    return f"{array.column_name} {array.column_shape}{' (transposed)' if array.is_transposed else ''}"
