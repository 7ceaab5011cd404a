"""Kaggle's CSV, held to pandas and np.genfromtxt; every fault names its row."""

import csv
import gzip
import io
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.dataset import ImageDataset
from core.data.importing import csv_rows, kaggle_csv, text_lines
from core.data.importing.csv_rows import RowRules, parse_rows
from core.data.importing.files import read_files
from core.data.importing.images import images_of
from core.data.importing.kaggle_csv import read_kaggle_csv
from core.data.importing.kaggle_writer import write_kaggle_csv
from core.data.importing.named_file import NamedFile
from core.errors import DataError
from tests.core.data.importing.builders import HEADER, csv_file, csv_text, digits

IMAGES, LABELS = digits(20)
TEXT = csv_text(IMAGES, LABELS)
LINES = TEXT.splitlines()


def written(dataset: ImageDataset, **options: bool) -> bytes:
    buffer = io.BytesIO()
    write_kaggle_csv(dataset, buffer, **options)
    return buffer.getvalue()


# --- oracles ---


def test_reads_what_pandas_and_genfromtxt_read(mnist_test: ImageDataset) -> None:
    content = written(mnist_test.subset(np.arange(300)))
    ours = read_kaggle_csv(csv_file(content))
    for theirs in (pd.read_csv(io.BytesIO(content)).to_numpy(), np.genfromtxt(io.BytesIO(content), delimiter=",")[1:]):
        np.testing.assert_array_equal(ours.labels, theirs[:, 0])
        np.testing.assert_array_equal(ours.images.reshape(-1, 784), theirs[:, 1:])


def test_writes_what_pandas_writes(mnist_test: ImageDataset) -> None:
    few = mnist_test.subset(np.arange(1_100))
    frame = pd.DataFrame(few.images.reshape(-1, 784), columns=[f"pixel{index}" for index in range(784)])
    assert written(few, labels=False).decode() == frame.to_csv(index=False, lineterminator="\n")
    frame.insert(0, "label", few.labels)
    assert written(few).decode() == frame.to_csv(index=False, lineterminator="\n")


@pytest.mark.slow
@settings(max_examples=20)
@given(
    count=st.integers(1, 4),
    seed=st.integers(0, 2**32 - 1),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
    has_header=st.booleans(),
    has_labels=st.booleans(),
    is_zipped=st.booleans(),
    ends=st.booleans(),
    block=st.integers(1, 5_000),
)
def test_reads_back_whatever_was_written(
    count: int,
    seed: int,
    newline: str,
    has_header: bool,
    has_labels: bool,
    is_zipped: bool,
    ends: bool,
    block: int,
) -> None:
    """Wherever the pieces of the file happen to end."""
    generator = np.random.default_rng(seed)
    images = generator.integers(0, 256, (count, 28, 28), dtype=np.uint8)
    labels = generator.integers(0, 10, count)
    text = csv_text(images, labels if has_labels else None, None if has_header else "")
    text = text.replace("\n", newline) if ends else text.replace("\n", newline).rstrip("\r\n")
    content = gzip.compress(text.encode()) if is_zipped else text.encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_lines, "_BLOCK", block)
        read = read_kaggle_csv(csv_file(content))
    np.testing.assert_array_equal(read.images, images)
    if has_labels:
        np.testing.assert_array_equal(read.labels, labels)
    else:
        assert read.labels is None
    assert bool(read.notes) == (not has_header)


@pytest.mark.slow
@settings(max_examples=200)
@given(st.text(alphabet='0123456789,\n \r"-.x', max_size=60))
def test_text_is_read_right_or_refused(text: str) -> None:
    """Rows of two values: what comes out is what Python's own parsing says, or there is a sentence."""
    rules = RowRules("x.csv", columns=2, label=0, pixels=(1,))
    lines = [line for line in text.split("\n") if line.strip(' ,"\r')]
    try:
        rows = parse_rows(text.encode() + b"\n", rules, 1)
    except DataError:
        return
    assert rows.labels is not None
    # Labels that are words come as words, and make words of all the others.
    for line, label, pixel in zip(lines, rows.labels, rows.pixels[:, 0], strict=True):
        cells = [cell.strip().strip('"').strip() for cell in line.split(",")]
        assert float(cells[1]) == pixel <= 255
        assert str(label) == cells[0] or float(cells[0]) == int(label)


