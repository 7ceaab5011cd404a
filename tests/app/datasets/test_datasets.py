"""Datasets: the catalogue, one data set, importing with a preview, downloading, deleting."""

import gzip
import io
import struct
import threading
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
from core.data.downloading.process import DownloadSnapshot
from core.data.importing.kaggle_writer import write_kaggle_csv
from core.data.mnist import load_mnist
from core.data.overlap import OverlapReport
from core.errors import DataError
from tests.app.conftest import discard
from ui.datasets import download as datasets_download
from ui.datasets.catalogue import overlap_sentence


def words(page: AppTest) -> str:
    texts = [
        *page.markdown,
        *page.caption,
        *page.header,
        *page.subheader,
        *page.info,
        *page.success,
        *page.warning,
        *page.error,
    ]
    return "\n".join(element.value for element in texts)


def click(page: AppTest, label: str) -> AppTest:
    next(button for button in page.button if button.label == label).click().run()
    assert not page.exception, page.exception
    return page


@pytest.fixture
def some_digits() -> ImageDataset:
    train = load_mnist("train")
    return train.subset(np.concatenate([np.flatnonzero(train.labels == label)[7:19] for label in range(10)]))


@pytest.fixture
def imported(home: Path) -> Iterator[list[str]]:
    """Removes what a test has brought into the catalogue."""
    before = {entry.name for entry in Catalogue(home).entries()}
    new: list[str] = []
    yield new
    for entry in Catalogue(home).entries():
        if entry.name not in before:
            Catalogue(home).delete(entry.name)


def csv_of(images: ImageDataset) -> bytes:
    stream = io.BytesIO()
    write_kaggle_csv(images, stream)
    return stream.getvalue()


def idx_of(images: ImageDataset) -> tuple[bytes, bytes]:
    count = len(images)
    return (
        gzip.compress(struct.pack(">IIII", 0x803, count, 28, 28) + images.images.tobytes()),
        struct.pack(">II", 0x801, count) + images.labels.astype(np.uint8).tobytes(),
    )


def zip_of(images: ImageDataset) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for place, (image, label) in enumerate(zip(images.images, images.labels, strict=True)):
            picture = io.BytesIO()
            Image.fromarray(image).save(picture, "PNG")
            archive.writestr(f"class {label}/{place}.png", picture.getvalue())
    return stream.getvalue()


def test_lists_every_data_set_and_opens_on_mnist(open_page, shapes: DatasetEntry) -> None:
    page = open_page("datasets")
    table = page.dataframe[0].value.set_index("Title")
    assert table.loc["MNIST", "Images"] == 60_000
    assert table.loc["MNIST", "Test images"] == 10_000
    assert table.loc["Shapes", "Classes"] == 3
    assert table.loc["Shapes", "From"] == "imported"
    assert page.selectbox(key="datasets_chosen").value == "mnist"
    assert "55,000 training, 5,000 validation, 10,000 test" in words(page)
    assert not page.warning


def test_a_link_shows_a_data_set_with_other_classes(open_page, shapes: DatasetEntry) -> None:
    page = open_page("datasets", dataset=shapes.name)
    assert "3 classes: ring, bar, long-necked swan" in words(page)
    assert "Rings, bars and swans." in words(page)
    assert "384 training, 96 validation, 120 test" in words(page)
    assert "Delete for good" in [button.label for button in page.button]


@pytest.mark.parametrize("name", ["atlantis", "../x", "x" * 500, "nul\0"])
def test_a_data_set_that_is_not_there_gets_one_sentence(open_page, name: str) -> None:
    page = open_page("datasets", dataset=name)
    assert len(page.warning) == 1
    assert "There is no dataset called" in page.warning[0].value
    assert page.selectbox(key="datasets_chosen").value == "mnist"


def test_the_report_on_overlap_counts() -> None:
    assert "No image is in more than one split" in overlap_sentence(OverlapReport(0, 0, 0, 0))
    said = overlap_sentence(OverlapReport(0, 12, 3, 5))
    assert "**12** test images are in training" in said
    assert "**3** test images are in validation" in said
    assert "validation images are in training" not in said
    assert "5 images repeat an earlier one" in said


