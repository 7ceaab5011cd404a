"""Tables of every make, as other tools write them: by pandas, NumPy and by hand, never by the product's own writer."""

import io
import string
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.dataset import ImageDataset
from core.data.importing import kaggle_csv, label_tables
from core.data.importing.files import read_files
from core.data.importing.kaggle_csv import read_kaggle_csv
from core.data.importing.named_file import NamedFile
from core.data.importing.pixel_rows import PixelRows, out_of_scale
from core.data.importing.report import ImportPreview
from core.data.importing.table_layout import read_layout
from core.errors import DataError
from tests.core.data.importing.builders import csv_text, digits

IMAGES, LABELS = digits(20)
PIXELS = [f"pixel{index}" for index in range(784)]
FLAT = pd.DataFrame(IMAGES.reshape(20, -1), columns=PIXELS)
ONE_HOT = pd.get_dummies(pd.Series(LABELS), prefix="label")
FRAME = FLAT.assign(label=LABELS)[["label", *PIXELS]]


def read(text: str | bytes, name: str = "t.csv", **options: object) -> ImportPreview:
    content = text if isinstance(text, bytes) else text.encode()
    return read_files([NamedFile(name, content)], **options)  # type: ignore[arg-type]


def savetxt(**options: object) -> str:
    buffer = io.StringIO()
    np.savetxt(buffer, FRAME.to_numpy(), **options)  # type: ignore[arg-type]
    return buffer.getvalue()


def with_header(names: list[str]) -> str:
    return csv_text(IMAGES, LABELS, ",".join(names))


MAKES: dict[str, Callable[[], str | bytes]] = {
    "semicolons": lambda: FRAME.to_csv(index=False, sep=";"),
    "tabs": lambda: FRAME.to_csv(index=False, sep="\t"),
    "bars": lambda: FRAME.to_csv(index=False, sep="|"),
    "blanks without header": lambda: FRAME.to_csv(index=False, sep=" ", header=False),
    "a separator named by Excel": lambda: "sep=;\n" + FRAME.to_csv(index=False, sep=";"),
    "UTF-16 by Excel": lambda: FRAME.to_csv(index=False, sep="\t").encode("utf-16"),
    "UTF-16, big end first": lambda: b"\xfe\xff" + FRAME.to_csv(index=False).encode("utf-16-be"),
    "UTF-16 without its mark": lambda: FRAME.to_csv(index=False).encode("utf-16-le"),
    "a byte order mark": lambda: FRAME.to_csv(index=False).encode("utf-8-sig"),
    "an index of pandas": FRAME.to_csv,
    "an index read and written again": lambda: FRAME.reset_index().rename(columns={"index": "Unnamed: 0"}).to_csv(),
    "ids": lambda: FRAME.rename_axis("id").reset_index().to_csv(index=False),
    "an index without header": lambda: FRAME.to_csv(header=False),
    "names of rows, by R": lambda: "\n".join(
        [" ".join(f'"{name}"' for name in FRAME.columns)]
        + [f'"{row}" ' + " ".join(map(str, values)) for row, values in enumerate(FRAME.to_numpy(), 1)]
    ),
    "all in quotes": lambda: FRAME.to_csv(index=False, quoting=1),
    "whole floats": lambda: FRAME.astype(float).to_csv(index=False),
    "NumPy's savetxt": lambda: savetxt(delimiter=","),
    "NumPy's savetxt with blanks": savetxt,
    "NumPy's savetxt with a header": lambda: savetxt(delimiter=",", fmt="%d", header=",".join(FRAME.columns)),
    "0 to 1": lambda: FRAME.assign(**(FLAT / 255)).to_csv(index=False),
    "0 to 1 with decimal commas": lambda: FRAME.assign(**(FLAT / 255)).to_csv(index=False, sep=";", decimal=","),
    "-1 to 1": lambda: FRAME.assign(**(FLAT / 127.5 - 1)).to_csv(index=False),
    "the label last, named": lambda: FLAT.assign(target=LABELS).to_csv(index=False),
    "the label last, no header": lambda: FLAT.assign(label=LABELS).to_csv(index=False, header=False),
    "the label first, no header": lambda: FRAME.to_csv(index=False, header=False),
    "numbered columns": lambda: pd.DataFrame(FRAME.to_numpy()).to_csv(index=False),
    "numbered columns, the label last": lambda: pd.DataFrame(FLAT.assign(l=LABELS).to_numpy()).to_csv(index=False),
    "numbered pixels": lambda: with_header(["label", *map(str, range(784))]),
    "pixels with underscores": lambda: with_header(["Class", *(f"pixel_{i}" for i in range(1, 785))]),
    "rows and columns": lambda: with_header(["y", *(f"px_{i}_{j}" for i in range(28) for j in range(28))]),
    "V1 to V785 of R": lambda: with_header([f"V{index}" for index in range(1, 786)]),
    "a separator at the end of rows": lambda: FRAME.to_csv(index=False, header=False).replace("\n", ",\n"),
    "a separator at the end of rows alone": lambda: "\n".join(
        line + "," * (number > 0) for number, line in enumerate(FRAME.to_csv(index=False).splitlines())
    ),
    "decimal commas in quotes": lambda: (
        FRAME.assign(**(FLAT / 255)).map(lambda value: f"{value}".replace(".", ",")).to_csv(index=False)
    ),
    "emptied rows of Excel": lambda: FRAME.to_csv(index=False) + "," * 784 + "\n" + "," * 784 + "\n",
    "rows and columns in brackets": lambda: with_header(["y", *(f"p[{i}][{j}]" for i in range(28) for j in range(28))]),
    "rows and columns by letters": lambda: with_header(["y", *(f"r{i}c{j}" for i in range(28) for j in range(28))]),
    "numbers of five digits": lambda: with_header(["y", *(f"f_{i:05d}" for i in range(784))]),
    "ARFF with comments and tabs": lambda: (
        "@RELATION mnist\n"
        + "".join(f"@ATTRIBUTE {name} INTEGER\n" for name in PIXELS)
        + "@ATTRIBUTE class {0,1,2}\n@DATA\n% rows\n"
        + FLAT.assign(l=LABELS).to_csv(index=False, header=False, sep="\t")
        + "%\n%\n"
    ),
    "a title above": lambda: "digits of mine\n" + FRAME.to_csv(index=False),
    "comments above": lambda: "# digits\n# of mine\n" + FRAME.to_csv(index=False),
    "ARFF": lambda: (
        "% by hand\n@RELATION mnist\n"
        + "".join(f"@ATTRIBUTE {name} INTEGER\n" for name in PIXELS)
        + "@ATTRIBUTE 'class' {0,1,2}\n@DATA\n"
        + FLAT.assign(l=[f"'{label}'" for label in LABELS]).to_csv(index=False, header=False)
    ),
    "a column for each class": lambda: pd.concat([ONE_HOT.astype(int), FLAT], axis=1).to_csv(index=False),
    "a column for each class, last": lambda: pd.concat([FLAT, ONE_HOT], axis=1).to_csv(),
    "a column for each class, no header": lambda: pd.concat([FLAT, ONE_HOT.astype(float)], axis=1).to_csv(
        index=False, header=False
    ),
    "true and false, no header": lambda: pd.concat([ONE_HOT, FLAT], axis=1).to_csv(index=False, header=False),
    "words for digits": lambda: FRAME.assign(label=[_WORDS[label] for label in LABELS]).to_csv(index=False),
}


