"""Titles and class names of data sets that look like Markdown are shown as somebody typed them."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.config import TrainConfig
from core.data.catalogue import Catalogue
from core.data.dataset import DatasetEntry, ImageDataset, SourceDataset
from core.data.mnist import load_mnist
from core.runs.records import Run
from core.runs.store import RunStore
from tests.app.conftest import OpenPage, train_small
from ui.shell.words import escape_markdown

TITLE = "**b** [x](y) :red[z]"
NAMES = ("*one*", "$a^2$ & $b$", "![x](//y/z.png)")


def words(page: AppTest) -> str:
    parts = (*page.markdown, *page.caption, *page.warning, *page.error, *page.header, *page.subheader, *page.toast)
    return "\n".join(str(part.value) for part in parts)


def assert_nothing_is_markup(page: AppTest) -> None:
    said = [words(page), *(button.label for button in page.button), *(found.value for found in page.metric)]
    said += [option for group in (*page.pills, *page.segmented_control) for option in group.options]
    said += [image.caption for shown in page.get("image") for image in shown.proto.imgs]
    said += [frame.proto.columns for frame in page.dataframe]
    assert not [typed for typed in (TITLE, *NAMES) if typed in "\n".join(said)]


def metric(page: AppTest, label: str) -> str:
    return next(str(found.value) for found in page.metric if found.label == label)


@pytest.fixture(scope="module")
def marked(home: Path) -> Iterator[DatasetEntry]:
    """A data set with markup in its title, in what is said of it and in the names of its classes."""
    train = load_mnist("train")
    chosen = np.sort(np.concatenate([np.flatnonzero(train.labels == label)[:100] for label in range(3)]))
    images = ImageDataset("marked", train.images[chosen], train.labels[chosen], NAMES)
    entry = Catalogue(home).add(SourceDataset(images), TITLE, f"Read from CSV: {TITLE}.")
    yield entry
    Catalogue(home).delete(entry.name)


@pytest.fixture(scope="module")
def run_on_marked(store: RunStore, marked: DatasetEntry) -> Iterator[Run]:
    """A run that has learned hardly anything, so that it makes mistakes."""
    run = train_small(store, TrainConfig(hidden_size=4, epochs=1, dataset=marked.name, learning_rate=1e-5))
    yield run
    store.delete(run.run_id)


def test_on_datasets(open_page: OpenPage, marked: DatasetEntry) -> None:
    page = open_page("datasets", dataset=marked.name)
    assert [header.value for header in page.header] == ["Import images", "In the catalogue", escape_markdown(TITLE)]
    assert f"Read from CSV: {escape_markdown(TITLE)}." in words(page)
    assert f"3 classes: {escape_markdown(', '.join(NAMES))}" in words(page)
    assert f"Delete **{escape_markdown(TITLE)}** for good?" in words(page)
    assert_nothing_is_markup(page)


@pytest.mark.slow
def test_in_the_preview_of_an_import(open_page: OpenPage, home: Path) -> None:
    stream, train = io.BytesIO(), load_mnist("train")
    with zipfile.ZipFile(stream, "w") as archive:
        for place, (folder, count) in enumerate({"$a^2$": 40, "_few_": 4}.items()):
            for image in range(count):
                picture = io.BytesIO()
                Image.fromarray(train.images[60 * place + image]).save(picture, "PNG")
                archive.writestr(f"{folder}/{image}.png", picture.getvalue())
    page = open_page("datasets")
    page.file_uploader(key="import_files").set_value([("some.zip", stream.getvalue(), "application/zip")]).run()
    said = words(page)
    assert r"(“\$a^2\$”)" in said
    assert r"“\_few\_” is rare" in said
    assert "“$a^2$”" not in said
    page.text_input(key="import_title_upload").set_value(TITLE).run()
    page.button(key="import_keep_upload").click().run()
    assert page.toast[0].value == f"{escape_markdown(TITLE)} is in the catalogue."
    Catalogue(home).delete(page.selectbox(key="datasets_chosen").value)


def test_an_upload_that_cannot_be_read(open_page: OpenPage) -> None:
    page = open_page("datasets")
    page.file_uploader(key="import_files").set_value([("*a* $b$.csv", b"not a table", "text/csv")]).run()
    assert escape_markdown("*a* $b$.csv") in page.error[0].value


def test_on_explore(open_page: OpenPage, marked: DatasetEntry) -> None:
    page = open_page("explore", dataset=marked.name)
    assert "Label **" in words(page)
    assert_nothing_is_markup(page)
    page = open_page("explore", dataset=marked.name, labels="7")
    assert f"Labels are {escape_markdown(', '.join(NAMES))}, not “7”." in words(page)
    assert page.pills(key="labels").options == [escape_markdown(name) for name in NAMES]
    for form in (NAMES[0], escape_markdown(NAMES[0])):
        page = open_page("explore", dataset=marked.name, labels=form)
        assert page.pills(key="labels").value == [NAMES[0]]
        assert not page.warning
    page = open_page("explore", dataset=marked.name, view="map", map_across=["0", "60"])
    assert "images chosen" in words(page)
    assert_nothing_is_markup(page)


def test_on_home(open_page: OpenPage, store: RunStore, marked: DatasetEntry, me: str) -> None:
    run = train_small(store, TrainConfig(hidden_size=4, epochs=1, dataset=marked.name, learning_rate=1e-5), me)
    store.rename(run.run_id, TITLE)
    page = open_page("home")
    assert f"Your latest run: {escape_markdown(TITLE)}" in words(page)
    assert "most common mistake" in words(page)
    assert_nothing_is_markup(page)
    store.delete(run.run_id)


def test_on_draw(open_page: OpenPage, run_on_marked: Run) -> None:
    page = open_page("draw", run=run_on_marked.run_id, source="test", digit="0", every_run="true")
    assert metric(page, "Prediction") in {escape_markdown(name) for name in NAMES}
    assert "without centring: **" in words(page)
    assert_nothing_is_markup(page)


def test_on_evaluate(open_page: OpenPage, run_on_marked: Run) -> None:
    page = open_page("evaluate", run=run_on_marked.run_id, true_label="7")
    assert f"it must be one of {escape_markdown(', '.join(NAMES))}." in words(page)
    assert any(" read as " in option for option in page.pills(key="confused_pair").options)
    assert_nothing_is_markup(page)


def test_on_errors(open_page: OpenPage, run_on_marked: Run) -> None:
    page = open_page("errors", run=run_on_marked.run_id, true="7", why="saliency", rival="7")
    assert f"it must be one of {escape_markdown(', '.join(NAMES))}." in words(page)
    assert {metric(page, "True label"), metric(page, "Read as")} < {escape_markdown(name) for name in NAMES}
    assert "The answer can be compared with" in words(page)
    assert_nothing_is_markup(page)
    page = open_page("errors", run=run_on_marked.run_id, mistakes="game")
    page.button(key="game_answer_0_0").click().run()
    assert "The last one is labelled" in words(page)
    assert_nothing_is_markup(page)
