"""Learn, New to this: eight cards, what can be done on each, and progress that goes along with the link."""

import pytest

from core.learn.cards.catalogue import CARDS


def texts(page) -> str:
    return "\n".join(element.value for element in (*page.markdown, *page.caption, *page.info, *page.error))


def test_learn_opens_with_the_first_card_and_a_link_to_a_part_does_not(open_page) -> None:
    page = open_page("learn")
    assert page.session_state["way"] == "new"
    assert [header.value for header in page.header] == [CARDS[0].title]
    deep = open_page("learn", part="words")
    assert deep.session_state["way"] == "depth"
    assert "**Convergence**" in texts(deep)


@pytest.mark.slow
def test_next_leads_through_all_cards_and_the_link_says_which_are_read(open_page) -> None:
    page = open_page("learn")
    for number, card in enumerate(CARDS, start=1):
        assert [header.value for header in page.header] == [card.title]
        assert not [*page.error, *page.warning]
        page.button(key="card_next").click().run()
        assert not page.exception
        assert page.query_params["done"].count(",") == number - 1
    assert "You have read all eight." in texts(page)
    page.button(key="cards_to_lesson").click().run()
    assert next(header.value for header in page.header) == "Purpose"
    again = open_page("learn", card="guess", done=page.query_params["done"])
    assert "You have read all eight." in texts(again)


@pytest.mark.parametrize("done", ["image,nothing", ",", "<b>"])
def test_progress_that_cannot_be_gets_one_sentence(open_page, done: str) -> None:
    page = open_page("learn", done=done)
    (warning,) = page.warning
    assert "what is done is not taken from this link" in warning.value
    assert "done" not in page.query_params


def test_a_stencil_is_laid_over_another_digit_and_another_unit(open_page) -> None:
    page = open_page("learn", card="stencil")
    before = [metric.value for metric in page.metric]
    page.button(key="card_unit").click().run()
    page.segmented_control(key="card_digit").set_value("8").run()
    assert not page.exception
    after = [metric.value for metric in page.metric]
    assert before != after
    start, orange, blue, together = (float(value.replace("−", "-")) for value in after)
    assert start + orange + blue == pytest.approx(together, abs=0.16)


@pytest.mark.slow
def test_the_reader_answers_before_the_network(open_page) -> None:
    page = open_page("learn", card="guess")
    assert "the label is" not in texts(page)
    page.button(key="card_answer_7").click().run()
    assert "You read a **7**" in texts(page)
    page.button(key="card_guess_on").click().run()
    assert "**Digit 2 of 10**" in texts(page)
    for _ in range(9):
        page.button(key="card_answer_0").click().run()
        page.button(key="card_guess_on").click().run()
    assert "**Digit 1 of 10**" in texts(page)


def test_mistakes_are_those_of_the_chosen_digit(open_page) -> None:
    page = open_page("learn", card="mistakes")
    page.segmented_control(key="card_true").set_value("9").run()
    assert not page.exception
    # 509 of the 5,000 validation images are nines: the validation confusion matrix of the demo run says so.
    assert "images labelled 9" in texts(page)
    assert "97.80% correctly" in texts(page)


@pytest.mark.slow
def test_steps_are_taken_and_taken_back(open_page) -> None:
    page = open_page("learn", card="step")
    assert "After **no step**" in texts(page)
    page.button(key="card_steps_1").click().run()
    page.button(key="card_steps_10").click().run()
    assert "After **11 steps**" in texts(page)
    for _ in range(4):
        page.button(key="card_steps_100").click().run()
    assert page.button(key="card_steps_100").disabled
    assert not page.button(key="card_steps_10").disabled


def test_what_is_no_digit_is_shown_and_asked_about(open_page) -> None:
    page = open_page("learn", card="unknown")
    for kind in ("scribble", "turned", "noise", "digit"):
        page.segmented_control(key="card_kind").set_value(kind).run()
        assert not page.exception
        assert "The network alone says a" in texts(page)
    before = texts(page)
    page.button(key="card_another").click().run()
    assert texts(page) != before or not page.exception
