"""The card of a run, on each page that shows it."""

import json
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core.config import TrainConfig
from core.runs.model_file import import_model, write_model
from core.runs.records import DEMO_RUN_ID, Run
from core.runs.reflection import HEADINGS, Reflection
from core.runs.store import RunStore
from ui.choices.card import changed_words


def words(page: AppTest) -> str:
    return "\n".join(element.value for element in [*page.markdown, *page.caption])


def button(page: AppTest, label: str):
    return next(button for button in page.button if button.label == label)


def open_card(open_page, name: str, run: Run) -> AppTest:
    if name != "runs":
        return open_page(name, run=run.run_id)
    page = open_page(name)
    row = page.dataframe[0].value["Name"].tolist().index(run.name)
    page.session_state["runs_table"] = {"selection": {"rows": [row], "columns": [], "cells": []}}
    return page.run()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["train", "evaluate", "runs"])
def test_it_says_what_made_the_run(open_page, trained_run: Run, name: str) -> None:
    said = words(open_card(open_page, name, trained_run))
    assert "Hidden size **16** · Epochs **2** · Training-set size **2,000**" in said
    assert "Dataset MNIST · seed 3" in said
    assert f"PyTorch {trained_run.environment.versions['torch']}" in said
    assert "2,000 / 5,000 / 10,000 training / validation / test images" in said


def test_defaults_are_not_repeated_and_words_are_peoples() -> None:
    assert changed_words(TrainConfig()) == {}
    config = TrainConfig(schedule="one_cycle", bias=False, widths="64,32", learning_rate=0.0123, seed=4)
    assert changed_words(config) == {
        "Learning rate": "0.0123",
        "Widths per layer": "64,32",
        "Biases": "off",
        "Learning-rate schedule": "One cycle",
    }


@pytest.mark.slow
def test_test_accuracy_is_there_where_it_was_looked_at(open_page, store: RunStore, trained_run: Run) -> None:
    unseen = replace(trained_run, run_id="calm-heron-00bb11", test_looks=0)
    store.insert(unseen)
    try:
        assert "test set not looked at yet" in words(open_page("train", run=unseen.run_id))
        store.count_test_look(unseen.run_id)
        accuracy = f"{unseen.test_accuracy:.2%}"
        assert f"test accuracy {accuracy}, looked at once" in words(open_page("train", run=unseen.run_id))
    finally:
        store.delete(unseen.run_id)


@pytest.mark.slow
def test_it_says_where_a_run_comes_from(open_page, store: RunStore, trained_run: Run) -> None:
    assert "comes with Digit Lab" in words(open_page("evaluate", run=DEMO_RUN_ID))
    further = replace(trained_run, run_id="calm-heron-00bb12", config=TrainConfig(start_from=trained_run.run_id))
    brought = import_model(store, write_model(store.model(trained_run.run_id)), "from afar")
    store.insert(further)
    try:
        assert f"continued from {trained_run.name}" in words(open_page("train", run=further.run_id))
        said = words(open_page("evaluate", run=brought.run_id))
        assert "· imported" in said
        assert "It is not known where this run was trained." in said
        assert "an imported model comes without what was measured" in words(open_page("train", run=brought.run_id))
    finally:
        store.delete(brought.run_id)
        store.delete(further.run_id)


def test_all_settings_are_there_on_demand(open_page, trained_run: Run) -> None:
    page = open_page("evaluate", run=trained_run.run_id)
    tables = len(page.dataframe)
    page.session_state["evaluate_card_all_settings"] = True
    page.run()
    assert len(page.dataframe) == tables + 1
    table = next(found.value for found in page.dataframe if "Setting" in found.value.columns)
    assert len(table) == len(TrainConfig.model_fields)
    assert table.set_index("Setting").loc["Epochs"].tolist() == ["2", "5"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["train", "evaluate", "runs"])
def test_its_settings_can_be_used(open_page, trained_run: Run, name: str) -> None:
    page = open_card(open_page, name, trained_run)
    button(page, "Use these settings").click().run()
    if name != "train":
        page.switch_page("train.py").run()
    assert not page.exception
    assert (page.select_slider(key="hidden_size").value, page.number_input(key="seed").value) == (16, 3)


def test_link_and_command_line_are_what_the_buttons_copy(open_page, trained_run: Run) -> None:
    page = open_page("evaluate", run=trained_run.run_id)
    copied = next(found for found in page.get("bidi_component") if "evaluate_card_copy" in found.proto.id)
    link, line = json.loads(copied.proto.json)["buttons"]
    assert (link["label"], link["path"]) == ("Copy link", f"evaluate?run={trained_run.run_id}")
    assert line["label"] == "Copy command line"
    assert line["text"].startswith("python -m core train --hidden-size 16 ")
    assert any(found.label == "Download" for found in page.get("download_button"))


@pytest.mark.slow
def test_what_somebody_makes_of_a_run_is_asked_in_its_card(open_page, store: RunStore, trained_run: Run) -> None:
    page = open_card(open_page, "evaluate", trained_run)
    assert not page.text_area
    page.session_state["evaluate_card_reflection"] = True
    page.run()
    assert [area.label for area in page.text_area] == list(HEADINGS)
    try:
        page.text_area[0].set_value("95%").run()
        # Somebody else writes meanwhile: an answer that is left here takes nothing away.
        store.remark(trained_run.run_id, reflection=Reflection("95%", "Slow.", "").text)
        page.session_state["evaluate_card_reflection"] = True
        page.run()
        page.text_area[2].set_value("The rate").run()
        assert not page.exception, page.exception
        assert Reflection.of(store.summary(trained_run.run_id).reflection) == Reflection("95%", "Slow.", "The rate")
    finally:
        store.remark(trained_run.run_id, reflection="")


def test_nobody_writes_what_another_makes_of_a_run(open_page, store: RunStore, trained_run: Run) -> None:
    theirs = replace(trained_run, run_id="calm-heron-00bb13", owner="somebody-else")
    store.insert(theirs)
    try:
        page = open_card(open_page, "evaluate", theirs)
        page.session_state["evaluate_card_reflection"] = True
        page.run()
        assert all(area.disabled for area in page.text_area)
        assert "somebody else started it" in words(page)
    finally:
        store.delete(theirs.run_id)
