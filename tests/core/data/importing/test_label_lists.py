"""Pictures with a list of their labels beside them, as people and tools write it."""

import numpy as np
import pandas as pd
import pytest

from core.data.importing.files import read_files
from core.data.importing.named_file import NamedFile
from core.data.importing.report import ImportPreview
from core.errors import DataError
from tests.core.data.importing.builders import digits, picture_members, png, zip_bytes

IMAGES, LABELS = digits(20)
NAMES = [f"img_{index:03}.png" for index in range(20)]
FRAME = pd.DataFrame({"filename": NAMES, "label": LABELS})
ONE_HOT = pd.get_dummies(FRAME.label.astype(str), prefix="digit")
PICTURES = {f"images/{name}": png(image) for name, image in zip(NAMES, IMAGES, strict=True)}


def read(lists: dict[str, str], pictures: dict[str, bytes] = PICTURES) -> ImportPreview:
    members = pictures | {name: text.encode() for name, text in lists.items()}
    return read_files([NamedFile("own.zip", zip_bytes(members))])


LISTS: dict[str, str] = {
    "name and label": FRAME.to_csv(index=False),
    "label and name": FRAME[["label", "filename"]].to_csv(index=False),
    "without header": FRAME.to_csv(index=False, header=False),
    "label first, without header": FRAME[["label", "filename"]].to_csv(index=False, header=False),
    "an index of pandas": FRAME.rename(columns={"filename": "image"}).to_csv(),
    "paths by Windows": FRAME.assign(filename=[f".\\images\\{name}" for name in NAMES]).to_csv(index=False),
    "stems": FRAME.assign(filename=[name[:-4] for name in NAMES]).to_csv(index=False),
    "semicolons and floats": FRAME.astype({"label": float}).to_csv(index=False, sep=";"),
    "more columns": FRAME.assign(width=28, height=28, ClassId=LABELS).drop(columns="label").to_csv(index=False),
    "a byte order mark": "\ufeff" + FRAME.to_csv(index=False),
    "one column for each class": pd.concat([FRAME.filename, ONE_HOT.astype(int)], axis=1).to_csv(index=False),
    "True and False": pd.concat([ONE_HOT, FRAME.filename], axis=1).to_csv(index=False),
    "one column for each, no header": pd.concat([FRAME.filename, ONE_HOT.astype(int)], axis=1).to_csv(
        index=False, header=False
    ),
}


@pytest.mark.parametrize("make", LISTS)
def test_lists_of_every_make(make: str) -> None:
    name = "labels.txt" if "floats" in make else "annotations.csv"
    preview = read({name: LISTS[make]})
    train = preview.published.train
    np.testing.assert_array_equal(train.images, IMAGES)
    np.testing.assert_array_equal(train.labels, LABELS)
    assert f"The labels were read from {name}." in preview.report.problems
    assert not any("not pictures" in problem or "not a picture" in problem for problem in preview.report.problems)


def test_one_list_to_train_and_one_to_test() -> None:
    numbers = pd.DataFrame({"id": range(20), "label": LABELS})
    pictures = {f"img/{index:05}.png": png(image) for index, image in enumerate(IMAGES)}
    preview = read(
        {"train.csv": numbers[:12].to_csv(index=False), "test.csv": numbers[12:].to_csv(index=False)}, pictures
    )
    np.testing.assert_array_equal(preview.published.train.images, IMAGES[:12])
    assert preview.published.test is not None
    np.testing.assert_array_equal(preview.published.test.labels, LABELS[12:])


def test_a_list_speaks_of_the_pictures_of_its_part() -> None:
    pictures = {
        f"{part}/{name}": content
        for part in ("train", "test")
        for name, content in zip(NAMES, PICTURES.values(), strict=True)
    }
    report = read({"train.csv": FRAME.to_csv(index=False)}, pictures).report
    assert (report.images, report.test_images) == (20, 0)
    assert "20 pictures without a label there were left out." in report.problems


def test_what_is_on_one_side_only_is_said() -> None:
    partly = pd.concat([FRAME[:15], pd.DataFrame({"filename": ["gone.png"], "label": [3]})])
    problems = read({"labels.csv": partly.to_csv(index=False)}).report.problems
    assert "5 pictures without a label there were left out." in problems
    assert "1 row there was left out: no such picture." in problems


@pytest.mark.parametrize("unknown", ["", "?", "-1", "nan", "-", "n/a"])
def test_a_row_whose_label_is_unknown_makes_no_class_and_takes_no_list_along(unknown: str) -> None:
    some = FRAME.assign(label=[unknown if place < 3 else label for place, label in enumerate(LABELS)])
    report = read({"labels.csv": some.to_csv(index=False)}).report
    assert (report.images, report.class_names) == (17, tuple("0123456789"))
    assert "3 pictures without a label there were left out." in report.problems


@pytest.mark.parametrize(
    "words",
    [
        ["null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"],
        ["1", "2", "+", "-"],
        ["a", "b", "c", "d", "n/a"],
    ],
)
def test_the_german_zero_and_signs_are_labels(words: list[str]) -> None:
    report = read({"labels.csv": FRAME.assign(label=words * (20 // len(words))).to_csv(index=False)}).report
    assert report.class_counts.tolist() == [20 // len(words)] * len(words)


def test_folders_go_before_a_list_that_names_no_label() -> None:
    sizes = "file,width\n" + "".join(f"{name},{28 + index}\n" for index, name in enumerate(picture_members(20)))
    assert read({"sizes.csv": sizes}, picture_members(20)).report.class_names == ("cat", "dog")
    submission = "ImageId,Label\n1,0\n2,0\n"
    assert read({"sample_submission.csv": submission}, picture_members(20)).report.class_names == ("cat", "dog")
    with pytest.raises(DataError, match="only one class"):
        read({"sizes.csv": "file,width\nx.png,3\n"})
