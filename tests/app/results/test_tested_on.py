"""Evaluate and Errors on another dataset than the run's own: on few images, without a look being counted."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sklearn import metrics
from streamlit.testing.v1 import AppTest

from core.data.catalogue import Catalogue
from core.data.dataset import DatasetEntry, ImageDataset, SourceDataset
from core.runs.records import DEMO_RUN_ID, Run
from core.runs.store import RunStore
from ui.shell.resources import model, splits

NAMES = ("Nine", "digit 2")
BOX = "tested_on"


@pytest.fixture(scope="module")
def mine(home: Path) -> Iterator[DatasetEntry]:
    """Fifty nines and twos, for testing only, of MNIST's test images."""
    test = splits().test
    chosen = np.concatenate([np.flatnonzero(test.labels == label)[:25] for label in (9, 2)])
    images = ImageDataset("mine", test.images[chosen], np.repeat([0, 1], 25), NAMES)
    entry = Catalogue(home).add(SourceDataset(images.subset(np.arange(0)), images), "My own", "")
    yield entry
    Catalogue(home).delete(entry.name)


def words(page: AppTest) -> str:
    return "\n".join(element.value for element in [*page.markdown, *page.caption, *page.warning])


def metric(page: AppTest, label: str) -> str:
    return next(found.value for found in page.metric if found.label == label)


@pytest.mark.slow
def test_its_own_test_set_is_the_default_and_no_run_is_offered_what_it_cannot_tell_apart(
    open_page, mine: DatasetEntry, shapes: DatasetEntry, run_on_shapes: Run
) -> None:
    page = open_page("evaluate", run=DEMO_RUN_ID)
    box = page.selectbox(key=BOX)
    assert (box.value, BOX in page.query_params) == ("own", False)
    assert [option.partition(" · ")[0] for option in box.options] == [
        "Its own test set",
        "MNIST in Kaggle’s format",
        "scikit-learn’s digits",
        "My own",
    ]
    shown = open_page("evaluate", run=run_on_shapes.run_id).selectbox(key=BOX)
    assert shown.options == ["Its own test set · Shapes"]


@pytest.mark.slow
def test_few_pictures_of_few_classes_that_are_called_otherwise(
    open_page, store: RunStore, mine: DatasetEntry, trained_run: Run
) -> None:
    looks = store.get(trained_run.run_id).test_looks
    page = open_page("evaluate", run=trained_run.run_id, tested_on=mine.name)
    test = splits().test
    chosen = np.concatenate([np.flatnonzero(test.labels == label)[:25] for label in (9, 2)])
    predicted = model(trained_run.run_id).probabilities(test.images[chosen]).argmax(1)
    right = metrics.accuracy_score(test.labels[chosen], predicted)
    assert metric(page, "Test accuracy") == f"{right:.2%}"
    said = words(page)
    assert "Measured on all 50 images of **My own**: not its own test set." in said
    assert "There is no image of 0, 1, 3, 4, 5, 6, 7, 8." in said
    assert "Looks at these results are not counted." in said
    assert page.dataframe[0].value["Support"][:10].tolist() == [0, 0, 25, 0, 0, 0, 0, 0, 0, 25]
    errors = open_page("errors", run=trained_run.run_id, tested_on=mine.name)
    assert f"**{int((predicted != test.labels[chosen]).sum())} mistakes**" in words(errors)
    assert store.get(trained_run.run_id).test_looks == looks
    open_page("errors", run=trained_run.run_id)
    # Only now: a session that asked for the run sees its own test set.
    assert store.get(trained_run.run_id).test_looks == looks + 1


@pytest.mark.slow
def test_an_image_of_another_dataset_is_inspected_with_what_other_runs_say(
    open_page, mine: DatasetEntry, trained_run: Run
) -> None:
    page = open_page("errors", run=DEMO_RUN_ID, tested_on=mine.name, digit="30")
    assert (metric(page, "True label"), metric(page, "Read as")) == ("2", "2")
    table = next(found.value for found in page.dataframe if "Read as" in found.value)
    assert trained_run.title in table["Run"].tolist()
    outside = open_page("errors", run=DEMO_RUN_ID, tested_on=mine.name, digit="50")
    assert "must be a whole number from 0 to 49" in words(outside)


@pytest.mark.slow
def test_images_that_it_has_learned_from_are_said(open_page) -> None:
    page = open_page("evaluate", run=DEMO_RUN_ID, tested_on="kaggle-42000")
    assert "42,000 of these images were also used to train or select it." in words(page)


@pytest.mark.parametrize("page_name", ["evaluate", "errors"])
def test_a_dataset_that_cannot_test_the_run_is_named(open_page, page_name: str, shapes: DatasetEntry) -> None:
    page = open_page(page_name, run=DEMO_RUN_ID, tested_on=shapes.name)
    assert "Shapes cannot test this run: it has classes that the run does not know." in words(page)
    assert page.selectbox(key=BOX).value == "own"
    page = open_page(page_name, run=DEMO_RUN_ID, tested_on="no-such")
    assert "There is no dataset called “no-such” here" in words(page)


def test_what_is_for_testing_is_not_offered_to_train_on_or_to_explore(open_page, mine: DatasetEntry) -> None:
    page = open_page("train", dataset=mine.name)
    assert "My own is for testing only" in words(page)
    assert "My own" not in page.selectbox(key="dataset").options
    page = open_page("explore", dataset=mine.name)
    assert "My own is for testing only: test a run on it with Evaluate and Errors." in words(page)


def test_datasets_shows_what_is_for_testing(open_page, mine: DatasetEntry) -> None:
    page = open_page("datasets", dataset=mine.name)
    table = page.dataframe[0].value.set_index("Title")
    assert (table.loc["My own", "For"], table.loc["MNIST", "For"]) == ("testing only", "training")
    assert "Train on it" not in [button.label for button in page.button]