# --- layouts ---


def test_columns_are_found_by_their_names() -> None:
    frame = pd.read_csv(io.StringIO(TEXT))
    shuffled = frame[np.random.default_rng(3).permutation(frame.columns)]
    read = read_kaggle_csv(csv_file(shuffled.to_csv(index=False)))
    np.testing.assert_array_equal(read.images, IMAGES)
    np.testing.assert_array_equal(read.labels, LABELS)


@pytest.mark.parametrize(
    "header",
    [
        "\ufeff" + HEADER,
        HEADER.upper(),
        ",".join(f'"{name}"' for name in HEADER.split(",")),
        "label," + ",".join(f"pixel{index}" for index in range(1, 785)),
        "label," + ",".join(f"{row}x{column}" for row in range(1, 29) for column in range(1, 29)),
    ],
)
def test_other_headers_that_are_in_use(header: str) -> None:
    read = read_kaggle_csv(csv_file(csv_text(IMAGES, LABELS, header)))
    np.testing.assert_array_equal(read.images, IMAGES)
    assert read.notes == ()


def test_quotes_blanks_and_empty_lines_are_understood() -> None:
    lines = [LINES[0], "", *(",".join(f'"{cell}"' for cell in line.split(",")) for line in LINES[1:11]), ""]
    lines += [line.replace(",", " , ") for line in LINES[11:]]
    read = read_kaggle_csv(csv_file("\n".join(lines)))
    np.testing.assert_array_equal(read.images, IMAGES)
    np.testing.assert_array_equal(read.labels, LABELS)


def test_images_without_labels_can_be_predicted_but_not_trained_on() -> None:
    file = csv_file(csv_text(IMAGES, None), "test.csv")
    for one in (file, csv_file(TEXT)):
        (read,) = images_of(one, "table", as_is=True)
        np.testing.assert_array_equal(read.images, IMAGES)
    with pytest.raises(DataError, match=r"test\.csv has no labels: a network can read its images, but not learn"):
        read_files([file])


@pytest.mark.slow
def test_kaggles_two_files_together() -> None:
    preview = read_files([csv_file(TEXT), csv_file(csv_text(IMAGES, None), "test.csv")])
    assert (preview.report.images, preview.report.test_images) == (20, 0)
    assert "test.csv has no labels: its 20 images were left out." in preview.report.problems
    preview = read_files([csv_file(TEXT), csv_file(csv_text(IMAGES[:1], None), "test.csv")])
    assert "test.csv has no labels: its 1 image was left out." in preview.report.problems
    preview = read_files([csv_file(TEXT, "mnist_test.csv"), csv_file(csv_text(*digits(30, seed=1)), "mnist_train.csv")])
    assert (preview.report.images, preview.report.test_images) == (30, 20)


def test_class_names_that_are_not_digits() -> None:
    images, labels = digits(26, classes=26)
    names = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    preview = read_files([csv_file(csv_text(images, labels))], class_names=names)
    assert preview.published.train.class_names == names
    preview = read_files([csv_file(csv_text(images, labels))])
    assert preview.published.train.class_names == tuple(map(str, range(26)))
    assert preview.report.problems[0].endswith("in the order of the labels.")


