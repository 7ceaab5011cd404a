"""Files that somebody has put into the home; nothing outside its folder is ever read."""

import os
from pathlib import Path

import numpy as np
import pytest

from core.data.catalogue import FOLDER, Catalogue
from core.data.importing.home import HomeFiles, files_in_home, read_home_files
from core.errors import DataError
from tests.core.data.importing.builders import csv_text, digits, idx_bytes, picture_members, zip_bytes

IMAGES, LABELS = digits(20)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home" / FOLDER
    folder.mkdir(parents=True)
    (folder / "train.csv").write_text(csv_text(IMAGES, LABELS))
    (folder / "animals.zip").write_bytes(zip_bytes(picture_members(20)))
    for prefix in ("", "emnist-letters-"):
        for part in ("train", "test"):
            (folder / f"{prefix}{part}-images-idx3-ubyte.gz").write_bytes(idx_bytes(IMAGES, zipped=True))
            (folder / f"{prefix}{part}-labels-idx1-ubyte").write_bytes(idx_bytes(LABELS % 9 + 1))
    for name, content in picture_members(20).items():
        (folder / "animals" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "animals" / name).write_bytes(content)
    (folder / "notes.txt").write_text("nothing")
    (folder / ".hidden.csv").write_text("nothing")
    return tmp_path / "home"


def test_what_belongs_together_is_listed_together(home: Path) -> None:
    assert {one.title: len(one.names) for one in files_in_home(home)} == {
        "train.csv": 1,
        "animals.zip": 1,
        "animals": 1,
        "IDX files": 4,
        "emnist-letters": 4,
    }


def test_each_can_be_read_and_kept(home: Path) -> None:
    catalogue = Catalogue(home)
    for files in files_in_home(home):
        preview = read_home_files(home, files.title)
        assert preview.report.images == 20
        catalogue.add(preview.published, preview.title, preview.description)
    assert {entry.title for entry in catalogue.entries() if not entry.is_built_in} == {
        "train",
        "animals",
        "IDX files",
        "emnist-letters",
    }
    # What was kept is no raw file.
    assert len(files_in_home(home)) == 5
    np.testing.assert_array_equal(read_home_files(home, "train.csv").published.train.images, IMAGES)


def test_arrays_of_images_and_labels_are_read_together(home: Path) -> None:
    folder = home / FOLDER
    for name, array in (("x_train", IMAGES), ("y_train", LABELS), ("x_test", IMAGES), ("y_test", LABELS)):
        np.save(folder / f"{name}.npy", array)
    for name in ("signs-images", "signs-labels", "alone"):
        np.save(folder / f"{name}.npy", LABELS % 2 if "labels" in name else IMAGES)
    listed = {one.title: len(one.names) for one in files_in_home(home) if one.names[0].endswith(".npy")}
    assert listed == {"alone.npy": 1, "Arrays": 4, "signs": 2}
    assert read_home_files(home, "Arrays").report.test_images == 20
    assert read_home_files(home, "signs", class_names=("A", "B")).published.train.class_names == ("A", "B")


def test_a_home_without_data_sets(tmp_path: Path) -> None:
    assert files_in_home(tmp_path / "nowhere") == []


def test_names_that_no_page_can_show_are_left_out(home: Path) -> None:
    listed = files_in_home(home)
    for name in (b"\xff.csv", b"\xff-train-images-idx3-ubyte"):
        (home / FOLDER / os.fsdecode(name)).write_bytes(b"x")
    assert files_in_home(home) == listed


@pytest.mark.parametrize(
    "title", ["../secret.csv", "/etc/passwd", "notes.txt", ".hidden.csv", "", "link.csv", "linked"]
)
def test_no_title_leads_anywhere_else(home: Path, title: str) -> None:
    (home / "secret.csv").write_text(csv_text(IMAGES, LABELS))
    (home / FOLDER / "link.csv").symlink_to(home / "secret.csv")
    (home / FOLDER / "linked").symlink_to(home)
    assert HomeFiles(title, (title,)) not in files_in_home(home)
    with pytest.raises(DataError, match="There is nothing called"):
        read_home_files(home, title)
