"""Follow one digit: every step opens, the URL holds the way, bad values are named."""

import re

import pytest
from streamlit.testing.v1 import AppTest

from core.learn.walk import STEPS
from core.runs.records import Run
from tests.app.conftest import OpenPage


def heading(page: AppTest) -> str:
    return page.header[0].value


def formulas(page: AppTest) -> str:
    return "\n".join(formula.value for formula in page.latex)


def test_next_leads_through_every_step_and_back_returns(open_page: OpenPage) -> None:
    page = open_page("learn", part="walk")
    assert page.button("walk_back").disabled
    for number, title in enumerate(STEPS, start=1):
        assert heading(page) == f"Step {number} of {len(STEPS)}: {title}"
        if number < len(STEPS):
            page.button("walk_next").click().run()
            assert not page.exception
    assert page.button("walk_next").disabled
    page.button("walk_back").click().run()
    assert heading(page) == f"Step {len(STEPS) - 1} of {len(STEPS)}: {STEPS[-2]}"
    assert page.query_params["step"] == str(len(STEPS) - 1)


@pytest.mark.parametrize(("weight", "step"), [("hidden", "3"), ("output", "5"), ("output", "9"), ("output", "10")])
def test_a_chosen_weight_is_followed(open_page: OpenPage, weight: str, step: str) -> None:
    page = open_page("learn", part="walk", step=step, weight=weight, unit="4", output="7", row="10", column="12")
    assert not page.warning
    place = "pixel in row 10, column 12" if weight == "hidden" else "hidden unit 4 to digit 7"
    assert any(place in caption.value for caption in page.caption)


def test_the_new_weight_is_the_old_less_rate_times_gradient(open_page: OpenPage) -> None:
    page = open_page("learn", part="walk", step="11", rate="0.1", walk_digit="3")
    values = {metric.label: float(metric.value) for metric in page.metric}
    assert values["New weight"] == pytest.approx(values["Old weight"] - 0.1 * values["Gradient"], rel=1e-3)
    assert r"0.1 \times" in formulas(page)


def test_a_trained_run_can_be_walked(open_page: OpenPage, trained_run: Run) -> None:
    page = open_page("learn", part="walk", step="12", network=trained_run.run_id, rate="0.001")
    assert page.selectbox("network").value == trained_run.run_id
    before, after = (float(metric.value) for metric in page.metric[:2])
    assert after < before
    # A network with fewer units is chosen where a unit beyond them was followed: the walk goes on with one it has.
    page.selectbox("network").set_value("demo").run()
    page.selectbox("weight").set_value("hidden").run()
    page.number_input("unit").set_value(100).run()
    page.selectbox("network").set_value("fresh").run()
    assert not page.exception
    assert page.number_input("unit").value < 16


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [("step", "13", "1 to 12"), ("walk_digit", "x", "0 to 9"), ("network", "nobody", "nobody"), ("rate", "7", "7")],
)
def test_a_bad_value_in_the_url_is_named_once(open_page: OpenPage, name: str, value: str, word: str) -> None:
    page = open_page("learn", **{"part": "walk", name: value})
    assert len(page.warning) == 1
    assert re.search(word, page.warning[0].value)
    assert heading(page).startswith("Step 1 ")


def test_a_part_that_does_not_exist_is_named(open_page: OpenPage) -> None:
    page = open_page("learn", part="nothing")
    assert "nothing" in page.warning[0].value
