"""Errors: the list against scikit-learn, filters, the inspector, runs without mistakes, nonsense in the URL."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn import metrics
from streamlit.testing.v1 import AppTest

from core.analysis.predictions import Predictions
from core.config import TrainConfig
from core.data.catalogue import Catalogue
from core.data.dataset import SourceDataset
from core.runs.records import DEMO_RUN_ID, Run
from core.runs.store import RunStore
from tests.app.conftest import train_small
from ui.shell.resources import splits


def words(page: AppTest) -> str:
    return "\n".join(element.value for element in [*page.markdown, *page.caption])


def numbers(page: AppTest) -> dict[str, str]:
    return {found.label: found.value for found in page.metric}


def click(page: AppTest, label: str) -> None:
    next(button for button in page.button if button.label == label).click().run()
    assert not page.exception


@pytest.fixture
def demo(store: RunStore) -> Predictions:
    return store.predictions(DEMO_RUN_ID, splits().test)


@pytest.fixture
def perfect_run(store: RunStore, trained_run: Run) -> Iterator[Run]:
    run = replace(trained_run, run_id=f"{trained_run.run_id}-perfect", test_accuracy=1.0)
    store.insert(run)
    test = splits().test
    store.files.save_predictions(run.run_id, np.eye(10, dtype=np.float32)[test.labels], test.digest)
    yield run
    store.delete(run.run_id)


def test_demo_from_cold(open_page, demo: Predictions) -> None:
    page = open_page("errors", run=DEMO_RUN_ID)
    wrong = np.flatnonzero(demo.labels != demo.predicted)
    assert f"**{len(wrong):,} mistakes**" in words(page)
    worst = wrong[np.argmax(demo.confidence[wrong])]
    shown = numbers(page)
    assert (shown["True label"], shown["Read as"]) == (str(demo.labels[worst]), str(demo.predicted[worst]))
    own = demo.probabilities[worst, demo.labels[worst]]
    assert float(shown["Loss"]) == pytest.approx(-np.log(own), abs=0.006)


def test_filters_agree_with_sklearn(open_page, demo: Predictions) -> None:
    matrix = metrics.confusion_matrix(demo.labels, demo.predicted)
    total = len(demo.labels) - np.trace(matrix)
    page = open_page("errors", run=DEMO_RUN_ID, true="9")
    assert f"**{matrix[9].sum() - matrix[9, 9]} of {total} mistakes**" in words(page)
    page.selectbox(key="predicted").select("3").run()
    assert f"**{matrix[9, 3]} of {total} mistakes**" in words(page)
    assert (numbers(page)["True label"], numbers(page)["Read as"]) == ("9", "3")


def test_filters_that_leave_nothing(open_page) -> None:
    page = open_page("errors", run=DEMO_RUN_ID, true="4", predicted="4")
    assert "It never makes this mistake" in page.info[0].value
    page.selectbox(key="true").select("any").run()
    assert not page.exception
    assert not page.info


@pytest.mark.parametrize("order", ["confidence", "loss", "margin"])
def test_steps_through_the_list_in_its_order(open_page, demo: Predictions, order: str) -> None:
    page = open_page("errors", run=DEMO_RUN_ID, sort=order)
    own = demo.probabilities[np.arange(len(demo.labels)), demo.labels].astype(np.float64)
    value = {"confidence": demo.confidence, "loss": -np.log(own + 1e-30), "margin": demo.confidence - own}[order]
    wrong = np.flatnonzero(demo.labels != demo.predicted)
    expected = wrong[np.argsort(-value[wrong], kind="stable")]
    click(page, "Next")
    assert page.number_input(key="inspected").value == expected[1]
    click(page, "Next")
    click(page, "Previous")
    assert page.number_input(key="inspected").value == expected[1]


def test_deep_link_to_a_digit_turns_to_its_page(open_page, demo: Predictions) -> None:
    wrong = np.flatnonzero(demo.labels != demo.predicted)
    expected = wrong[np.argsort(-demo.confidence[wrong], kind="stable")]
    page = open_page("errors", run=DEMO_RUN_ID, digit=str(expected[45]))
    assert page.number_input(key="inspected").value == expected[45]
    assert numbers(page)["True label"] == str(demo.labels[expected[45]])
    assert page.session_state["page"] == 2


def test_epochs_right_counts_the_kept_epochs(open_page, store: RunStore, demo: Predictions) -> None:
    digit = int(np.flatnonzero(demo.labels != demo.predicted)[0])
    models = [model for _, model in store.epoch_models(DEMO_RUN_ID)]
    image, label = splits().test.images[digit][None], demo.labels[digit]
    right = sum(int(model.probabilities(image)[0].argmax() == label) for model in models)
    page = open_page("errors", run=DEMO_RUN_ID, digit=str(digit))
    assert numbers(page)["Epochs correct"] == f"{right} of {len(models)}"


def test_a_digit_that_was_read_correctly_can_be_inspected(open_page, demo: Predictions) -> None:
    digit = int(np.flatnonzero(demo.labels == demo.predicted)[0])
    page = open_page("errors", run=DEMO_RUN_ID, digit=str(digit))
    assert f"test digit {digit} correctly" in words(page)


def test_other_runs_are_asked(open_page, store: RunStore, trained_run: Run) -> None:
    page = open_page("errors", run=trained_run.run_id)
    table = page.dataframe[0].value
    assert store.get(DEMO_RUN_ID).title in table["Run"].tolist()
    assert trained_run.title not in table["Run"].tolist()
    position = int(page.number_input(key="inspected").placeholder.removeprefix("first: "))
    said = store.predictions(DEMO_RUN_ID, splits().test)
    row = table[table["Run"] == store.get(DEMO_RUN_ID).title].iloc[0]
    assert row["Read as"] == str(said.predicted[position])


def test_a_run_without_mistakes(open_page, perfect_run: Run) -> None:
    page = open_page("errors", run=perfect_run.run_id)
    assert "there is no mistake" in page.success[0].value
    page.number_input(key="inspected").set_value(7).run()
    assert not page.exception
    assert numbers(page)["Epochs correct"] == "–"
    evaluate = open_page("evaluate", run=perfect_run.run_id)
    assert "Every test image is read correctly" in words(evaluate)


def test_nonsense_in_the_url_gets_sentences(open_page) -> None:
    page = open_page("errors", run="nope", digit="abc", true="12", predicted="-1", sort="size", page="0")
    said = " ".join(warning.value for warning in page.warning)
    assert len(page.warning) == 6
    for given in ("nope", "“abc”", "“12”", "“-1”", "“size”", "“0”"):
        assert given in said
    assert "mistakes**" in words(page)


@pytest.mark.parametrize("digit", ["-1", "10000", "1e3", "9" * 5000])
def test_a_digit_that_is_not_there(open_page, digit: str) -> None:
    page = open_page("errors", run=DEMO_RUN_ID, digit=digit)
    assert "whole number from 0 to 9,999" in page.warning[0].value
    assert page.number_input(key="inspected").value is None


@pytest.mark.parametrize("number", ["0", "9999", "first"])
def test_a_page_that_is_not_there(open_page, demo: Predictions, number: str) -> None:
    page = open_page("errors", run=DEMO_RUN_ID, page=number)
    pages = -(-int((demo.labels != demo.predicted).sum()) // 40)
    assert page.warning[0].value == f"There is no page “{number}”: it must be a whole number from 1 to {pages}."
    page.selectbox(key="true").select("9").run()
    assert not page.warning


def test_a_page_beside_the_only_one(open_page) -> None:
    page = open_page("errors", run=DEMO_RUN_ID, true="3", predicted="5", page="2")
    assert [warning.value for warning in page.warning] == ["There is no page “2”: there is only one."]


@pytest.mark.parametrize(("typed", "kept"), [(99_999, 9_999), (-3, 0)])
def test_a_number_typed_that_is_no_digit_is_named_and_brought_to_the_nearest(open_page, typed: int, kept: int) -> None:
    page = open_page("errors", run=DEMO_RUN_ID)
    page.number_input(key="inspected").set_value(typed).run()
    assert not page.exception
    assert f"There is no test digit {typed:,}: they are numbered from 0 to 9,999." in page.warning[0].value
    assert page.number_input(key="inspected").value == kept
    assert page.query_params["digit"] == str(kept)
    page.number_input(key="inspected").set_value(17).run()
    assert not page.warning


def test_a_page_by_link_and_back_to_the_first_with_other_filters(open_page) -> None:
    page = open_page("errors", run=DEMO_RUN_ID, page="3")
    assert page.session_state["page"] == 3
    page.selectbox(key="true").select("9").run()
    assert page.session_state["page"] == 1
    assert not page.exception


@pytest.mark.slow
def test_where_the_training_images_are_gone_the_rest_of_the_page_works(open_page, store: RunStore, home: Path) -> None:
    """On other images than its own a run can still be tested then."""
    some = splits().test.subset(np.arange(200))
    entry = Catalogue(home).add(SourceDataset(some), "Soon gone", "Digits that a run learns from.")
    run = train_small(store, TrainConfig(hidden_size=4, epochs=1, dataset=entry.name))
    Catalogue(home).delete(entry.name)
    page = open_page("errors", run=run.run_id, tested_on="mnist")
    assert any("have been deleted: there is nothing to compare" in found.value for found in page.info)
    assert "What other runs read" in words(page)
    store.delete(run.run_id)
