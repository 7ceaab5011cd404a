"""Learn, Background, and the box about MNIST on the pages that show its digits."""

import pytest
from streamlit.testing.v1 import AppTest

from core.learn.background import SECTIONS
from tests.app.conftest import OpenPage


def words(page: AppTest) -> str:
    return "\n".join(element.value for element in [*page.markdown, *page.caption])


def test_every_subject_is_a_click_away(open_page: OpenPage) -> None:
    page = open_page("learn", part="background")
    for section in SECTIONS:
        assert page.header[0].value == section.title
        assert section.text in words(page)
        assert section.sources[0][1] in words(page)
        next(button for button in page.button if button.label == "Next").click().run()
        assert not page.exception
    assert page.header[0].value == SECTIONS[0].title


def test_a_subject_has_its_address_and_leads_on(open_page: OpenPage) -> None:
    page = open_page("learn", part="background", about="rewind")
    assert not page.warning
    page.button(key="background_rewind_0").click().run()
    assert not page.exception
    assert page.selectbox(key="puzzle").value == "feedback"
    assert (
        "There is no background on “nothing”" in open_page("learn", part="background", about="nothing").warning[0].value
    )


@pytest.mark.parametrize("name", ["datasets", "explore"])
def test_what_mnist_is_can_be_read_where_its_digits_are(open_page: OpenPage, name: str) -> None:
    page = open_page(name, dataset="mnist")
    assert "What MNIST is, and whose handwriting" in [box.label for box in page.expander]
    assert "Census Bureau" in words(page)
    other = open_page(name, dataset="sklearn-digits")
    assert "Census Bureau" not in words(other)


@pytest.mark.slow
def test_arrays_of_the_series_are_printed_with_their_values(open_page: OpenPage) -> None:
    page = open_page("learn", part="words")
    page.session_state["series_box"] = True
    page.run()
    assert "# shape (784, 30000)" in page.code[1].value
    page.session_state["series_box"] = True
    page.segmented_control(key="series_array").set_value("B2").run()
    assert not page.exception
    assert page.code[1].value.startswith("[[0.]\n [0.]")
