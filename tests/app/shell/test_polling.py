"""Parts of a page that are drawn again while something goes on."""

from streamlit.testing.v1 import AppTest


def _page() -> None:
    import streamlit as st

    from ui.shell.polling import show_polled
    from ui.shell.sentences import repeat_sentences, say_once

    st.session_state["runs"] = st.session_state.get("runs", 0) + 1
    is_first = st.session_state["runs"] == 1
    repeat_sentences()
    if is_first:
        say_once("The link says what cannot be.")
    # What the page waits for ends after its buttons and before the part.
    st.button("Stop", disabled=not is_first)
    show_polled(lambda: None, busy=lambda: False, before=is_first)


def test_what_ends_between_the_buttons_and_the_part_has_the_page_drawn_again_with_what_it_has_said() -> None:
    page = AppTest.from_function(_page).run()
    assert not page.exception
    assert page.session_state["runs"] == 2
    assert page.button[0].disabled
    assert [warning.value for warning in page.warning] == ["The link says what cannot be."]
    page.run()
    assert not page.warning


def _refusing() -> None:
    import streamlit as st

    from core.errors import RunError
    from ui.shell.polling import show_polled
    from ui.shell.sentences import refuse_click, repeat_sentences

    repeat_sentences()
    st.title("Train")
    is_clicked = st.button("Stop", on_click=lambda: refuse_click(RunError("It belongs to somebody else.")))
    # The run that it waits for ends just after the click.
    show_polled(lambda: None, busy=lambda: False, before=is_clicked)


def test_why_a_click_did_nothing_stays_until_the_next_one() -> None:
    page = AppTest.from_function(_refusing).run()
    page.button[0].click().run()
    assert not page.button[0].value, "the page has run again by itself"
    assert [error.value for error in page.error] == ["It belongs to somebody else."]
    page.run()
    assert not page.error


def _refusing_alone() -> None:
    import streamlit as st

    from core.errors import RunError
    from ui.shell.polling import show_polled
    from ui.shell.sentences import refuse_click, repeat_sentences

    repeat_sentences()
    runs = st.session_state["runs"] = st.session_state.get("runs", 0) + 1
    if runs == 2:
        # As where a part of the page runs alone: what the page begins with does not come.
        refuse_click(RunError("It belongs to somebody else."))
    show_polled(lambda: None, busy=lambda: False)


def test_a_part_that_runs_alone_has_the_page_say_it() -> None:
    page = AppTest.from_function(_refusing_alone).run()
    page.run()
    assert page.session_state["runs"] == 3
    assert [error.value for error in page.error] == ["It belongs to somebody else."]
