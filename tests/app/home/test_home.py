from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from core.config import TrainConfig
from core.errors import RunError
from core.presets import preset_named
from tests.app.conftest import discard, train_small
from ui.home import digits
from ui.home.latest import _sentence

OURS = [preset_named(name) for name in ("quick", "better", "best")]


def texts(page) -> str:
    return "\n".join(element.value for element in (*page.markdown, *page.caption, *page.header, *page.subheader))


def train_button(page):
    return next(button for button in page.button if button.label == "Train your own")


def test_opens_from_cold_with_everything_on_it(open_page):
    page = open_page("home")
    assert page.title[0].value == "Digit Lab"
    assert train_button(page)
    assert {metric.label for metric in page.metric} == {"Prediction", "Validation accuracy"}
    assert "trained in" in texts(page)
    assert "on the test set" in texts(page)
    assert "most common mistake" in texts(page)


def test_words_and_button_come_before_anything_that_is_read_from_disk(open_page):
    kinds = [element.type for element in open_page("home").main]
    assert kinds.index("title") < kinds.index("button") < kinds.index("caption") < kinds.index("image")


def test_without_the_demo_run_the_rest_is_there(open_page, monkeypatch: pytest.MonkeyPatch):
    def get(_: str) -> None:
        raise RunError("There is no demo run.")

    monkeypatch.setattr(digits, "run_store", lambda: SimpleNamespace(get=get))
    page = open_page("home")
    assert [error.value for error in page.error] == ["There is no demo run."]
    assert [metric.label for metric in page.metric] == ["Validation accuracy"]


def test_the_only_primary_button_is_the_one_that_trains(open_page):
    page = open_page("home")
    assert [button.label for button in page.button if button.proto.type == "primary"] == ["Train your own"]


def test_each_preset_says_what_it_has_reached(open_page):
    page = open_page("home")
    for preset in OURS:
        page.segmented_control(key="home_preset").set_value(preset.title).run()
        assert preset.promise in texts(page)
        assert f"{preset.test_accuracy:.2%}" in texts(page)


@pytest.mark.slow
def test_one_click_trains_the_preset_and_shows_it_on_train(open_page, store):
    page = open_page("home")
    better = OURS[1]
    page.segmented_control(key="home_preset").set_value(better.title).run()
    train_button(page).click().run()
    assert not page.exception
    (run_id,) = np.atleast_1d(page.query_params["run"])
    try:
        assert page.title[0].value == "Train"
        assert store.get(run_id).config == better.config
        assert store.get(run_id).status.is_active
        assert page.session_state["hidden_size"] == better.config.hidden_size
        assert page.session_state["epochs"] == better.config.epochs
        assert page.segmented_control(key="train_preset").value == better.title
        assert store.get(run_id).name in texts(page)
    finally:
        discard(store, run_id)


@pytest.mark.slow
def test_the_latest_run_has_its_card(open_page, store, me):
    trained_run = train_small(store, TrainConfig(hidden_size=4, epochs=1, training_size=500), me)
    page = open_page("home")
    assert f"Your latest run: {trained_run.title}" in texts(page)
    accuracy = next(metric.value for metric in page.metric if metric.label == "Validation accuracy")
    assert accuracy == f"{trained_run.val_accuracy:.2%}"
    store.delete(trained_run.run_id)


def test_a_mistake_that_another_one_equals_is_one_of_the_most_common(store, trained_run):
    def said(*counts: int) -> str:
        confusion = np.diag(np.full(10, 90))
        confusion[8, 1], confusion[9, 4] = counts
        last = replace(trained_run.epochs[-1], confusion=confusion)
        return _sentence(replace(trained_run, epochs=(*trained_run.epochs[:-1], last)))

    assert said(7, 7).startswith(
        "One of its most common mistakes on the validation images: it reads an **8** as a **1**"
    )
    assert said(6, 7).startswith(
        "Its most common mistake on the validation images: it reads a **9** as a **4**, 7 times"
    )
    assert "as a **1**, once (" in said(1, 0)
    assert "no mistake" in said(0, 0)