def cells(image: np.ndarray) -> str:
    return " ".join(map(str, image.ravel()))


IN_ONE_CELL: dict[str, Callable[[], str | bytes]] = {
    "blanks": lambda: "label,pixels\n" + "".join(f"{y},{cells(x)}\n" for x, y in zip(IMAGES, LABELS, strict=True)),
    "the part beside": lambda: (
        "emotion,pixels,Usage\n" + "".join(f"{y},{cells(x)},Training\n" for x, y in zip(IMAGES, LABELS, strict=True))
    ),
    "lists, the label last": lambda: pd.DataFrame({"image": [x.tolist() for x in IMAGES], "label": LABELS}).to_csv(),
    "no header": lambda: "".join(f"{y};{cells(x)}\n" for x, y in zip(IMAGES, LABELS, strict=True)),
    "NumPy’s text first": lambda: "".join(f'"[ {cells(x)}]",{y}\n' for x, y in zip(IMAGES, LABELS, strict=True)),
    "an empty cell": lambda: (
        "id,note,label,pixels\n"
        + "".join(f"{n},,{y},{cells(x)}\n" for n, (x, y) in enumerate(zip(IMAGES, LABELS, strict=True)))
    ),
    "UTF-16 and tabs": lambda: (
        pd.DataFrame({"label": LABELS, "data": map(cells, IMAGES)})
        .to_csv(sep="\t", index=False, lineterminator="\r\n")
        .encode("utf-16")
    ),
}


