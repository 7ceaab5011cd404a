"""What a page writes into the URL, and a browser that hears of it later than it asks for the next run."""

import pytest
from streamlit.runtime.state.query_params import QueryParams
from streamlit.testing.v1 import AppTest


def two_values() -> None:
    import streamlit as st

    from ui.shell.url import write_param

    for value in ("1", "2"):
        st.button(value, on_click=write_param, args=("digit", value))
    st.button("none", on_click=write_param, args=("digit",))


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The parameter as each message to the browser has it."""
    messages: list[str] = []
    send = QueryParams._send_query_param_msg

    def note(self: QueryParams) -> None:
        messages.append(self.to_dict().get("digit", "none"))
        send(self)

    monkeypatch.setattr(QueryParams, "_send_query_param_msg", note)
    return messages


def test_a_value_that_is_there_already_is_not_sent_again(sent: list[str]) -> None:
    page = AppTest.from_function(two_values).run()
    for name in ("1", "1", "2", "2"):
        page = next(button for button in page.button if button.label == name).click().run()
    assert sent == ["1", "2"]


def test_a_browser_that_has_yet_to_hear_of_another_value_is_told_again(sent: list[str]) -> None:
    """Its request says 1, and 2 is on the way: it would arrive after the request, and stay."""
    page = AppTest.from_function(two_values).run()
    page.button[0].click().run()
    page.button[1].click().run()
    page.query_params["digit"] = "1"
    page.button[0].click().run()
    assert sent == ["1", "2", "1"]


def test_so_is_a_browser_that_has_yet_to_hear_of_the_first_one(sent: list[str]) -> None:
    """Its request says nothing, as it should in the end: what is on the way is taken back."""
    page = AppTest.from_function(two_values).run()
    page.button[0].click().run()
    del page.query_params["digit"]
    page.button[2].click().run()
    assert sent == ["1", "none"]
