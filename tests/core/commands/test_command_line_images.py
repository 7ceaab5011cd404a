"""Import, list, export, and train on what was imported, from the command line in this very process."""

import io
import json
import os
import stat
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.__main__ import main
from core.data.catalogue import BUILT_IN, Catalogue
from core.data.dataset import ImageDataset
from core.data.mnist import MNIST_DIRECTORY
from tests.core.data.importing.builders import csv_text, digits, idx_bytes, picture_members, zip_bytes

IMAGES, LABELS = digits(60)


class Commands:
    """Calls ``main`` and reads its two streams."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *arguments: str | Path) -> list[dict[str, Any]]:
        code = main([str(argument) for argument in arguments])
        captured = self.capsys.readouterr()
        assert code == 0, captured.err
        return [json.loads(line) for line in captured.out.splitlines()]

    def refused(self, *arguments: str | Path) -> str:
        assert main([str(argument) for argument in arguments]) == 2
        captured = self.capsys.readouterr()
        assert captured.out == ""
        (sentence,) = captured.err.splitlines()
        return str(sentence)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DIGITLAB_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str]) -> Commands:
    return Commands(capsys)


def save(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_a_csv_is_imported_listed_and_exported_again(run: Commands, home: Path, tmp_path: Path) -> None:
    source = save(tmp_path / "train.csv", csv_text(IMAGES, LABELS))
    (line,) = run("import", source, "--title", "My digits")
    assert (line["title"], line["images"], line["test_images"]) == ("My digits", 60, 0)
    assert line["class_counts"] == [6] * 10
    assert (line["duplicates"], line["overlap"], line["inverted"], line["problems"]) == (0, 0, False, [])
    listed = run("datasets")
    assert [one["dataset"] for one in listed] == [*BUILT_IN, line["dataset"]]
    assert [one["built_in"] for one in listed] == [True] * len(BUILT_IN) + [False]
    (said,) = run("export-csv", "--dataset", line["dataset"], tmp_path / "out.csv")
    assert (said["images"], said["path"]) == (60, str(tmp_path / "out.csv"))
    assert (tmp_path / "out.csv").read_bytes() == source.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "out.csv", "train.csv"]
    run("export-csv", "--dataset", line["dataset"], "--no-labels", tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text() == csv_text(IMAGES, None)


@pytest.mark.slow
def test_the_official_test_images_as_csv(run: Commands, tmp_path: Path, mnist_test: ImageDataset) -> None:
    run("export-csv", "--part", "test", tmp_path / "test.csv")
    frame = pd.read_csv(tmp_path / "test.csv")
    np.testing.assert_array_equal(frame["label"], mnist_test.labels)
    np.testing.assert_array_equal(frame.drop(columns="label").to_numpy().reshape(-1, 28, 28), mnist_test.images)


def test_idx_files_zips_and_folders(run: Commands, tmp_path: Path) -> None:
    pair = [
        save(tmp_path / "a-images", idx_bytes(IMAGES)),
        save(tmp_path / "a-labels.gz", idx_bytes(LABELS, zipped=True)),
    ]
    assert run("import", *pair)[0]["images"] == 60
    quartet = sorted(MNIST_DIRECTORY.glob("t10k*.gz"))
    assert run("import", *quartet, "--title", "Test images")[0]["images"] == 10_000
    animals = save(tmp_path / "animals.zip", zip_bytes(picture_members(20)))
    (line,) = run("import", animals)
    assert (line["title"], line["class_names"]) == ("animals", ["cat", "dog"])
    folder = tmp_path / "letters"
    for name, content in picture_members(20, ("A", "B")).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        save(folder / name, content)
    assert run("import", folder)[0]["class_names"] == ["A", "B"]
    named = run("import", *pair, "--class-names", "a,b,c,d,e,f,g,h,i,j")
    assert named[0]["class_names"] == list("abcdefghij")


@pytest.mark.slow
def test_an_imported_set_is_trained_on_evaluated_and_predicted_by_its_names(run: Commands, tmp_path: Path) -> None:
    """Two kinds of pictures that nothing could mix up."""
    images = np.zeros((80, 28, 28), np.uint8)
    images[::2, 4:12, 4:24] = 255
    images[1::2, 16:24, 4:24] = 255
    images[:, 0, 0] = np.arange(80)
    files = [save(tmp_path / "b-images", idx_bytes(images)), save(tmp_path / "b-labels", idx_bytes(np.arange(80) % 2))]
    (entry,) = run("import", *files, "--class-names", "above,below", "--title", "Bars")
    small = ("--hidden-size", "8", "--epochs", "12", "--batch-size", "8", "--learning-rate", "0.01")
    result = run("train", "--dataset", entry["dataset"], *small, "--out", tmp_path / "out")[-1]
    assert result["test_accuracy"] == 1.0
    (line,) = run("evaluate", "--run", tmp_path / "out")
    assert line["dataset"] == entry["dataset"]
    assert [one["class_name"] for one in line["per_class"]] == ["above", "below"]
    assert np.trace(line["confusion_matrix"]) == np.sum(line["confusion_matrix"]) > 10
    table = save(tmp_path / "unknown.csv", csv_text(images[:4], None))
    lines = run("predict", "--run", tmp_path / "out", table)
    assert [(one["path"], one["image"]) for one in lines] == [(str(table), index) for index in range(4)]
    assert all(len(one["probabilities"]) == 2 for one in lines)
    known = [one for one in lines if one["label"] is not None]
    assert known
    assert all(one["class_name"] == ["above", "below"][one["label"]] for one in known)
    assert all(one["label"] == one["image"] % 2 for one in known)
    sentence = run.refused("evaluate", "--run", tmp_path / "out", "--dataset", "mnist")
    assert sentence == (
        "The classes of mnist are not those of the run: only mnist has 0, 1, 2 and 7 more; the run has above, below."
    )


@pytest.mark.slow
def test_a_run_that_goes_on_from_another_into_a_folder_of_its_own(run: Commands, tmp_path: Path) -> None:
    # Far enough from the end and from chance that one epoch more shows, whatever the first weights are.
    small = ("--hidden-size", "8", "--epochs", "1", "--training-size", "2000", "--learning-rate", "0.003")
    first = run("train", *small)[-1]
    second = run("train", *small, "--start-from", first["run_id"], "--out", tmp_path / "out")[-1]
    assert second["path"] == str(tmp_path / "out")
    assert second["test_accuracy"] > first["test_accuracy"]


@pytest.mark.slow
def test_bad_input_is_one_sentence_and_nothing_is_kept(run: Commands, home: Path, tmp_path: Path) -> None:
    good = save(tmp_path / "train.csv", csv_text(IMAGES, LABELS))
    bad = save(tmp_path / "bad.csv", csv_text(IMAGES, LABELS).replace("\n3,", "\n13,", 1))
    ragged = save(tmp_path / "ragged.csv", csv_text(IMAGES, LABELS).replace("\n3,", "\n", 1))
    sentences = {
        ("import", bad): (
            "Image 4 of bad.csv has the label 13, while nearly all others are digits from 0 to 9: correct it, or give "
            "class names (on the command line --class-names A,B,…) in the order of the labels."
        ),
        ("import", tmp_path / "no.csv"): f"There is no file {tmp_path / 'no.csv'}.",
        ("import", good, "--class-names", "a,b"): (
            "Image 10 of train.csv has the label 9; with 2 class names labels go from 0 to 1, and there are 10 "
            "different labels: give as many class names."
        ),
        ("import", good, "--class-names", "a,a"): "Two classes have the same name: “a”.",
        ("export-csv", "--dataset", "letters", tmp_path / "x.csv"): (
            f"There is no dataset called “letters” here; there are {', '.join(BUILT_IN)} and those that you import."
        ),
        ("export-csv", "--dataset", "sklearn-digits", "--part", "test", tmp_path / "x.csv"): (
            "sklearn-digits has no test set of its own: export --part train."
        ),
        ("export-csv", tmp_path / "no" / "x.csv"): (
            f"{tmp_path / 'no' / 'x.csv'} cannot be written: No such file or directory."
        ),
        ("import", "x" * 300): f"{'x' * 300} cannot be read: File name too long.",
        ("import", good / "x.csv"): f"There is no file {good / 'x.csv'}.",
        (
            "export-csv",
            "--dataset",
            "sklearn-digits",
            tmp_path / ("x" * 300),
        ): f"{tmp_path / ('x' * 300)} cannot be written: File name too long.",
        ("predict", tmp_path / "ragged.csv"): f"Row 5 of {ragged} has 784 values instead of 785.",
        ("import",): "The following arguments are required: FILE. More with: python -m core import --help",
    }
    for arguments, sentence in sentences.items():
        assert run.refused(*arguments) == sentence
    assert [entry.name for entry in Catalogue(home).entries()] == list(BUILT_IN)
    assert not (tmp_path / "x.csv").exists()


def test_what_is_odd_is_said_to_people_as_well(
    run: Commands, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = save(tmp_path / "paper.csv", csv_text(255 - IMAGES, LABELS))
    assert main(["import", str(table)]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["inverted"] is True
    assert captured.err == "The images were dark ink on light paper and have been inverted.\n"


def test_files_of_several_folders_keep_what_parts_them(
    run: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a shell writes them for ``0/*.png 7/*.png``: numbers within each folder, which are no labels."""
    for name, content in picture_members(10, ("0", "7")).items():
        folder, number = name.removesuffix(".png").split("/")
        (tmp_path / "set" / folder).mkdir(parents=True, exist_ok=True)
        save(tmp_path / "set" / folder / f"{int(number) // 2 + 1}.png", content)
    monkeypatch.chdir(tmp_path / "set")
    (line,) = run("import", *sorted(str(path.relative_to(Path.cwd())) for path in Path.cwd().glob("*/*.png")))
    assert line["class_counts"] == [5, 0, 0, 0, 0, 0, 0, 5, 0, 0]
    assert line["description"] == "10 pictures in 2 classes."
    for part, seed in (("train", 0), ("test", 1)):
        images, labels = digits(40, seed=seed)
        (tmp_path / part).mkdir()
        np.save(tmp_path / part / "images.npy", images)
        np.save(tmp_path / part / "labels.npy", labels)
        save(tmp_path / part / "digits.zip", zip_bytes({"digits.csv": csv_text(images, labels).encode()}))
    for ending in ("npy", "zip"):
        (line,) = run("import", *sorted(tmp_path.glob(f"t*/*.{ending}"), reverse=True))
        assert (line["images"], line["test_images"]) == (40, 40)
    table = csv_text(images, labels)
    (line,) = run("import", save(tmp_path / "train" / "a.csv", table), save(tmp_path / "test" / "b.csv", table))
    assert (line["images"], line["test_images"], line["title"]) == (40, 40, "a")
    scans = [tmp_path / "scans1" / "3_001.png", tmp_path / "scans2" / "7_002.png"]
    for path in scans:
        path.parent.mkdir()
        save(path, content)
    (line,) = run("import", *scans)
    assert [digit for digit, count in enumerate(line["class_counts"]) if count] == [3, 7]
    assert "The labels were read from the names of the files: 3_001.png is a “3”." in line["problems"]


def test_a_file_whose_name_is_no_utf_8_is_imported(run: Commands, tmp_path: Path) -> None:
    source = save(tmp_path / os.fsdecode(b"\xff.csv"), csv_text(IMAGES, LABELS))
    (line,) = run("import", source)
    assert (line["title"], line["description"]) == ("?", "Read from CSV: ?.csv.")


def test_a_folder_is_no_file_to_export_to(run: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run.refused("export-csv", "--dataset", "sklearn-digits", ".").startswith(". cannot be written: ")
    assert list(tmp_path.iterdir()) == []


def test_an_exported_file_has_the_usual_rights(run: Commands, tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        run("export-csv", "--dataset", "sklearn-digits", tmp_path / "out.csv")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "out.csv").stat().st_mode) == 0o640


def test_csv_on_standard_output(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr("sys.stdout", stream)
    assert main(["export-csv", "--dataset", "sklearn-digits", "-"]) == 0
    assert len(pd.read_csv(io.BytesIO(stream.buffer.getvalue()))) == 1_797