def test_identical_images_in_two_splits_are_reported(open_page, home: Path, some_digits, imported) -> None:
    entry = Catalogue(home).add(SourceDataset(some_digits, some_digits.subset(np.arange(12))), "Twice", "")
    page = open_page("datasets", dataset=entry.name)
    found = sum(int(part) for part in words(page).split("Some images are in two splits")[1].split("**")[1::2])
    assert found == 12


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["csv", "idx", "zip"])
def test_an_upload_is_previewed_and_then_kept(open_page, home: Path, some_digits, imported, kind: str) -> None:
    page = open_page("datasets")
    uploader = page.file_uploader(key="import_files")
    if kind == "csv":
        uploader.set_value([("digits.csv", csv_of(some_digits), "text/csv")]).run()
    elif kind == "idx":
        images, labels = idx_of(some_digits)
        files = [("digits-images-idx3-ubyte.gz", images, ""), ("digits-labels-idx1-ubyte", labels, "")]
        uploader.set_value(files).run()
    else:
        uploader.set_value([("digits.zip", zip_of(some_digits), "application/zip")]).run()
    assert not page.exception, page.exception
    assert "120 images, 10 classes" in words(page)
    assert "Images of a class: from 12 (“" in words(page)
    assert len(Catalogue(home).entries()) == len(page.dataframe[0].value)
    page.text_input(key="import_title_upload").set_value("My digits").run()
    click(page, "Keep")
    entry = next(entry for entry in Catalogue(home).entries() if entry.title == "My digits")
    assert page.selectbox(key="datasets_chosen").value == entry.name
    kept = Catalogue(home).load(entry.name).train
    order = np.argsort(kept.labels, kind="stable")
    assert sorted(map(bytes, kept.images[order])) == sorted(map(bytes, some_digits.images))
    assert len(kept.class_names) == 10
    assert "Keep" not in [button.label for button in page.button]


@pytest.mark.slow
def test_a_few_pictures_are_kept_for_testing_only(open_page, home: Path, some_digits, imported) -> None:
    page = open_page("datasets")
    few = zip_of(some_digits.subset(np.arange(6)))
    page.file_uploader(key="import_files").set_value([("few.zip", few, "application/zip")]).run()
    assert "6 images for testing only" in words(page)
    assert "There are 6 images; at least 10 are needed to train on. They are kept for testing only." in words(page)
    click(page, "Keep")
    entry = Catalogue(home).entry(page.selectbox(key="datasets_chosen").value)
    assert (entry.purpose, entry.images, entry.test_images) == ("testing", 0, 6)


@pytest.mark.slow
def test_what_could_be_trained_on_may_be_kept_for_testing(open_page, home: Path, some_digits, imported) -> None:
    page = open_page("datasets")
    page.file_uploader(key="import_files").set_value([("digits.csv", csv_of(some_digits), "text/csv")]).run()
    choice = page.segmented_control(key="import_purpose_upload")
    assert choice.value == "training"
    choice.set_value("testing").run()
    assert "120 images for testing only, 10 classes" in words(page)
    click(page, "Keep")
    entry = Catalogue(home).entry(page.selectbox(key="datasets_chosen").value)
    assert (entry.purpose, entry.test_images) == ("testing", 120)


@pytest.mark.slow
def test_class_names_may_be_given(open_page, home: Path, some_digits, imported) -> None:
    names = [f"kind {label}" for label in range(10)]
    page = open_page("datasets")
    page.text_input(key="import_class_names").set_value(", ".join(names)).run()
    page.file_uploader(key="import_files").set_value([("digits.csv", csv_of(some_digits), "text/csv")]).run()
    click(page, "Keep")
    entry = Catalogue(home).entry(page.selectbox(key="datasets_chosen").value)
    assert list(entry.class_names) == names


@pytest.mark.slow
def test_a_zip_of_tables_with_other_labels_gets_class_names(open_page, home: Path, some_digits, imported) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("sign_train.csv", csv_of(some_digits).replace(b"\n9,", b"\n24,"))
    page = open_page("datasets")
    page.file_uploader(key="import_files").set_value([("archive.zip", stream.getvalue(), "application/zip")]).run()
    assert "called 0, 1 … 24. To name them, give class names" in words(page)
    names = [f"sign {label}" for label in range(10)]
    page.text_input(key="import_class_names").set_value(", ".join(names)).run()
    click(page, "Keep")
    assert list(Catalogue(home).entry(page.selectbox(key="datasets_chosen").value).class_names) == names


