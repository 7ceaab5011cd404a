"""Parts of a page that are drawn again while something goes on."""

from streamlit.testing.v1 import AppTest


def _page() -> None:
    import streamlit as st

    from ui.shell.polling import show_polled

    st.session_state["runs"] = st.session_state.get("runs", 0) + 1
    # What the page waits for ends after its buttons and before the part.
    is_going_on = st.session_state["runs"] == 1
    st.button("Stop", disabled=not is_going_on)
    show_polled(lambda: None, busy=lambda: False, before=is_going_on)


def test_what_ends_between_the_buttons_and_the_part_has_the_page_drawn_again() -> None:
    page = AppTest.from_function(_page).run()
    assert not page.exception
    assert page.session_state["runs"] == 2
    assert page.button[0].disabled
