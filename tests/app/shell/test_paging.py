"""The page of a long list, where the list is drawn before the control that turns its pages."""

from collections.abc import Mapping

from streamlit.testing.v1 import AppTest


def _listed() -> None:
    import streamlit as st

    from ui.shell.paging import page_shown
    from ui.shell.url import bound

    page, pages = page_shown("some_page", st.session_state.get("count", 95), 10, turn_to=st.session_state.get("turn"))
    st.markdown(f"page {page} of {pages}")
    st.pagination(pages, **bound("some_page"))


def opened(query: Mapping[str, str], **state: int) -> AppTest:
    page = AppTest.from_function(_listed, default_timeout=60)
    page.query_params.update(query)
    for name, value in state.items():
        page.session_state[name] = value
    page.run()
    assert not page.exception
    return page


def said(page: AppTest) -> str:
    (element,) = page.markdown
    return str(element.value)


def test_a_link_shows_its_page_at_once() -> None:
    page = opened({"some_page": "3"})
    assert said(page) == "page 3 of 10"
    assert page.session_state["some_page"] == 3
    assert not page.warning
    assert said(opened({})) == "page 1 of 10"


def test_a_page_that_is_not_there_is_named_and_the_nearest_shown() -> None:
    page = opened({"some_page": "11"})
    assert said(page) == "page 1 of 10"
    assert [warning.value for warning in page.warning] == [
        "There is no page “11”: it must be a whole number from 1 to 10."
    ]
    page = opened({"some_page": "9"})
    page.session_state["count"] = 25
    assert said(page.run()) == "page 3 of 3"
    assert page.session_state["some_page"] == 3
    # Of nothing there is one page, whatever a link says.
    page = opened({"some_page": "7"}, count=0)
    assert said(page) == "page 1 of 1"
    assert not page.warning


def test_what_else_asks_for_a_page_comes_first() -> None:
    page = opened({"some_page": "3"}, turn=5)
    assert said(page) == "page 5 of 10"
    assert page.session_state["some_page"] == 5
