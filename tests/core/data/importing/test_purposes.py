"""What is kept to train on, and what to test on only."""

from pathlib import Path

import numpy as np
import pytest

from core.config import TrainConfig
from core.data.catalogue import Catalogue, load_splits
from core.data.importing.files import read_files
from core.data.importing.named_file import NamedFile
from core.data.importing.purposes import kept_for
from core.data.importing.report import ImportPreview
from core.data.purpose import Purpose
from core.errors import DataError
from tests.core.data.importing.builders import csv_text, digits, picture_members, zip_bytes

OLD_HOME = Path(__file__).parents[3] / "data" / "home-0.1.0"


def pictures(count: int, classes: tuple[str, ...], prefix: str = "") -> ImportPreview:
    return read_files([NamedFile("p.zip", zip_bytes(picture_members(count, classes, prefix)))])


def table(images: np.ndarray, labels: np.ndarray) -> ImportPreview:
    return read_files([NamedFile("t.csv", csv_text(images, labels).encode())])


def test_what_is_enough_is_kept_for_training() -> None:
    preview = pictures(20, ("cat", "dog"))
    assert kept_for(preview) is kept_for(preview, Purpose.TRAINING) is preview
    assert preview.published.purpose is Purpose.TRAINING


@pytest.mark.parametrize(
    ("preview", "note"),
    [
        (lambda: pictures(6, ("0", "7")), "There are 6 images; at least 10 are needed to train on."),
        (lambda: pictures(1, ("7",)), "There is 1 image; at least 10 are needed to train on."),
        (lambda: pictures(20, ("0", "7"), "test/"), "There are test images only."),
        (lambda: pictures(12, ("seven",)), "All images are of one class, “7”."),
        (lambda: table(*digits(16, classes=8)), "There is no image of “8”, “9” to train on."),
    ],
    ids=["few", "one image", "test", "one class", "lacking"],
)
def test_what_is_too_small_or_lacks_classes_is_kept_for_testing_and_says_so(preview, note: str) -> None:  # type: ignore[no-untyped-def]
    read = preview()
    count = len(read.published.train) + len(read.published.test or ())
    kept = kept_for(read)
    assert kept.published.purpose is Purpose.TESTING
    assert (kept.report.images, kept.report.test_images, int(kept.report.class_counts.sum())) == (0, count, count)
    assert kept.report.problems[: len(read.report.notes) + 1][-1] == f"{note} They are kept for testing only."


def test_a_set_that_lacks_classes_but_has_a_test_set_is_for_training() -> None:
    files = {"train.csv": digits(16, classes=8), "test.csv": digits(10)}
    preview = read_files([NamedFile(name, csv_text(*content).encode()) for name, content in files.items()])
    assert kept_for(preview) is preview


def test_a_set_that_lacks_classes_can_be_trained_on_if_that_is_asked_for() -> None:
    preview = table(*digits(16, classes=8))
    assert kept_for(preview, Purpose.TRAINING) is preview
    with pytest.raises(
        DataError, match=r"There are 6 images; at least 10 are needed to train on\. Keep them for testing"
    ):
        kept_for(pictures(6, ("0", "7")), Purpose.TRAINING)


def test_for_testing_all_images_are_in_one_test_set() -> None:
    members = picture_members(20, prefix="train/") | picture_members(12, prefix="test/")
    preview = read_files([NamedFile("p.zip", zip_bytes(members))])
    kept = kept_for(preview, Purpose.TESTING)
    train, test = preview.published.train, preview.published.test
    whole = kept.published.test
    assert whole is not None and test is not None  # noqa: PT018
    np.testing.assert_array_equal(whole.images, np.concatenate([train.images, test.images]))
    np.testing.assert_array_equal(whole.labels, np.concatenate([train.labels, test.labels]))
    assert kept.report.duplicates == 12
    assert not any("kept for testing" in problem for problem in kept.report.problems)


def test_words_become_digits() -> None:
    words = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    named, plain = pictures(40, words), pictures(40, tuple("0123456789"))
    assert named.published.train.class_names == tuple("0123456789")
    one, other = ((part.images, part.labels) for part in (named.published.train, plain.published.train))
    orders = [np.argsort(labels, kind="stable") for _, labels in (one, other)]
    np.testing.assert_array_equal(one[0][orders[0]], other[0][orders[1]])
    np.testing.assert_array_equal(one[1][orders[0]], other[1][orders[1]])
    assert "are called" in named.report.problems[0]


def test_the_purpose_is_kept_and_none_learns_from_what_is_for_testing(tmp_path: Path) -> None:
    catalogue = Catalogue(tmp_path)
    kept = kept_for(pictures(6, ("0", "7")))
    entry = catalogue.add(kept.published, "Mine", "")
    assert (entry.purpose, entry.images, entry.test_images) == (Purpose.TESTING, 0, 6)
    assert entry in catalogue.entries()
    published = catalogue.load(entry.name)
    assert (len(published.train), published.purpose) == (0, Purpose.TESTING)
    sentence = "is for testing only: train on another dataset, or import it again for training."
    with pytest.raises(DataError, match=sentence):
        catalogue.entry_to_train_on(entry.name)
    with pytest.raises(DataError, match=sentence):
        load_splits(TrainConfig(dataset=entry.name), tmp_path)


def test_what_an_older_version_kept_is_for_training() -> None:
    (entry,) = [entry for entry in Catalogue(OLD_HOME).entries() if not entry.is_built_in]
    assert entry.purpose is Purpose.TRAINING
