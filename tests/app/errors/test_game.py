"""Errors as a game: both are scored by the labels, and no label is on the page before its answer."""

import numpy as np
from streamlit.testing.v1 import AppTest

from core.analysis.duel import ROUND, Duel
from core.runs.records import DEMO_RUN_ID
from core.runs.store import RunStore
from ui.errors.state import GameState
from ui.shell.resources import splits


def words(page: AppTest) -> str:
    return "\n".join(element.value for element in [*page.markdown, *page.caption])


def duel_of(page: AppTest) -> Duel:
    duel = page.session_state[f"{GameState.__module__}.{GameState.__qualname__}"].duel
    assert duel is not None
    return duel


def test_both_are_scored_and_no_label_is_shown_before_the_answer(open_page, store: RunStore) -> None:
    demo, labels = store.predictions(DEMO_RUN_ID, splits().test), splits().test.labels
    page = open_page("errors", run=DEMO_RUN_ID, mistakes="game")
    asked = duel_of(page).positions
    assert "labelled" not in words(page)
    assert not page.dataframe, "nor a list of mistakes with their labels"
    for number, position in enumerate(asked):
        # One wrong answer, and the others as they are labelled.
        answer = (labels[position] + (number == 0)) % 10
        assert f"{number + 1} of {ROUND}" in words(page)
        page.button(key=f"game_answer_{number}_{answer}").click().run()
        assert f"The last one is labelled **{labels[position]}**: you read {answer}" in words(page)
    scores = {metric.label: metric.value for metric in page.metric}
    hits = int((demo.predicted[np.array(asked)] == labels[np.array(asked)]).sum())
    assert scores == {"You": f"{ROUND - 1} of {ROUND}", "Network": f"{hits} of {ROUND}"}
    assert page.dataframe[0].value["Label"].tolist() == [str(label) for label in labels[np.array(asked)]]
    next(button for button in page.button if button.label == "Play again").click().run()
    assert duel_of(page).answers == ()
    assert not page.exception


def test_a_second_click_does_not_answer_the_next_image(open_page) -> None:
    page = open_page("errors", run=DEMO_RUN_ID, mistakes="game")
    button = page.button(key="game_answer_0_3")
    for _ in range(2):
        page = button.click().run()
        assert duel_of(page).answers == (3,)
        assert not page.exception


def test_the_page_shows_at_once_what_a_changed_address_says(open_page) -> None:
    page = open_page("errors", run=DEMO_RUN_ID)
    assert "mistakes**" in words(page)
    page.query_params["mistakes"] = "game"
    page.run()
    assert f"1 of {ROUND}" in words(page)
    assert "mistakes**" not in words(page)
    assert page.segmented_control(key="mistakes").value == "game"
    assert not page.exception
