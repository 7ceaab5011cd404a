"""Cards on pictures: what one is to a computer, a unit’s stencil, and who wrote the digits."""

import numpy as np
import streamlit as st

from core.data.dataset import DIGIT_NAMES
from core.figures.cards import pixel_part
from core.figures.montage import digit_montage
from core.figures.walk import ink_picture, side_by_side, signed_picture
from core.learn.cards.handwriting import WRITERS, some_of
from core.learn.cards.pixels import ZOOMS, telling_part
from core.learn.cards.stencil import StencilSum, stencil_sum
from ui.digits.gallery import show_montage
from ui.learn.cards.choosing import choose
from ui.learn.cards.demo import demo_network, demo_units, unseen
from ui.learn.state import LearnState
from ui.live.figure import show_figure
from ui.live.kept import kept_figure
from ui.shell.resources import splits
from ui.shell.state import page_state

_TALLEST = 290
_ROWS = 4
_WHO = dict(zip(WRITERS, ("Census Bureau employees", "High-school students"), strict=True))


def show_image() -> None:
    """A digit that turns into numbers as one comes closer."""
    zoom = choose("Zoom", ZOOMS, ZOOMS[0], key="card_zoom", format_func="{}×".format)
    image = splits().train.images[0]
    top, left, side = telling_part(image, zoom)
    show_figure(
        kept_figure(pixel_part, image, top=top, left=left, side=side),
        key="card_pixels",
        alt=f"A handwritten digit, {side} × {side} of its pixels, each with its number on hover"
        + (" and in the picture" if zoom == ZOOMS[-1] else ""),
        shape="1",
        max_height=_TALLEST,
    )
    st.caption("The first training image of MNIST. Point at a pixel to read its number.")


def show_stencil() -> None:
    """A unit of the demo run on a digit of one’s choice."""
    network, units = demo_network(), demo_units()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label = int(choose("Digit", DIGIT_NAMES, "3", key="card_digit", label_visibility="collapsed"))
        st.button("Another unit", icon=":material/cached:", on_click=_next_unit, key="card_unit")
    unit = units[page_state(LearnState).unit % len(units)]
    image = unseen().images[int((unseen().labels == label).argmax())]
    summed = stencil_sum(network, unit, image)
    weights = network.first_layer_images()[unit].astype(np.float64)
    with st.container(width=640):
        st.image(
            side_by_side([ink_picture(image), signed_picture(weights), signed_picture(summed.parts)]),
            width="stretch",
            alt=f"A {label}, the stencil of unit {unit}, and the stencil where there is ink",
            caption=f"The digit · the stencil of unit {unit} · the stencil where there is ink",
        )
    show_sum(summed)


def show_sum(summed: StencilSum) -> None:
    """The four numbers, and what the unit says."""
    with st.container(horizontal=True, gap="medium"):
        for label, value in (
            ("Without ink", summed.start),
            ("Ink on orange", summed.added),
            ("Ink on blue", summed.subtracted),
            ("Together", summed.total),
        ):
            st.metric(label, f"{value:+.1f}".replace("-", "−"), width="content")
    says = f"passes on **{summed.total:.1f}**" if summed.total > 0 else "is below zero and **stays silent**"
    st.markdown(f"For this digit the unit {says}.")


def show_writers() -> None:
    """Digits of either group, from the test set, whose halves are known."""
    writers = choose("Written by", WRITERS, WRITERS[0], key="card_writers", format_func=_WHO.__getitem__)
    images = splits().test
    chosen = images.subset(some_of(writers, images.labels, _ROWS))
    hover = [f"test image {index}" for index in chosen.file_indices]
    show_montage(
        kept_figure(digit_montage, chosen.images, hover, columns=len(DIGIT_NAMES)),
        key="card_hands",
        alt=f"Digits 0 to 9 in {_ROWS} rows, written by {_WHO[writers]}",
    )
    st.caption(
        "From MNIST’s test set: its first 5,000 digits are from a collection by about 2,000 employees, its last 5,000 "
        "from one by about 500 students."
    )


def _next_unit() -> None:
    page_state(LearnState).unit += 1
