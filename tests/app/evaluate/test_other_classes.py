"""Every page with a run on images that are no digits, with other names, fewer classes and fewer test images."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sklearn import metrics
from streamlit.testing.v1 import AppTest

from core.config import TrainConfig
from core.data.catalogue import Catalogue, load_splits
from core.data.dataset import DatasetEntry, ImageDataset, SourceDataset
from core.data.mnist import load_mnist
from core.runs.records import DEMO_RUN_ID, Run
from core.runs.store import RunStore
from tests.app.conftest import train_small

NAMES = ("ring", "bar", "long-necked swan")


def words(page: AppTest) -> str:
    texts = [
        *page.markdown,
        *page.caption,
        *page.header,
        *page.subheader,
        *page.warning,
        *page.error,
        *page.info,
        *page.success,
    ]
    return "\n".join(element.value for element in texts)


def metric(page: AppTest, label: str) -> str:
    return next(found.value for found in page.metric if found.label == label)


@pytest.fixture
def test_part(home: Path, run_on_shapes: Run) -> ImageDataset:
    return load_splits(run_on_shapes.config, home).test


@pytest.fixture
def orphan(store: RunStore, home: Path) -> Iterator[Run]:
    """A run whose data set has been deleted."""
    train = load_mnist("train")
    chosen = np.flatnonzero(train.labels < 2)[:200]
    images = ImageDataset("gone", train.images[chosen], train.labels[chosen], ("nought", "one"))
    entry = Catalogue(home).add(SourceDataset(images), "Gone", "")
    run = train_small(store, TrainConfig(hidden_size=4, epochs=1, dataset=entry.name))
    Catalogue(home).delete(entry.name)
    yield run
    store.delete(run.run_id)


def test_evaluate_agrees_with_sklearn(open_page, store: RunStore, run_on_shapes: Run, test_part: ImageDataset) -> None:
    said = store.predictions(run_on_shapes.run_id, test_part)
    page = open_page("evaluate", run=run_on_shapes.run_id)
    assert metric(page, "Test accuracy") == f"{metrics.accuracy_score(test_part.labels, said.predicted):.2%}"
    assert f"Measured on {len(test_part)} test images" in words(page)
    share = r"[\d.]+%"
    kinds = (("noise", 200), ("scrambled pixels", len(test_part)), ("scribbles", 200))
    prices = "refuses " + ", ".join(f"{share} of {count} images of {kind}" for kind, count in kinds) + r"\. "
    assert re.search(prices, words(page))
    table = page.dataframe[0].value
    assert table["Label"].tolist() == [*NAMES, "Mean"]
    theirs = metrics.precision_recall_fscore_support(test_part.labels, said.predicted, labels=range(3))
    np.testing.assert_allclose(table["Recall"][:3] / 100, theirs[1])
    page.selectbox(key="true_label").select("bar")
    page.selectbox(key="predicted_label").select("bar").run()
    count = int(((test_part.labels == 1) & (said.predicted == 1)).sum())
    assert f"**{count} images: true bar, read as bar**" in words(page)


def test_evaluate_names_a_label_that_this_run_has_not(open_page, run_on_shapes: Run) -> None:
    page = open_page("evaluate", run=run_on_shapes.run_id, true_label="7")
    assert page.warning[0].value == "There is no true label “7”: it must be one of ring, bar, long-necked swan."


@pytest.mark.parametrize("name", ["evaluate", "errors"])
def test_choices_of_one_run_do_not_break_another(open_page, run_on_shapes: Run, name: str) -> None:
    query = {"true_label": "9", "predicted_label": "4"} if name == "evaluate" else {"true": "9", "digit": "9999"}
    page = open_page(name, run=DEMO_RUN_ID, **query)
    page.selectbox(key="run").set_value(run_on_shapes.run_id).run()
    assert not page.exception, page.exception
    assert "digit" not in words(page).lower()
    page.selectbox(key="run").set_value(DEMO_RUN_ID).run()
    assert not page.exception, page.exception


def test_errors_lists_what_this_run_gets_wrong(
    open_page, store: RunStore, run_on_shapes: Run, test_part: ImageDataset
) -> None:
    said = store.predictions(run_on_shapes.run_id, test_part)
    wrong = int((said.predicted != test_part.labels).sum())
    assert wrong, "a network of eight units is meant to make mistakes here"
    page = open_page("errors", run=run_on_shapes.run_id)
    assert f"**{wrong:,} mistake" in words(page)
    assert page.selectbox(key="true").options == ["any", *NAMES]
    assert metric(page, "True label") in NAMES
    page.number_input(key="inspected").set_value(len(test_part) - 1).run()
    assert not page.exception
    assert metric(page, "True label") == NAMES[test_part.labels[-1]]


def test_errors_asks_only_runs_with_the_same_test_images(open_page, store: RunStore, run_on_shapes: Run) -> None:
    page = open_page("errors", run=run_on_shapes.run_id)
    assert "No other run has results on the same test images yet" in words(page)
    same = train_small(store, run_on_shapes.config.replace(seed=5, label_noise=0.1))
    other = train_small(store, run_on_shapes.config.replace(split_seed=5))
    page = open_page("errors", run=run_on_shapes.run_id)
    assert page.dataframe[0].value["Run"].tolist() == [same.title]
    for run in (same, other):
        store.delete(run.run_id)


def test_explore_shows_another_data_set(open_page, shapes: DatasetEntry) -> None:
    page = open_page("explore", dataset=shapes.name, labels="bar")
    parts = load_splits(TrainConfig(dataset=shapes.name), None if shapes.is_built_in else _home())
    bars = int((parts.train.labels == 1).sum())
    assert f"**{bars}** of {len(parts.train)} training images, page 1" in words(page)
    page.number_input(key="index").set_value(int(parts.test.file_indices[0])).run()
    assert f"Label **{NAMES[parts.test.labels[0]]}**" in words(page)
    assert "test split" in words(page)
    page.segmented_control(key="view").set_value("statistics").run()
    assert page.dataframe[0].value["Class"].tolist() == list(NAMES)
    page.segmented_control(key="view").set_value("map").run()
    assert f"{len(parts.train)} training images by PCA" in words(page)


def _home() -> Path:
    from ui.shell.resources import settings

    return settings().home


def test_explore_forgets_labels_that_another_data_set_has_not(open_page, shapes: DatasetEntry) -> None:
    page = open_page("explore", labels="7", grid_page="3")
    page.selectbox(key="explore_dataset").set_value(shapes.name).run()
    assert not page.exception
    assert page.pills(key="labels").value == []
    assert "**384** of 384 training images, page 1 of 4" in words(page)
    page.selectbox(key="explore_dataset").set_value("mnist").run()
    assert "**55,000** of 55,000 training digits" in words(page)


def test_explore_names_what_is_wrong(open_page, shapes: DatasetEntry) -> None:
    page = open_page("explore", dataset=shapes.name, labels="7")
    assert "Labels are ring, bar, long-necked swan, not “7”." in page.warning[0].value
    page = open_page("explore", dataset="atlantis")
    assert "There is no dataset called “atlantis”" in page.warning[0].value
    assert "55,000" in words(page)


def test_draw_reads_test_images_of_the_run(
    open_page, store: RunStore, run_on_shapes: Run, test_part: ImageDataset
) -> None:
    page = open_page("draw", run=run_on_shapes.run_id, source="test", digit=str(len(test_part) - 1))
    label = page.number_input(key="digit").label
    assert (label, page.number_input(key="digit").max) == ("Test image", len(test_part) - 1)
    assert metric(page, "Prediction") in NAMES
    page = open_page("draw", run=run_on_shapes.run_id, source="test", digit=str(len(test_part)))
    assert f"numbered from 0 to {len(test_part) - 1}" in page.warning[0].value


def test_train_describes_the_data_set_and_shows_its_classes(
    open_page, run_on_shapes: Run, shapes: DatasetEntry
) -> None:
    page = open_page("train", dataset=shapes.name, run=run_on_shapes.run_id, hidden_size="8")
    assert "Pixels to 3 classes through one hidden layer: **784 – 8 – 3**" in words(page)
    assert "over 384 images of **Shapes**" in words(page)
    assert "6 validation images" in words(page) or "of 6**" in words(page)
    assert run_on_shapes.class_names == NAMES


def test_home_and_runs_name_the_classes_of_the_latest_run(
    open_page, store: RunStore, run_on_shapes: Run, me: str
) -> None:
    newest = train_small(store, run_on_shapes.config.replace(hidden_size=1, epochs=1), me)
    page = open_page("home")
    assert "“long-necked swan”" in words(page) or "“ring”" in words(page) or "“bar”" in words(page)
    table = open_page("runs").dataframe[0].value.set_index("Name")
    assert table.loc[newest.name, "Dataset"] == "Shapes"
    assert table.loc["demo", "Dataset"] == "MNIST"
    store.delete(newest.run_id)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["evaluate", "errors", "draw", "train"])
def test_a_run_whose_data_set_was_deleted_gets_one_sentence(open_page, orphan: Run, name: str) -> None:
    page = open_page(name, run=orphan.run_id)
    assert words(page).count("There is no dataset called") == 1
    if name == "evaluate":
        assert "How it learned" in words(page)
    if name == "draw":
        assert metric(page, "Prediction") == "–"


def test_runs_lists_a_run_whose_data_set_was_deleted(open_page, orphan: Run) -> None:
    table = open_page("runs").dataframe[0].value.set_index("Name")
    assert table.loc[orphan.name, "Dataset"] == "deleted dataset"
