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
from core.runs.store import RunStore
from tests.app.conftest import OpenPage, train_small
from ui.shell.words import escape_markdown

TITLE = "**b** [x](y) :red[z]"
NAMES = ("*one*", "$a^2$ & $b$", "[x](y)")


def words(page: AppTest) -> str:
    parts = (*page.markdown, *page.caption, *page.warning, *page.error, *page.header, *page.subheader, *page.toast)
    return "\n".join(str(part.value) for part in parts)


def assert_nothing_is_markup(page: AppTest) -> None:
    said = words(page) + "\n".join(button.label for button in page.button)
    assert not [typed for typed in (TITLE, *NAMES) if typed in said]


@pytest.fixture(scope="module")
def marked(home: Path) -> Iterator[DatasetEntry]:
    """A data set with markup in its title, in what is said of it and in the names of its classes."""
    train = load_mnist("train")
    chosen = np.sort(np.concatenate([np.flatnonzero(train.labels == label)[:100] for label in range(3)]))
    images = ImageDataset("marked", train.images[chosen], train.labels[chosen], NAMES)
    entry = Catalogue(home).add(SourceDataset(images), TITLE, f"Read from CSV: {TITLE}.")
    yield entry
    Catalogue(home).delete(entry.name)


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
