"""Learn, Spot the bug: choosing, answering, measuring."""

import pytest

from core.learn.puzzles.catalogue import PUZZLES
from tests.app.conftest import rerun_until


def texts(page) -> str:
    shown = (*page.markdown, *page.caption, *page.success, *page.warning, *page.code)
    return "\n".join(element.value for element in shown)


def radio(page, slug: str):
    return page.radio(key=f"puzzle_{slug}")


def test_a_wrong_answer_then_the_right_one(open_page) -> None:
    page = open_page("learn", part="puzzles")
    first = PUZZLES[0]
    assert first.quotation in texts(page)
    assert first.explanation not in texts(page)
    radio(page, first.slug).set_value((first.answer + 1) % 3).run()
    assert "That is not it" in texts(page)
    assert first.explanation not in texts(page)
    radio(page, first.slug).set_value(first.answer).run()
    assert not page.exception
    assert "That is it." in texts(page)
    assert first.explanation in texts(page)
    assert "begin_epoch" in texts(page)


@pytest.mark.parametrize("puzzle", PUZZLES, ids=lambda puzzle: puzzle.slug)
def test_every_puzzle_can_be_shown(open_page, puzzle) -> None:
    page = open_page("learn", part="puzzles", puzzle=puzzle.slug)
    assert puzzle.question in texts(page)
    next(button for button in page.button if button.label == "Show me").click().run()
    assert not page.exception
    assert puzzle.explanation in texts(page)
    assert page.button(key="measure")


def test_the_consequence_is_measured_by_a_worker(open_page) -> None:
    page = open_page("learn", part="puzzles", puzzle="half-download")
    next(button for button in page.button if button.label == "Show me").click().run()
    page.button(key="measure").click().run()
    rerun_until(page, lambda: len(page.table) > 0)
    table = page.table[0].value.set_index("Measured")
    assert table.loc["Downloads started in three runs"].tolist() == ["1", "2"]


def test_next_and_links_that_do_not_exist(open_page) -> None:
    page = open_page("learn", part="puzzles", puzzle="perpetual-motion")
    assert any("perpetual-motion" in warning.value for warning in page.warning)
    next(button for button in page.button if button.label == "Next").click().run()
    assert page.selectbox(key="puzzle").value == PUZZLES[1].slug