@pytest.mark.parametrize("make", IN_ONE_CELL)
def test_pixels_may_be_in_one_cell(make: str) -> None:
    train = read(IN_ONE_CELL[make]()).published.train
    np.testing.assert_array_equal(train.images, IMAGES)
    np.testing.assert_array_equal(train.labels, LABELS)


@pytest.mark.parametrize("header", ["", "label,pixels\n"])
def test_words_beside_pixels_in_one_cell_keep_their_blanks_and_signs(header: str) -> None:
    words = ("T-shirt top", "“A; B|C” (d)", "O'Neil’s", '"bag, blue"')
    text = header + "".join(f"{words[n % 4]},{cells(x)}\n" for n, x in enumerate(IMAGES))
    train = read(text).published.train
    np.testing.assert_array_equal(train.images, IMAGES)
    assert {train.class_names[label] for label in train.labels[:4]} == {
        "T-shirt top",
        "“A; B|C” (d)",
        "O'Neil’s",
        "bag blue",
    }


def test_a_row_with_another_number_of_pixels_in_its_cell_is_named() -> None:
    lines = str(IN_ONE_CELL["blanks"]()).splitlines()
    lines[4] = lines[4].rpartition(" ")[0]
    with pytest.raises(DataError, match=r"^Row 5 of t\.csv has 784 values instead of 785"):
        read("\n".join(lines))


@pytest.mark.parametrize(
    ("images", "labels", "text"),
    [
        ("csvTrainImages 20x784.csv", "csvTrainLabel 20x1.csv", "\n".join(map(str, LABELS))),
        ("X.csv", "y.csv", pd.Series(LABELS, name="digit").to_csv()),
        ("X.csv", "y.csv", "\n".join(f"{label:.18e}" for label in LABELS) + "\n"),
        ("x.csv", "labels.csv", ONE_HOT.astype(int).to_csv(index=False)),
        ("x.csv", "y.csv", ONE_HOT.astype(int).to_csv(index=False, header=[f"_{digit}" for digit in range(10)])),
        ("x.csv", "y.csv", ONE_HOT.astype(int).to_csv(index=False, header=[f"{digit}s" for digit in range(10)])),
        ("a.csv", "b.txt", ",".join(map(str, LABELS))),
    ],
)
def test_labels_may_be_in_a_table_of_their_own(images: str, labels: str, text: str) -> None:
    files = [NamedFile(labels, text.encode()), NamedFile(images, csv_text(IMAGES, None, "").encode())]
    preview = read_files(files)
    np.testing.assert_array_equal(preview.published.train.labels, LABELS)
    assert f"The labels of {images} were read from {labels}." in preview.report.problems
    assert not any("left out" in problem for problem in preview.report.problems)


