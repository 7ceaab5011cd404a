"""Learn, New to this: eight cards, one at a time: an idea, a picture, something to try, and the way to the next."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import streamlit as st

from core.errors import DigitLabError
from core.learn.cards.catalogue import CARDS, Card
from ui.learn.cards.learning import show_memory, show_step
from ui.learn.cards.pictures import show_image, show_stencil, show_writers
from ui.learn.cards.reading import show_guess, show_mistakes, show_unknown
from ui.learn.progress import is_done, mark_done
from ui.shell.columns import side_by_side
from ui.shell.page import show_error
from ui.shell.terms import explained
from ui.shell.url import choice, go_to

CARD = "card"
_NAMES = tuple(card.name for card in CARDS)
_FIRST, _LAST = _NAMES[0], _NAMES[-1]

SHOWN: Mapping[str, Callable[[], None]] = MappingProxyType(
    {
        "image": show_image,
        "stencil": show_stencil,
        "guess": show_guess,
        "mistakes": show_mistakes,
        "step": show_step,
        "overfitting": show_memory,
        "unknown": show_unknown,
        "mnist": show_writers,
    }
)
"""The picture of each card, and what can be done with it."""


def show_cards() -> None:
    """The chosen card, and the way on."""
    # Read first: the choice is below the card.
    keywords = choice(CARD)
    name = str(st.session_state[CARD])
    number = _NAMES.index(name)
    read = sum(map(is_done, _NAMES))
    st.progress(read / len(CARDS), f"Card {number + 1} of {len(CARDS)}" + (f", {read} read" if read else ""))
    show_card(CARDS[number])
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button(
            "Back",
            icon=":material/arrow_back:",
            disabled=not number,
            on_click=go_to,
            args=(CARD, _NAMES[max(number - 1, 0)], _FIRST),
            key="card_back",
        )
        st.button(
            "Done" if name == _LAST else "Next",
            icon=":material/check:" if name == _LAST else ":material/arrow_forward:",
            type="primary",
            on_click=_finish,
            args=(name,),
            key="card_next",
        )
        st.selectbox("Card", label_visibility="collapsed", width=260, **keywords)
    if read == len(CARDS):
        show_ways_on()


def show_card(card: Card) -> None:
    """Its words, beside them what there is to see and do."""
    words, seen = side_by_side(1, 2, key="card_sides")
    with words:
        st.header(card.title, anchor=False)
        st.markdown(card.text, help=explained(*card.terms))
    with seen:
        _show_picture(card.name)


@st.fragment
def _show_picture(name: str) -> None:
    try:
        SHOWN[name]()
    except DigitLabError as error:
        show_error(error)


def show_ways_on() -> None:
    """Where to go once all cards have been read."""
    with st.container(border=True, key="cards_read"):
        st.markdown("**You have read all eight.** Now try it yourself:")
        with st.container(horizontal=True):
            st.page_link("draw.py", label="Draw a digit", icon=":material/draw:")
            st.page_link("train.py", label="Train a network", icon=":material/model_training:")
            st.button(
                "Build one in seven steps",
                icon=":material/school:",
                type="tertiary",
                on_click=go_to,
                args=("way", "lesson", "new"),
                key="cards_to_lesson",
            )


def _finish(name: str) -> None:
    mark_done(name)
    following = min(_NAMES.index(name) + 1, len(_NAMES) - 1)
    go_to(CARD, _NAMES[following], _FIRST)