@pytest.mark.slow
def test_pictures_that_cannot_be_read_are_named_in_the_preview(open_page, home: Path, some_digits) -> None:
    stream = io.BytesIO(zip_of(some_digits))
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("class 3/broken.png", b"no picture")
    page = open_page("datasets")
    page.file_uploader(key="import_files").set_value([("mine.zip", stream.getvalue(), "application/zip")]).run()
    assert "120 images, 10 classes" in words(page)
    assert "class 3/broken.png in mine.zip" in words(page)
    assert "1 file was left out" in [expander.label for expander in page.expander]
    click(page, "Discard")


@pytest.mark.parametrize(
    "content", [b"", b"not a table", b"label,pixel0\n1,2\n", b"\x80\x04\x95"], ids=["empty", "text", "short", "pickle"]
)
def test_a_file_that_cannot_be_read_gets_one_sentence_and_nothing_is_kept(open_page, home: Path, content) -> None:
    before = len(Catalogue(home).entries())
    page = open_page("datasets")
    page.file_uploader(key="import_files").set_value([("strange.csv", content, "text/csv")]).run()
    assert not page.exception
    assert len(page.error) == 1
    assert "strange.csv" in page.error[0].value
    page.run()
    assert len(page.error) == 1
    assert len(Catalogue(home).entries()) == before


@pytest.mark.slow
def test_what_is_discarded_is_gone(open_page, home: Path, some_digits) -> None:
    before = len(Catalogue(home).entries())
    page = open_page("datasets")
    page.file_uploader(key="import_files").set_value([("digits.csv", csv_of(some_digits), "text/csv")]).run()
    click(page, "Discard")
    assert "Preview" not in words(page)
    assert len(Catalogue(home).entries()) == before


@pytest.mark.slow
def test_files_in_the_home_are_offered(open_page, home: Path, some_digits, imported) -> None:
    assert "There are no such files in that folder" in words(open_page("datasets"))
    raw = home / "datasets" / "by-hand.csv"
    raw.parent.mkdir(exist_ok=True)
    raw.write_bytes(csv_of(some_digits))
    try:
        page = open_page("datasets")
        click(page, "Read it")
        assert "120 images, 10 classes" in words(page)
        click(page, "Keep")
        assert len(Catalogue(home).load(page.selectbox(key="datasets_chosen").value).train) == 120
    finally:
        raw.unlink()


@pytest.mark.slow
def test_an_upload_and_files_of_the_home_do_not_displace_each_other(
    open_page, home: Path, some_digits, imported
) -> None:
    raw = home / "datasets" / "by-hand.csv"
    raw.parent.mkdir(exist_ok=True)
    raw.write_bytes(csv_of(some_digits.subset(np.arange(0, 120, 2))))
    try:
        page = open_page("datasets")
        page.file_uploader(key="import_files").set_value([("digits.csv", csv_of(some_digits), "text/csv")]).run()
        page.text_input(key="import_title_upload").set_value("Uploaded").run()
        click(page, "Read it")
        assert "120 images, 10 classes" in words(page)
        assert "60 images, 10 classes" in words(page)
        page.text_input(key="import_title_home").set_value("By hand").run()
        page.button(key="import_keep_home").click().run()
        assert not page.exception
        assert "60 images, 10 classes" not in words(page)
        assert "120 images, 10 classes" in words(page)
        page.button(key="import_keep_upload").click().run()
        assert not page.exception
        kept = {entry.title: entry.images for entry in Catalogue(home).entries()}
        assert (kept["Uploaded"], kept["By hand"]) == (120, 60)
    finally:
        raw.unlink()


@pytest.mark.slow
def test_files_of_the_home_can_be_read_again_after_a_discard(open_page, home: Path, some_digits) -> None:
    raw = home / "datasets" / "by-hand.csv"
    raw.parent.mkdir(exist_ok=True)
    raw.write_bytes(csv_of(some_digits))
    try:
        page = click(open_page("datasets"), "Read it")
        page = click(click(page, "Discard"), "Read it")
        assert page.text_input(key="import_title_home").value
        raw.write_bytes(b"not a table")
        click(page, "Read it")
        assert "by-hand.csv" in page.error[0].value
        assert "Keep" not in [button.label for button in page.button]
    finally:
        raw.unlink()


