"""Train: the sidebar, the URL, the buttons, a run from click to result."""

import time
from collections.abc import Callable
from concurrent.futures import Future

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.config import TrainConfig
from core.errors import EngineError
from core.models.shapes import parameter_count
from core.presets import PRESETS
from core.runs.records import Run
from core.runs.status import RunStatus
from core.runs.store import RunStore
from ui.shell import background
from ui.shell.resources import dataset_entry

DEADLINE_SECONDS = 90


def button(page: AppTest, label: str) -> object:
    return next(b for b in page.button if b.label == label)


def param(page: AppTest, name: str) -> str:
    value = page.query_params[name]
    return value if isinstance(value, str) else value[0]


def words(page: AppTest) -> str:
    texts = [*page.markdown, *page.caption, *page.warning, *page.error, *page.header, *page.subheader, *page.title]
    return "\n".join(element.value for element in texts)


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


def test_cold_page_shows_the_demo_run_and_the_default_network(open_page) -> None:
    page = open_page("train", run="demo")
    assert "784 – 128 – 10" in words(page)
    assert "101,770 parameters" in words(page)
    assert page.metric[0].label == "Validation accuracy"
    assert page.metric[0].value == "97.80%"
    assert button(page, "Stop").disabled
    assert not button(page, "Train").disabled


def test_nothing_that_was_not_asked_for_is_shown_under_the_settings(open_page) -> None:
    page = open_page("train")
    assert "Ready" in page.get("progress")[0].text
    assert [metric.value for metric in page.metric] == ["–", "–", "0 of 5", "–"]


@pytest.mark.slow
def test_changed_settings_fold_the_run_before_them_away(open_page, trained_run: Run) -> None:
    page = open_page("train", run=trained_run.run_id)
    accuracy = f"{trained_run.val_accuracy:.2%}"
    assert page.metric[0].value == accuracy
    page.number_input(key="epochs").set_value(7).run()
    assert page.metric[0].value == "–"
    last = next(expander for expander in page.expander if expander.label.startswith("Last run: "))
    assert trained_run.name in last.label
    assert accuracy not in words(page)
    page.session_state["last_run"] = True
    page.run()
    assert not page.exception
    assert accuracy in [metric.value for metric in page.metric]
    page.number_input(key="epochs").set_value(5).run()
    assert page.metric[0].value == accuracy


def test_link_sets_the_sidebar(open_page) -> None:
    page = open_page("train", hidden_size="64", learning_rate="0.01", batch_size="128", epochs="3", optimizer="sgd")
    assert page.select_slider(key="hidden_size").value == 64
    assert page.select_slider(key="learning_rate").value == 0.01
    assert page.select_slider(key="batch_size").value == 128
    assert page.number_input(key="epochs").value == 3
    assert page.selectbox(key="optimizer").value == "sgd"
    assert "784 – 64 – 10" in words(page)
    assert not page.warning


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("hidden_size", "abc", "Hidden size must be a whole number from 1 to 4,096, not “abc”."),
        ("hidden_size", "-1", "Hidden size must be a whole number from 1 to 4,096, not “-1”."),
        ("hidden_size", "1e9", "Hidden size must be a whole number from 1 to 4,096, not “1e9”."),
        ("learning_rate", "nan", "Learning rate must be a number from 0.00001 to 10, not “nan”."),
        ("optimizer", "magic", "Optimiser must be one of sgd, momentum, adam, adamw, not “magic”."),
    ],
)
def test_bad_value_in_the_url_gets_a_sentence_and_the_default(open_page, name: str, value: str, sentence: str) -> None:
    page = open_page("train", **{name: value, "epochs": "7"})
    assert [w.value for w in page.warning if sentence in w.value]
    assert page.number_input(key="epochs").value == 7
    default = getattr(TrainConfig(), name)
    widget = page.selectbox(key=name) if name == "optimizer" else page.select_slider(key=name)
    assert widget.value == default


@pytest.mark.parametrize(("given", "expected"), [("1e-3", 0.001), ("0.00200", 0.002), ("0.00123", 0.00123)])
def test_learning_rate_may_be_written_in_any_way(open_page, given: str, expected: float) -> None:
    page = open_page("train", learning_rate=given)
    assert page.select_slider(key="learning_rate").value == pytest.approx(expected)
    assert not page.warning


def test_unlisted_hidden_size_from_a_link_is_kept(open_page) -> None:
    page = open_page("train", hidden_size="77")
    assert page.select_slider(key="hidden_size").value == 77
    page.run()
    assert page.select_slider(key="hidden_size").value == 77


@pytest.mark.slow
@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_preset_sets_every_widget(open_page, preset) -> None:
    page = open_page("train", run="demo")
    page.segmented_control(key="train_preset").set_value(preset.title).run()
    assert not page.exception
    assert not page.warning
    classes = len(dataset_entry(preset.config.dataset).class_names)
    assert f"{parameter_count(preset.config, classes):,} parameters" in words(page)
    for name in ("optimizer", "schedule", "dataset", "backend"):
        assert page.selectbox(key=name).value == getattr(preset.config, name)
    for name in ("epochs", "split_seed"):
        assert page.number_input(key=name).value == getattr(preset.config, name)
    assert page.select_slider(key="dropout").value == preset.config.dropout
    assert page.select_slider(key="training_size").value == preset.config.training_size
    assert page.segmented_control(key="train_preset").value == preset.title
    notes = " ".join(element.help for element in page.markdown if element.help)
    assert preset.reproduces in notes
    assert f"{preset.test_accuracy:.2%}" in notes