@pytest.mark.parametrize("place", ["first", "last", "one column for each class"])
def test_labels_that_are_words_leave_the_pixels_to_pandas(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cell by cell in Python, 42,000 rows are 33 million steps, for which the server would do nothing else."""
    converted: list[str] = []
    number = csv_rows._number
    monkeypatch.setattr(csv_rows, "_number", lambda cell, decimal: converted.append(cell) or number(cell, decimal))
    words = ["Größe", "“A”", "O'Neil", "true", "7", '"b c"', " d "]
    told = [words[label % 7] for label in LABELS]
    frame = pd.DataFrame(IMAGES.reshape(len(IMAGES), -1), columns=HEADER.split(",")[1:])
    if place == "one column for each class":
        frame = frame.assign(**{f"is_{word}": ["yes" if word == one else "no" for one in "ab" * 10] for word in "ab"})
        text, expected = frame.to_csv(index=False), ["a", "b"] * 10
    else:
        frame.insert(0 if place == "first" else 784, "label", told)
        text, expected = frame.to_csv(index=False, quoting=csv.QUOTE_NONE), [word.strip(' "') for word in told]
    read = read_kaggle_csv(csv_file(text))
    assert read.labels is not None
    assert read.labels.tolist() == expected
    np.testing.assert_array_equal(read.images, IMAGES)
    assert len(converted) <= len(IMAGES)


# --- faults ---


def with_row(row: int, change: Callable[[str], str]) -> str:
    """The text with one line changed; rows as a spreadsheet counts them."""
    return "\n".join([change(line) if number == row else line for number, line in enumerate(LINES, 1)])


def with_cell(column: int, value: str) -> Callable[[str], str]:
    return lambda line: ",".join(value if index == column else cell for index, cell in enumerate(line.split(",")))


FAULTS = {
    "too short": (
        with_row(7, lambda line: line.rpartition(",")[0]),
        "Row 7 of train.csv has 784 values instead of 785.",
    ),
    "too long": (with_row(7, lambda line: line + ",0"), "Row 7 of train.csv has 786 values instead of 785."),
    "one value": (with_row(21, lambda _: "5"), "Row 21 of train.csv has 1 value instead of 785."),
    "text": (
        with_row(9, with_cell(5, "ink")),
        "Row 9 of train.csv has a pixel (column 6) that is not a number from 0 to 255: “ink”.",
    ),
    "empty": (
        with_row(9, with_cell(784, "")),
        "Row 9 of train.csv has a pixel (column 785) that is not a number from 0 to 255: “”.",
    ),
    "256": (
        with_row(2, with_cell(1, "256")),
        "Row 2 of train.csv has a pixel (column 2) that is not a number from 0 to 255: “256”.",
    ),
    "-1": (
        with_row(2, with_cell(1, "-1")),
        "Row 2 of train.csv has a pixel (column 2) that is not a number from 0 to 255: “-1”.",
    ),
    "a number that would be 5 in 16 bits": (
        with_row(2, with_cell(1, "65541")),
        "Row 2 of train.csv has a pixel (column 2) that is not a number from 0 to 255: “65541”.",
    ),
    "a number beyond 64 bits": (
        with_row(2, with_cell(1, "18446744073709551621")),
        "Row 2 of train.csv has a pixel (column 2) that is not a number from 0 to 255: “18446744073709551621”.",
    ),
    "NUL": (
        with_row(2, with_cell(1, "5\0")),
        "Row 2 of train.csv has a pixel (column 2) that is not a number from 0 to 255: “5”.",
    ),
    "a label below 0": (
        with_row(21, with_cell(0, "-1")),
        "Row 21 of train.csv has a label that is neither a whole number nor a name: “-1”.",
    ),
    "a label that is a sign": (
        with_row(21, with_cell(0, "?")),
        "Row 21 of train.csv has a label that is neither a whole number nor a name: “?”.",
    ),
    "a label without end": (
        with_row(21, with_cell(0, "a" * 2_000)),
        "Row 21 of train.csv has a label that is neither a whole number nor a name: “aaaaaaaaaaaaaaaaaaaa”.",
    ),
    "half a label": (
        with_row(21, with_cell(0, "1.5")),
        "Row 21 of train.csv has a label that is neither a whole number nor a name: “1.5”.",
    ),
    "nothing": ("", "train.csv is empty."),
    "blank": ("\n\n", "train.csv is empty."),
    "header only": (HEADER + "\n", "train.csv holds no images: there is no row below its header."),
    "a pixel is missing": (
        TEXT.replace("pixel99,", ""),
        "The header of train.csv names 783 pixels of 784: pixel99 is missing.",
    ),
    "a column that no row has": (
        TEXT.replace("pixel783", "pixel783,id"),
        "Row 2 of train.csv has 785 values instead of 786.",
    ),
    "a pixel twice": (
        TEXT.replace("pixel5,", "pixel6,"),
        "The column “pixel6” occurs twice in the header of train.csv: it needs label, pixel0 … pixel783.",
    ),
    "another table": (
        "name,age\nAda,36\n",
        "The column “name” is unknown in the header of train.csv: it needs label, pixel0 … pixel783.",
    ),
    "other numbers": (
        "1,2,3\n4,5,6\n",
        "Row 1 of train.csv has 3 values; an image needs 784 pixels, or a label and 784 pixels.",
    ),
    "no line ends": (
        HEADER + "\n" + "1" * 200_000,
        "Row 2 of train.csv is longer than any image: over 131,072 characters.",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("is_zipped", [False, True])
def test_a_fault_is_one_sentence_with_the_row(name: str, is_zipped: bool) -> None:
    text, sentence = FAULTS[name]
    with pytest.raises(DataError) as caught:
        read_kaggle_csv(csv_file(gzip.compress(text.encode()) if is_zipped else text))
    assert str(caught.value) == sentence


@pytest.mark.slow
def test_rows_are_numbered_across_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_lines, "_BLOCK", 5_000)
    text, sentence = FAULTS["half a label"]
    with pytest.raises(DataError) as caught:
        read_kaggle_csv(csv_file(text))
    assert str(caught.value) == sentence


def test_a_million_rows_are_refused_before_memory_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "million.csv"
    path.write_bytes(HEADER.encode() + b"\n" + b"0,0\n" * 1_000_002)
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match=r"^million\.csv has more than 1,000,000 rows, the most "):
            read_kaggle_csv(NamedFile("million.csv", path))
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_a_gzip_that_blows_up_is_refused_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kaggle_csv, "MOST_CSV_BYTES", 30_000)
    with pytest.raises(DataError, match=r"^train\.csv is larger than 0 MB of text, the most that can be read\.$"):
        read_kaggle_csv(csv_file(gzip.compress(TEXT.encode())))


def test_a_damaged_gzip() -> None:
    content = gzip.compress(TEXT.encode())
    for damaged in (content[:-9], content[: len(content) // 2], content[:30] + b"\0" * 40 + content[70:]):
        with pytest.raises(DataError, match=r"^train\.csv (is damaged|cannot be read)"):
            read_kaggle_csv(csv_file(damaged))


def test_an_upload_stays_open_for_whoever_comes_next() -> None:
    upload = io.BytesIO(TEXT.encode())
    for _ in range(2):
        assert len(read_kaggle_csv(NamedFile("train.csv", upload)).images) == 20
    assert not upload.closed


@pytest.mark.slow
def test_pandas_is_not_imported_before_a_file_comes() -> None:
    """It takes most of a second, and the server imports the readers when it starts."""
    script = "import core.data.importing.files, sys; print('pandas' in sys.modules)"
    root = Path(__file__).parents[4]
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "False"


# --- labels that nobody knows, or needs ---


@pytest.mark.parametrize(
    ("label", "header"), [*product(["", "?", "-1", "-1.0", "nan"], [None, ""]), ("1.5", None), ("a" * 2_000, None)]
)
def test_a_network_reads_a_table_whatever_its_labels_are(label: str, header: str | None) -> None:
    for labels in ([label] * 20, [*LABELS[:19], label]):
        text = csv_text(IMAGES, np.array(labels), header)
        (read,) = images_of(csv_file(text), "table", as_is=True)
        np.testing.assert_array_equal(read.images, IMAGES)
        assert not any("label" in note for note in read.notes)


@pytest.mark.parametrize("label", ["", "?", "-1", "nan"])
def test_so_are_images_on_grey_paper_whose_corners_could_be_labels(label: str) -> None:
    grey = np.random.default_rng(0).integers(180, 250, (12, 28, 28), np.uint8)
    rows = grey.reshape(12, -1).astype(str)
    for place in (0, 784):
        text = "\n".join(map(",".join, np.insert(rows, place, label, axis=1)))
        for needs_labels in (False, True):
            read = read_kaggle_csv(csv_file(text), needs_labels=needs_labels)
            np.testing.assert_array_equal(read.images, grey)
            assert read.labels is None


@pytest.mark.parametrize("label", ["", "?", "-1", "-1.0", "nan"])
def test_a_test_without_any_label_takes_no_training_images_along(label: str) -> None:
    untold = csv_text(IMAGES[:9], np.array([label] * 9))
    report = read_files([csv_file(TEXT), csv_file(untold, "test.csv")]).report
    assert (report.images, report.test_images) == (20, 0)
    assert report.problems[:2] == (
        "No row of test.csv has a label: all are empty, “?”, -1 or similar.",
        "test.csv has no labels: its 9 images were left out.",
    )
    with pytest.raises(DataError, match=r"^test\.csv has no labels: a network can read"):
        read_files([csv_file(untold, "test.csv")])