def test_a_table_of_labels_that_is_too_large_is_called_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is read of it would have fewer rows than there are images."""
    text = ("label,about\n" + "".join(f"{label},{'about it ' * 9}\n" for label in LABELS)).encode()
    files = [NamedFile("labels.csv", text), NamedFile("x.csv", csv_text(IMAGES, None, "").encode())]
    np.testing.assert_array_equal(read_files(files).published.train.labels, LABELS)
    monkeypatch.setattr(label_tables, "_MOST_BYTES", len(text))
    assert len(read_files(files).published.train.labels) == 20
    monkeypatch.setattr(label_tables, "_MOST_BYTES", len(text) - 1)
    with pytest.raises(DataError, match=r"^labels\.csv is larger than 0 MB of text, the most that is read of labels"):
        read_files(files)


def test_tables_of_labels_are_told_apart_by_their_part_and_must_fit() -> None:
    tables = {f"X_{part}.csv": csv_text(IMAGES, None, "") for part in ("train", "test")}
    tables |= {"y_train.csv": "label\n" + "\n".join(map(str, LABELS))}
    tables |= {"y_test.csv": "label\n" + "\n".join(map(str, LABELS[::-1]))}
    published = read_files([NamedFile(name, text.encode()) for name, text in tables.items()]).published
    assert published.test is not None
    np.testing.assert_array_equal(published.train.labels, LABELS)
    np.testing.assert_array_equal(published.test.labels, LABELS[::-1])
    short = tables | {"y_train.csv": "\n".join(map(str, LABELS[:15]))}
    with pytest.raises(DataError, match=r"^X_train\.csv holds 20 images, but y_train\.csv 15 rows of labels"):
        read_files([NamedFile(name, text.encode()) for name, text in short.items()])
    answers = {"train.csv": csv_text(IMAGES, LABELS), "test.csv": csv_text(IMAGES, None)}
    answers |= {"answers.csv": "ImageId,Label\n" + "".join(f"{row},{row % 10}\n" for row in range(1, 21))}
    report = read_files([NamedFile(name, text.encode()) for name, text in answers.items()]).report
    assert report.test_images == 0
    assert "answers.csv holds no images and was left out." in report.problems


def test_columns_of_classes_by_their_names_and_one_that_is_torn() -> None:
    words = pd.get_dummies(pd.Series([("cat", "dog", "eel")[label % 3] for label in LABELS]), prefix="is")
    preview = read(pd.concat([words, FLAT], axis=1).to_csv(index=False))
    assert preview.published.train.class_names == ("cat", "dog", "eel")
    np.testing.assert_array_equal(preview.published.train.labels, LABELS % 3)
    assert "The labels of t.csv were read from 3 columns, one for each class." in preview.report.problems
    lines = pd.concat([ONE_HOT.astype(int).iloc[[*range(20)] * 3], FLAT.iloc[[*range(20)] * 3]], axis=1)
    text = lines.to_csv(index=False).splitlines()
    text[55] = text[55].replace("1,", "0,", 1)
    with pytest.raises(
        DataError, match=r"^Row 56 of t\.csv does not have exactly one 1 in its class columns \(1 to 10\)"
    ):
        read("\n".join(text))


def test_a_label_among_as_many_columns_as_pixels_is_not_taken_for_one() -> None:
    rows = [FRAME.iloc[:, :-1], FLAT.iloc[:, 1:].assign(label=LABELS)]
    for place, frame in zip(("first", "last"), rows, strict=True):
        with pytest.raises(DataError, match=rf"^The {place} column of t\.csv looks like labels, beside 783 pixels"):
            read_kaggle_csv(NamedFile("t.csv", frame.to_csv(index=False, header=False).encode()))
    assert read_kaggle_csv(NamedFile("t.csv", FLAT.to_csv(index=False, header=False).encode())).labels is None


_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@pytest.mark.slow
@pytest.mark.parametrize("make", MAKES)
def test_a_table_of_another_make_gives_the_same_images(make: str) -> None:
    train = read(MAKES[make]()).published.train
    # Tenths of a percent of the scale are lost where −1 … 1 is brought to bytes.
    assert np.abs(train.images.astype(int) - IMAGES).max() <= (1 if make == "-1 to 1" else 0)
    assert [train.class_names[label] for label in train.labels] == [str(label) for label in LABELS]


@pytest.mark.slow
def test_other_scales_are_said() -> None:
    for make, words in {"0 to 1": "from 0 to 1", "-1 to 1": "from -1 to 1"}.items():
        assert any(words in problem for problem in read(MAKES[make]()).report.problems)
    assert any("last column" in problem for problem in read(MAKES["the label last, no header"]()).report.problems)


def test_a_first_image_that_became_a_header_is_left_out_and_said() -> None:
    buffer = io.StringIO(FRAME.to_csv(index=False, header=False))
    preview = read(pd.read_csv(buffer).to_csv(index=False))
    np.testing.assert_array_equal(preview.published.train.images, IMAGES[1:])
    assert "became a header" in preview.report.problems[0]


@pytest.mark.slow
@pytest.mark.parametrize("low", [0, 100])
@pytest.mark.parametrize("has_index", [False, True])
@pytest.mark.parametrize("place", ["first", "last", "none"])
def test_so_is_one_of_noise_with_whatever_it_has_beside_it(low: int, has_index: bool, place: str) -> None:
    noise = pd.DataFrame(np.random.default_rng(low).integers(low, 256 - low, (20, 784)))
    frame = noise if place == "none" else noise.assign(label=LABELS)
    if place == "first":
        frame = frame[["label", *noise.columns]]
    text = pd.read_csv(io.StringIO(frame.to_csv(index=False, header=False))).to_csv(index=has_index)
    table = read_kaggle_csv(NamedFile("t.csv", text.encode()))
    np.testing.assert_array_equal(table.images.reshape(19, -1), noise.iloc[1:])
    assert table.labels is None if place == "none" else table.labels is not None
    assert table.labels is None or table.labels.tolist() == LABELS[1:].tolist()
    assert table.notes[0] == "The first row of t.csv is an image that became a header: left out."


@pytest.mark.parametrize("label", [0, 1, 7])
@pytest.mark.parametrize("place", ["first", "last"])
@pytest.mark.parametrize("is_noise", [False, True])
def test_labels_that_are_all_the_same_are_found_or_what_was_taken_for_them_is_said(
    label: int, place: str, is_noise: bool
) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (3, 784)) if is_noise else IMAGES[:3].reshape(3, -1)
    frame = pd.DataFrame(pixels)
    frame.insert(0 if place == "first" else 784, "label", label)
    table = read_kaggle_csv(NamedFile("t.csv", frame.to_csv(index=False, header=False).encode()))
    if (label, place, is_noise) == (0, "last", False):
        # Nobody can tell: both ends are 0, in every row.
        assert any("The first or the last column of t.csv could hold the labels" in note for note in table.notes)
        return
    np.testing.assert_array_equal(table.images.reshape(3, -1), pixels)
    assert table.labels is not None
    assert table.labels.tolist() == [label] * 3


def test_ink_in_a_corner_of_pixels_from_minus_one_is_not_a_label() -> None:
    pixels = np.where(np.tile(IMAGES, (2, 1, 1)).reshape(40, -1) > 127, 1, -1)
    pixels[7, -1] = 1
    text = pd.DataFrame(np.insert(pixels, 0, np.arange(40) % 10, axis=1)).to_csv(index=False, header=False)
    table = read_kaggle_csv(NamedFile("t.csv", text.encode()))
    np.testing.assert_array_equal(table.images.reshape(40, -1), np.where(pixels > 0, 255, 0))
    assert table.labels is not None
    assert table.labels.tolist() == [*range(10)] * 4


def test_small_images_of_scikit_learn() -> None:
    small = np.random.default_rng(0).integers(0, 17, (30, 64))
    small[0, :2] = 0, 16
    table = pd.DataFrame(small).assign(target=np.arange(30) % 10).to_csv(index=False)
    content = read_kaggle_csv(NamedFile("t.csv", table.encode()))
    np.testing.assert_array_equal(content.images.reshape(30, 64), np.rint(small * 255 / 16))


@pytest.mark.parametrize(
    ("labels", "names", "expected"),
    [
        (np.arange(40) % 24 + (np.arange(40) % 24 >= 9), (), [str(n) for n in range(25) if n != 9]),
        (np.arange(60) % 26 + 1, tuple(string.ascii_uppercase), list(string.ascii_uppercase)),
        (np.arange(60) % 26, tuple(string.ascii_uppercase), list(string.ascii_uppercase)),
        (np.array([3, 7] * 10), (), [str(n) for n in range(10)]),
        (np.array([10, 20, 35] * 10), ("a", "b", "c"), ["a", "b", "c"]),
        (np.array(["cat", "dog"] * 10), (), ["cat", "dog"]),
    ],
    ids=["a gap", "from 1", "from 0", "two digits", "tens", "words"],
)
def test_labels_become_classes(labels: np.ndarray, names: tuple[str, ...], expected: list[str]) -> None:
    images, _ = digits(len(labels))
    train = read(csv_text(images, labels), class_names=names).published.train
    assert list(train.class_names) == expected
    given = sorted(set(labels.tolist())) if names else [int(n) if n.isdigit() else n for n in expected]
    meant = [expected[given.index(label)] for label in labels.tolist()]
    assert [train.class_names[label] for label in train.labels] == meant


def test_emnists_tables_are_upright_and_named() -> None:
    images, _ = digits(52)
    table = csv_text(images.transpose(0, 2, 1), np.arange(52) % 26 + 1, "")
    preview = read(table, "emnist-letters-train.csv")
    np.testing.assert_array_equal(preview.published.train.images, images)
    assert "".join(preview.published.train.class_names) == string.ascii_uppercase
    assert any("on their side" in problem for problem in preview.report.problems)


def test_of_too_many_rows_a_stratified_part_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kaggle_csv, "MOST_IMAGES", 40)
    images, labels = digits(100, classes=5)
    order = np.argsort(labels, kind="stable")
    for header in (None, ""):
        preview = read(csv_text(images[order], labels[order], header))
        assert preview.report.class_counts.tolist()[:5] == [8] * 5
        assert any("t.csv has 100 images: 40 of them were read" in problem for problem in preview.report.problems)
        known = {image.tobytes(): label for image, label in zip(images, labels, strict=True)}
        train = preview.published.train
        assert [known[image.tobytes()] for image in train.images] == train.labels.tolist()


def test_numbers_of_rows_are_no_labels() -> None:
    read_back = read_kaggle_csv(NamedFile("t.csv", FLAT.to_csv(header=False).encode()))
    assert read_back.labels is None
    np.testing.assert_array_equal(read_back.images, IMAGES)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda text: text.replace("\n0,", "\n-0.42,", 1), "Row 2 of t.csv has a label that is neither a whole"),
        (lambda text: text.replace(",0,0,0,", ",0,-0.4242,0,", 1), "is not a number from 0 to 255: “-0.4242”. Save"),
        (lambda text: text.replace(",0,0,0,", ",0,,0,", 1), "is not a number from 0 to 255: “”."),
        (lambda text: text.replace("label,", "label,when,", 1), "instead of 786"),
    ],
)
def test_a_fault_is_named(change: Callable[[str], str], sentence: str) -> None:
    with pytest.raises(DataError) as caught:
        read(change(csv_text(IMAGES, LABELS)))
    assert sentence in str(caught.value)


def grid(rows: int, columns: int) -> list[str]:
    return [f"{row}x{column}" for row in range(1, rows + 1) for column in range(1, columns + 1)]


def numbered(count: int) -> list[str]:
    return PIXELS[:count] if count <= 784 else [f"pixel{number}" for number in range(count)]


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (
            grid(100, 100),
            "names 10,000 pixels, those of an image of 100×100: sides may be from 8 to 64 pixels, so scale",
        ),
        (grid(81, 81)[1:], "names 6,560 pixels, those of an image of 81×81: sides"),
        (grid(28, 20), "names 560 pixels, in 28 rows and 20 columns: images in a table must be square"),
        (grid(28, 28)[1:], "names 783 pixels of 784: the one in row 1 and column 1 is missing."),
        (numbered(10_000), "names 10,000 pixels, those of an image of 100×100: sides"),
        (
            numbered(3_072),
            "names 3,072 pixels, those of an image of 32×32 in colour: save one grey value for each pixel.",
        ),
        (numbered(560), "names 560 pixels, which make no square image: sides may be from 8 to 64 pixels"),
        (numbered(783), "names 783 pixels of 784: pixel783 is missing."),
    ],
    ids=lambda value: f"{len(value)} names" if isinstance(value, list) else "",
)
def test_images_of_another_shape_are_called_what_they_are(names: list[str], sentence: str) -> None:
    for header in (names, ["label", *names]):
        with pytest.raises(DataError) as caught:
            read_layout(NamedFile("t.csv", (",".join(header) + "\n" + ",".join(["0"] * len(header))).encode()))
        assert str(caught.value).startswith(f"The header of t.csv {sentence}")
    for before, count in (("", 3_072), ("a label and ", 3_073)):
        with pytest.raises(
            DataError, match=f"Row 1 of t.csv has .* values, those of {before}an image of 32×32 in colour"
        ):
            read_layout(NamedFile("t.csv", (",".join(["0"] * count) + "\n").encode()))


def test_what_goes_a_little_beyond_0_and_1_is_cut_off_and_said() -> None:
    beyond = FLAT / 255
    beyond.iloc[:, 100:103], beyond.iloc[:, 200:203] = -0.131, 1.129
    for table in (beyond, beyond.clip(upper=1)):
        found = read(FRAME.assign(**table).to_csv(index=False))
        expected = np.rint(table.clip(0, 1).to_numpy() * 255)
        np.testing.assert_array_equal(found.published.train.images.reshape(20, -1), expected)
        (said,) = (problem for problem in found.report.problems if "multiplied" in problem)
        assert said.startswith("The pixels of t.csv were from -0.13 to 1.")
        assert "cut off at 0 and 1, and multiplied by 255" in said


def test_pixels_without_their_mean_are_not_cut_off(mnist_test: ImageDataset) -> None:
    pixels = mnist_test.images[:50].reshape(50, -1) / 255
    pixels -= pixels.mean()
    assert out_of_scale(pixels / pixels.std()) is not None
    rows = PixelRows(50, 28, "x")
    rows.add(pixels)
    images, notes = rows.images()
    assert np.abs(images.reshape(50, -1) - (pixels + 1) * 127.5).max() <= 0.5
    assert notes == ["The pixels of x were from -1 to 1: they have been scaled to 0 to 255."]


def _rows_of(*spans: tuple[float, float]) -> np.ndarray:
    return np.stack([np.linspace(low, high, 81) for low, high in spans])


@pytest.mark.parametrize(
    ("values", "said", "expected"),
    [
        (_rows_of((-0.3, 0.3), *[(0, 1)] * 4), "multiplied", lambda values: values.clip(0, 1) * 255),
        (_rows_of((0.9, 1.3), *[(0, 1)] * 4), "multiplied", lambda values: values.clip(0, 1) * 255),
        (_rows_of((-0.3, 1.3), (0.99, 1.3), *[(0, 1)] * 4), "multiplied", lambda values: values.clip(0, 1) * 255),
        (_rows_of((-0.05, 0.5), *[(-0.3, 0.1)] * 4, (0, 1)), "-1 to 1", lambda values: (values + 1) * 127.5),
        (_rows_of((0, 1.01), *[(0.9, 1.3)] * 4), "decimals", lambda values: values),
    ],
)
def test_what_is_beyond_0_and_1_is_judged_for_the_whole(
    values: np.ndarray, said: str, expected: Callable[[np.ndarray], np.ndarray]
) -> None:
    """Of a piece the share that is beyond may be another than that of all."""
    for size in (1, 2, len(values)):
        rows = PixelRows(len(values), 9, "x")
        for start in range(0, len(values), size):
            assert out_of_scale(values[start : start + size]) is None
            rows.add(values[start : start + size])
        images, notes = rows.images()
        assert said in notes[0]
        assert np.abs(images.reshape(-1, 81) - expected(values)).max() <= 1


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from(["unit", "bytes", "whole unit", "signed"]), min_size=1, max_size=4, unique=True),
    st.integers(0, 2**32 - 1),
)
def test_pieces_of_any_scale_come_to_bytes(scales: list[str], seed: int) -> None:
    """In one file of bytes a piece may happen to hold nothing above 1, and so may a piece of −1 … 1."""
    generator = np.random.default_rng(seed)
    pieces = {
        "unit": generator.random((2, 64)),
        "whole unit": generator.integers(0, 2, (2, 64)).astype(float),
        "signed": np.concatenate([[[-1.0] + [0.5] * 63], generator.random((1, 64)) * 2 - 1]),
        "bytes": np.concatenate([[[255.0] * 64], generator.integers(0, 256, (1, 64))]),
    }
    rows = PixelRows(8, 8, "x")
    values = np.concatenate([pieces[scale] for scale in scales])
    assert all(out_of_scale(pieces[scale]) is None for scale in scales)
    for scale in scales:
        rows.add(pieces[scale])
    if "bytes" in scales and "signed" in scales:
        with pytest.raises(DataError, match="negative"):
            rows.images()
        return
    images, _ = rows.images()
    expected = (
        values
        if "bytes" in scales
        else (values + 1) * 127.5
        if "signed" in scales
        else values * 255
        if values.any()
        else values
    )
    assert np.abs(images.reshape(-1, 64) - expected).max() <= 1


@settings(max_examples=150)
@given(st.text(alphabet="0123456789,;\t| .-+e\"'\n\rlabepix#@%{}", max_size=400), st.booleans())
def test_any_text_is_read_or_refused_with_one_sentence(text: str, wide: bool) -> None:
    content = (text * 200 if wide else text).encode()
    try:
        read(content)
    except DataError as error:
        said = str(error)
        assert said
        assert "\n" not in said


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"@RELATION digits\n@ATTRIBUTE pixel0 NUMERIC\n" * 80 + b"@DATA", "t.arff"),
        (b"@DATA", "t.arff"),
        (b"\x1d \x1d\x1d\n\x1d \x1d", "t.arff"),
        (",".join(["²"] * 64).encode(), "t.arff"),
        (",".join(["9" * 5_000] * 64).encode(), "t.arff"),
    ],
    ids=["names alone", "a word alone", "blanks of another kind", "no numbers", "endless numbers"],
)
def test_a_table_without_anything_in_it_is_named(content: bytes, sentence: str) -> None:
    for end in (b"", b"\n"):
        with pytest.raises(DataError, match=sentence):
            read_files([NamedFile("t.arff", content + end)])


def test_words_in_the_encoding_of_windows_are_spelt_as_they_were() -> None:
    text = FRAME.assign(label=["fünf" if label else "zwölf" for label in LABELS]).to_csv(index=False)
    assert read(text.encode("cp1252")).published.digest == read(text).published.digest
    assert set(read(text.encode("cp1252")).report.class_names) == {"fünf", "zwölf"}


def test_names_of_any_length_and_number_take_no_more_than_a_pass() -> None:
    """Time that grows with the square of either would be hours for the first, minutes for the second."""
    long = ",".join(["label", "1" + "a" * 100_000, *(f"pixel{index}" for index in range(784))])
    with pytest.raises(DataError, match=r"^Row 2 of t\.csv has 785 values"):
        read(with_header(long.split(",")))
    many = ",".join(f"n{index}x" for index in range(30_000))
    with pytest.raises(DataError, match=r"^The column “n0x” is unknown in the header of t\.csv"):
        read(f"{many}\n{many}\n")


@pytest.mark.parametrize(
    "words", [_WORDS, [f"digit {number}" for number in range(10)], ["null", "eins", "zwei", "drei"]]
)
def test_digits_of_every_table_may_be_written_in_their_own_way(words: list[str]) -> None:
    few = len(words) > LABELS
    told = [words[label] for label in LABELS[few]]
    tables = {"train.csv": csv_text(IMAGES, LABELS), "test.csv": csv_text(IMAGES[few], np.array(told))}
    preview = read_files([NamedFile(name, text.encode()) for name, text in tables.items()])
    assert preview.published.test is not None
    assert preview.report.class_names == tuple("0123456789")
    np.testing.assert_array_equal(preview.published.train.labels, LABELS)
    np.testing.assert_array_equal(preview.published.test.labels, LABELS[few])
    (said,) = [problem for problem in preview.report.problems if "are called" in problem]
    assert said.startswith("The classes ")


@pytest.mark.parametrize("header", ["label", "Ziffer", ",label", "id,value", ",0", ",x", None])
@pytest.mark.parametrize("count", [19, 21])
def test_a_table_of_labels_has_a_row_for_each_image_below_its_header(header: str | None, count: int) -> None:
    """One label too few under a header has as many lines as there are images: all were shifted by one."""
    labels = [*LABELS.tolist(), 5][:count]
    rows = [f"{place},{label}" if header and "," in header else str(label) for place, label in enumerate(labels)]
    text = "\n".join([*([header] if header else []), *rows])
    files = [NamedFile("X.csv", csv_text(IMAGES, None, "").encode()), NamedFile("y.csv", text.encode())]
    if header is None and count == 21:
        # A first row of 0 may be the name that pandas gives a column without one.
        files[1] = NamedFile("y.csv", text.replace("0", "7", 1).encode())
    with pytest.raises(DataError, match=rf"^X\.csv holds 20 images, but y\.csv {count} rows of labels\.$"):
        read_files(files)


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (["Farbe", *["rot", "gelb", "blau"] * 6], 18),
        (["rot", "gelb", "blau"] * 7, 21),
        (["b", *"abc" * 6, "a", "c"], 21),
        (["zero", *["one", "two"] * 10], 21),
        ([f"{n},{word}" for n, word in enumerate(["rot", "gelb", "blau"] * 7)], 21),
    ],
)
def test_a_word_above_words_is_a_label_if_it_is_below_as_well_and_names_them_if_only_they_repeat(
    words: list[str], count: int
) -> None:
    """Else all labels were shifted by one."""
    fitting = IMAGES[:19] if count == 18 else IMAGES
    files = [NamedFile("X.csv", csv_text(fitting, None, "").encode()), NamedFile("y.csv", "\n".join(words).encode())]
    # Where nothing tells a header from a label, what it was taken for is said.
    end = r" below “Farbe”, which was read as a header: if it is a label, add a header “label” above it"
    end = end if count == 18 else ""
    said = rf"^X\.csv holds {len(fitting)} images, but y\.csv {count} rows of labels{end}\.$"
    with pytest.raises(DataError, match=said):
        read_files(files)
    files[0] = NamedFile("X.csv", csv_text(np.resize(IMAGES, (count, 28, 28)), None, "").encode())
    train = read_files(files).published.train
    digits_of = {"zero": "0", "one": "1", "two": "2"}
    told = [digits_of.get(word, word.rpartition(",")[2]) for word in words[-count:]]
    assert [train.class_names[label] for label in train.labels] == told


def test_a_label_that_could_name_a_column_is_one_among_others() -> None:
    letters = ["y", *"abcdefghijklmnopqrs"]
    files = [NamedFile("X.csv", csv_text(IMAGES, None, "").encode()), NamedFile("l.csv", "\n".join(letters).encode())]
    train = read_files(files).published.train
    assert [train.class_names[label] for label in train.labels] == letters


@pytest.mark.parametrize("label", ["?", "-1", "nan"])
@pytest.mark.parametrize("header", ["", "label\n"])
def test_a_table_of_labels_that_are_all_unknown_makes_no_class_of_them(label: str, header: str) -> None:
    test = [
        NamedFile("X_test.csv", csv_text(IMAGES[:9], None, "").encode()),
        NamedFile("y_test.csv", (header + f"{label}\n" * 9).encode()),
    ]
    report = read_files([NamedFile("train.csv", csv_text(IMAGES, LABELS).encode()), *test]).report
    assert (report.images, report.test_images) == (20, 0)
    assert "X_test.csv has no labels: its 9 images were left out." in report.problems