@pytest.mark.slow
def test_a_preset_keeps_the_dataset_unless_it_is_about_its_own(open_page, shapes) -> None:
    page = open_page("train", dataset=shapes.name)
    presets = page.segmented_control(key="train_preset")
    assert presets.value == "Quick"
    presets.set_value("Better").run()
    assert page.selectbox(key="dataset").value == shapes.name
    assert "comes with its own images" not in words(page)
    page.segmented_control(key="train_preset").set_value("From scratch").run()
    assert page.selectbox(key="dataset").value == "kaggle-42000"
    assert "This preset comes with its own images." in words(page)
    page.number_input(key="seed").set_value(1).run()
    assert page.segmented_control(key="train_preset").value is None


def test_what_differs_from_the_defaults_is_marked_and_reset(open_page, shapes) -> None:
    page = open_page("train", dataset=shapes.name)
    assert button(page, "Reset to defaults").disabled
    page = open_page("train", dataset=shapes.name, hidden_size="64", dropout="0.2")
    assert "**:primary[Hidden size 64]** · Hidden layers 1" in words(page)
    assert "**:primary[Dropout 0.2]**" in words(page)
    button(page, "Reset to defaults").click().run()
    assert page.select_slider(key="hidden_size").value == 128
    assert page.select_slider(key="dropout").value == 0
    assert page.selectbox(key="dataset").value == shapes.name
    assert ":primary[" not in words(page)
    assert button(page, "Reset to defaults").disabled


def test_run_that_is_gone_gets_a_sentence(open_page) -> None:
    for bad in ("no-such-run", "../x", "x" * 500):
        page = open_page("train", run=bad)
        assert [w.value for w in page.warning if "There is no run" in w.value]


def test_other_settings_than_the_run_are_said_to_be_other(open_page, trained_run: Run) -> None:
    page = open_page("train", run=trained_run.run_id, epochs="9")
    assert "the sidebar differs from this run" in words(page)


@pytest.mark.slow
def test_click_trains_and_the_result_says_its_interval(open_page, store: RunStore) -> None:
    page = open_page("train", hidden_size="16", epochs="2", training_size="2000")
    button(page, "Train").click().run()
    assert not page.exception
    run_id = param(page, "run")
    wait_for(lambda: not store.get(run_id).status.is_active)
    assert store.get(run_id).status is RunStatus.COMPLETED
    page.run()
    assert "**Done** · completed 2 epochs." in page.get("progress")[0].text
    assert "95% interval" in words(page)
    assert button(page, "Stop").disabled
    run = store.get(run_id)
    assert run.config == TrainConfig(hidden_size=16, epochs=2, training_size=2_000)
    assert page.metric[0].value == f"{run.val_accuracy:.2%}"


@pytest.mark.slow
def test_stop_keeps_what_was_learned_and_continue_goes_on(open_page, store: RunStore) -> None:
    page = open_page("train", epochs="200", training_size="10000", hidden_size="16")
    button(page, "Train").click().run()
    run_id = param(page, "run")
    wait_for(lambda: store.get(run_id).epochs_done >= 1)
    page.run()
    button(page, "Stop").click().run()
    wait_for(lambda: store.get(run_id).status is RunStatus.STOPPED)
    done = store.get(run_id).epochs_done
    assert done >= 1
    page.run()
    button(page, "Continue from its last epoch").click().run()
    assert not page.exception
    wait_for(lambda: store.get(run_id).epochs_done > done)
    page.run()
    button(page, "Stop").click().run()
    wait_for(lambda: store.get(run_id).status is RunStatus.STOPPED)


@pytest.mark.slow
def test_second_train_is_queued_and_shown(open_page, store: RunStore, me: str) -> None:
    page = open_page("train", epochs="50")
    page.toggle(key="slow_motion").set_value(True).run()
    button(page, "Train").click().run()
    first = param(page, "run")
    button(page, "Train").click().run()
    second = param(page, "run")
    assert first != second
    wait_for(lambda: store.get(first).status is RunStatus.RUNNING)
    page.run()
    assert "place 1" in page.get("progress")[0].text
    assert "On the workers: 2 runs" in words(page)
    button(page, "Stop").click().run()
    wait_for(lambda: store.get(second).status is RunStatus.STOPPED)
    page.run()
    other = open_page("train", run=first)
    button(other, "Stop").click().run()
    wait_for(lambda: store.get(first).status is RunStatus.STOPPED)


@pytest.mark.slow
def test_augmentation_is_shown_on_real_images_and_drawn_anew(open_page) -> None:
    assert "Augmentation preview" not in [expander.label for expander in open_page("train").expander]
    page = open_page("train", rotation="20", elastic="2")

    def cost() -> bool:
        page.run()
        return "images per second" in words(page)

    wait_for(cost)
    before = page.session_state["ui.train.state.TrainState"].augmentation_draw
    button(page, "Draw again").click().run()
    assert page.session_state["ui.train.state.TrainState"].augmentation_draw == before + 1
    wait_for(cost)
    assert not page.error


@pytest.mark.slow
def test_a_preview_that_fails_is_not_tried_for_ever(open_page, monkeypatch) -> None:
    asked: list[Future] = []

    class Worker:
        def analyse(self, _function, *_arguments) -> Future:
            asked.append(Future())
            return asked[-1]

    monkeypatch.setattr(background, "engine", Worker)
    page = open_page("train", rotation="7", zoom="0.15")
    asked[0].set_exception(EngineError("No worker is there."))
    page.run()
    page.run()
    assert not page.exception
    assert "The preview could not be made: No worker is there." in words(page)
    assert len(asked) == 1
    button(page, "Try again").click().run()
    assert len(asked) == 2
    assert "A worker is augmenting the images" in words(page)
    images = np.zeros((10, 28, 28), np.uint8)
    asked[1].set_result((images, 1234.0))
    page.run()
    assert "1,234 images per second" in words(page)
    assert not page.error