@pytest.mark.slow
def test_an_imported_data_set_can_be_deleted(open_page, home: Path, some_digits, imported) -> None:
    entry = Catalogue(home).add(SourceDataset(some_digits), "To be deleted", "")
    page = open_page("datasets", dataset=entry.name)
    click(page, "Delete for good")
    assert page.selectbox(key="datasets_chosen").value == "mnist"
    with pytest.raises(DataError):
        Catalogue(home).entry(entry.name)
    other = open_page("train", dataset=entry.name)
    assert "There is no dataset called" in other.warning[0].value
    assert other.selectbox(key="dataset").value == "mnist"


@pytest.mark.slow
def test_data_sets_of_one_title_can_be_told_apart(open_page, home: Path, some_digits, imported) -> None:
    """A select box finds an option by its label: the last one of two that are alike."""
    parts = [some_digits.subset(np.arange(start, 120, 2)) for start in (0, 1)]
    entries = [Catalogue(home).add(SourceDataset(part), "MNIST", "") for part in parts]
    pages = {"datasets": "datasets_chosen", "explore": "explore_dataset", "train": "dataset"}
    for name, key in pages.items():
        page = open_page(name)
        labels = page.selectbox(key=key).options
        assert len(set(labels)) == len(labels)
        assert "MNIST" in labels
        for entry in entries:
            page.selectbox(key=key).select_index(labels.index(f"MNIST ({entry.name[-8:]})")).run()
            assert not page.exception
            assert page.selectbox(key=key).value == entry.name
            assert page.query_params["dataset"] in (entry.name, [entry.name])
    assert len(set(open_page("datasets").dataframe[0].value["Title"])) == len(Catalogue(home).entries())


class FakeDownload:
    """A download that stands where the test wants it."""

    def __init__(self) -> None:
        self.now = DownloadSnapshot("running", 0.25, "5 of 21 MB")
        self.stopped = threading.Event()

    def snapshot(self) -> DownloadSnapshot:
        return self.now

    def stop(self) -> None:
        self.now = DownloadSnapshot("stopped", 0.25, "The download was stopped.")
        self.stopped.set()


@pytest.fixture
def download(monkeypatch) -> Iterator[FakeDownload]:
    fake = FakeDownload()
    monkeypatch.setattr(datasets_download.DownloadProcess, "start", lambda name, home: fake)
    datasets_download._downloads.clear()
    yield fake
    datasets_download._downloads.clear()


def test_a_download_shows_its_progress_and_can_be_stopped(open_page, download: FakeDownload) -> None:
    page = open_page("datasets")
    page.selectbox(key="download_name").set_value("kmnist").run()
    click(page, "Download")
    assert "KMNIST: 5 of 21 MB" in page.get("progress")[0].text
    assert next(button for button in page.button if button.label == "Download").disabled
    other = open_page("datasets")
    assert "KMNIST: 5 of 21 MB" in other.get("progress")[0].text
    click(page, "Stop the download")
    assert download.stopped.is_set()
    assert "The download was stopped." in words(page)


def test_a_download_that_fails_says_why(open_page, download: FakeDownload) -> None:
    page = click(open_page("datasets"), "Download")
    download.now = DownloadSnapshot("failed", 0.25, "There is no network here.")
    page.run()
    assert page.error[0].value == "There is no network here."


def test_a_download_that_is_done_can_be_looked_at(open_page, download: FakeDownload, shapes: DatasetEntry) -> None:
    page = click(open_page("datasets"), "Download")
    download.now = DownloadSnapshot("done", 1.0, "The images are in the catalogue.", shapes.name)
    page.run()
    click(page, "Show MNIST (download)")
    assert page.selectbox(key="datasets_chosen").value == shapes.name


@pytest.mark.slow
def test_one_click_trains_on_a_dataset_with_the_settings_of_the_session(open_page, store, shapes: DatasetEntry) -> None:
    # Corrections belong to the images for which they were made.
    page = open_page("train", hidden_size="8", epochs="1", corrections="0:5:3")
    page.query_params.clear()
    page.query_params["dataset"] = shapes.name
    page.switch_page("datasets.py").run()
    next(button for button in page.button if button.label == "Train on it").click().run()
    assert not page.exception
    assert page.title[0].value == "Train"
    (run_id,) = np.atleast_1d(page.query_params["run"])
    assert store.get(run_id).config == TrainConfig(dataset=shapes.name, hidden_size=8, epochs=1)
    assert page.selectbox(key="dataset").value == shapes.name
    discard(store, run_id)
