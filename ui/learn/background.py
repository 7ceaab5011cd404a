"""Learn, Background: where MNIST, PyTorch and the ideas of a lesson come from, one subject at a time."""

import streamlit as st

from core.learn.background import SECTIONS, section_named
from ui.choices.about import show_text
from ui.learn.targets import link_to
from ui.shell.url import go_to, linked
from ui.shell.url_values import one_of

ABOUT = "about"
_TITLES = {section.slug: section.title for section in SECTIONS}
_FIRST = SECTIONS[0].slug


def show_background() -> None:
    """The choice of a subject, its text with sources, and where to see what it says."""
    section = section_named(_choose_subject())
    st.header(section.title, anchor=False)
    show_text(section)
    with st.container(horizontal=True):
        for number, (target, words) in enumerate(section.shown_at):
            link_to(target, words, key=f"background_{section.slug}_{number}")


def _choose_subject() -> str:
    """A select box in the URL, and a button for the next."""
    link = linked(ABOUT, one_of(*_TITLES), _FIRST, "There is no background on “{value}”; here is the first.")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        slug = str(st.selectbox("Subject", list(_TITLES), format_func=_TITLES.__getitem__, **link))
        slugs = list(_TITLES)
        following = slugs[(slugs.index(slug) + 1) % len(slugs)]
        st.button("Next", icon=":material/arrow_forward:", on_click=go_to, args=(ABOUT, following, _FIRST))
    return slug
