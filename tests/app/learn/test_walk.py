"""Follow one digit: every step opens, the URL holds the way, bad values are named."""

import re

import pytest
from streamlit.testing.v1 import AppTest

from core.config import TrainConfig
from core.learn.walk import STEPS
from core.runs.records import Run
from core.runs.store import RunStore
from tests.app.conftest import OpenPage, live_data
from tests.core.builders import make_checkpoint, make_run
from ui.live.convolutions import filters_json


def heading(page: AppTest) -> str:
    return page.header[0].value


def formulas(page: AppTest) -> str:
    return "\n".join(formula.value for formula in page.latex)


@pytest.mark.slow
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
    values = {metric.label: float(metric.value.replace("−", "-")) for metric in page.metric}
    assert values["New weight"] == pytest.approx(values["Old weight"] - 0.1 * values["Gradient"], rel=1e-3)
    assert r"0.1 \times" in formulas(page)


@pytest.mark.slow
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


def test_the_default_rate_is_short_enough_for_the_slope_to_tell_where_the_loss_goes(open_page: OpenPage) -> None:
    page = open_page("learn", part="walk", step="12")
    expected, really = map(float, re.search(r"(-[\d.]+) .*against.* (-[\d.]+)", formulas(page)).groups())
    assert 0.8 < really / expected < 1.1
    said = "\n".join(element.value for element in page.markdown)
    assert re.search(r"1,999 other training images .* mean loss \*\*(rose|fell)\*\* from \d", said, re.DOTALL)


def test_misread_images_are_offered(open_page: OpenPage, trained_run: Run) -> None:
    page = open_page("learn", part="walk", step="6", network=trained_run.run_id, walk_images="misread", walk_digit="8")
    assert "the label is **8**" in "\n".join(element.value for element in page.markdown)
    count = page.number_input("number").max
    assert 1 <= count < 5_000
    page.segmented_control("walk_images").set_value("all").run()
    assert page.number_input("number").max > 5_000


def test_a_cnn_is_followed_and_without_one_the_sidebar_can_be_set_for_one(open_page: OpenPage, store: RunStore) -> None:
    config = TrainConfig(architecture="cnn", hidden_size=8)
    page = open_page("learn", part="walk", walked="cnn")
    if not page.header:
        assert "There is no CNN among your runs yet" in page.info[0].value
    run = make_run("made-up-cnn000", config=config, epochs=1)
    store.insert(run)
    store.files.save_checkpoint(run, make_checkpoint(1, config=config))
    try:
        page = open_page("learn", part="walk", walked="cnn", cnn=run.run_id, walk_digit="3")
        assert [header.value[:2] for header in page.header] == ["1.", "2.", "3."]
        said = "\n".join(element.value for element in page.markdown)
        assert "the label is **3**" in said
        maps, slid = (live_data(page, f"walk_{name}") for name in ("maps", "filter"))
        assert (maps["shows"], slid["shows"]) == (["maps"], ["filter"])
        assert maps["captions"][1]["title"] == "Convolution 2: 16 filters"
        assert maps["captions"][0]["maps"].endswith("labelled 3, after ReLU")
        assert slid["filters"] == filters_json(store.model(run.run_id))
        assert slid["replay"] is None
        page = open_page("learn", part="walk", walked="cnn", cnn=run.run_id, filter_row="24")
        assert page.warning[0].value == "“filter_row” must be a whole number from 0 to 23, not “24”."
    finally:
        store.delete(run.run_id)


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
