"""What MNIST is and whose handwriting, in a box below whatever shows its digits; the sources of a text."""

import streamlit as st

from core.learn.background import Section, section_named

_MNIST = "mnist"
_MADE_OF_MNIST = ("mnist", "kaggle-42000")


def show_about(dataset: str) -> None:
    """A folded box on MNIST, if that is where the images of this dataset come from."""
    if dataset not in _MADE_OF_MNIST:
        return
    section = section_named(_MNIST)
    with st.expander(section.title, icon=":material/history_edu:", key=f"about_{dataset}"):
        show_text(section)
        query = {"part": "background", "about": _MNIST}
        st.page_link("learn.py", label="More background", icon=":material/arrow_forward:", query_params=query)


def show_text(section: Section) -> None:
    """The text of a section and what it rests on."""
    with st.container(width=760):
        st.markdown(section.text)
        st.caption("Sources: " + " · ".join(f"[{title}]({url})" for title, url in section.sources))
