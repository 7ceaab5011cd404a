"""Learn, Words and shapes: the arrays of the from-scratch series, printed, and a column of one as the image it is."""

import streamlit as st

from core.figures.walk import ink_picture
from core.learn.series import series_arrays
from core.learn.snippets import snippet_named
from ui.shell.resources import catalogue

_ARRAY, _COLUMN = "series_array", "series_column"


def show_series() -> None:
    """A box with each array as NumPy prints it, and the lines to do so oneself."""
    box = st.expander("The series’ arrays, printed", icon=":material/code:", key="series_box", on_change="rerun")
    if box.open:
        with box:
            _show_arrays()
            st.caption("To try it yourself, a cell of the notebook from Questions:")
            st.code(snippet_named("Arrays").code, language="python", wrap_lines=True)


def _show_arrays() -> None:
    images = catalogue().load("kaggle-42000").first_images
    arrays = {array.name: array for array in series_arrays(images.images, images.labels)}
    name = str(st.segmented_control("Array", list(arrays), default="x_train", required=True, key=_ARRAY))
    chosen = arrays[name]
    left, right = st.columns([3, 2])
    with left:
        st.code(f"{name} = {chosen.made_by}\nprint({name})", language="python", wrap_lines=True)
        st.code(f"{chosen.printed}\n\n# shape {chosen.values.shape}", language=None)
    if not name.startswith("x_"):
        return
    with right:
        last = chosen.values.shape[1] - 1
        column = int(
            st.number_input("Column", 0, last, 0, key=_COLUMN, help=f"From 0 to {last:,}: one for each image.")
        )
        label = int(arrays[f"y_{name[2:]}"].values[0, column])
        words = f"{name}[:, {column}].reshape(28, 28): labelled {label}"
        st.image(ink_picture(chosen.values[:, column]), width=224, caption=words, alt=words)
