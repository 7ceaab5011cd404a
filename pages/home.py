"""Home: the first sixty seconds."""

import streamlit as st

from ui.home_digits import show_canvas, show_strip
from ui.home_latest import show_latest
from ui.home_start import show_start
from ui.page import page_header

page_header(
    "Digit Lab",
    "Browse real handwritten digits, train a network that reads them, watch it learn, see what it gets wrong "
    "and draw a digit yourself.",
)
# Words and button are sent to the browser before anything is read from disk.
show_start()
show_strip()
st.subheader("Draw a digit: a trained network reads it", anchor=False)
show_canvas()
show_latest()
