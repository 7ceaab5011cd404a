"""The frame of every page: the menu, what holds on all pages, and the page that the URL names, if it is open."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from core.classroom.exercise import Exercise
from ui.shell.exercise import open_exercise, whole_exercise, words_for
from ui.shell.garbage import freeze_new_imports
from ui.shell.menu import MENU, MenuPage
from ui.shell.page import page_header
from ui.shell.sentences import repeat_sentences

_HERE = Path(__file__).parent


def navigate(frame: Callable[[], None]) -> None:
    """Draw the menu, the frame and the page that the URL names.

    Parameters
    ----------
    frame
        Draws what every page has, also those that come later.
    """
    st.set_page_config(page_title="Digit Lab", page_icon=str(_HERE / "icon.png"), layout="wide")
    st.logo(str(_HERE / "logo.svg"), size="large", icon_image=str(_HERE / "icon.png"))
    st.html(_HERE / "style.css")
    repeat_sentences()
    open_exercise()
    exercise = whole_exercise()
    groups = {group: [(entry, _page(entry, exercise)) for entry in pages] for group, pages in MENU.items()}
    chosen = st.navigation({group: [page for _, page in pages] for group, pages in groups.items()})
    if exercise.name:
        with st.sidebar:
            _link_to_class(f"Exercise **{exercise.name}**", exercise)
    frame()
    # Streamlit knows the page at the root by no address.
    (entry,) = [entry for pages in groups.values() for entry, page in pages if page.url_path == chosen.url_path]
    if exercise.leaves_out(entry.address):
        _show_left_out(entry, exercise)
    else:
        chosen.run()
        freeze_new_imports()


def _page(entry: MenuPage, exercise: Exercise) -> st.Page:
    return st.Page(
        entry.file,
        title=entry.title,
        icon=f":material/{entry.icon}:",
        url_path=entry.address,
        default=entry is next(iter(MENU.values()))[0],
        # It is there, so that its address and links to it open what follows, and not a dialogue in front of Home.
        visibility="hidden" if exercise.leaves_out(entry.address) else "visible",
    )


def _show_left_out(entry: MenuPage, exercise: Exercise) -> None:
    page_header(entry.title, f"{words_for(exercise).capitalize()} does not include this page.")
    _link_to_class("Back to the class", exercise)


def _link_to_class(label: str, exercise: Exercise) -> None:
    st.page_link("class.py", label=label, icon=":material/groups:", query_params=exercise.query())
