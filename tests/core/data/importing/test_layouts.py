"""How people lay out what they bring: parts in folders, lists and pictures in folders of their own, strays beside."""

import bz2
import gzip
import io
from collections.abc import Callable, Mapping

import numpy as np
import pytest

from core.data.importing import label_lists
from core.data.importing.files import read_files
from core.data.importing.named_file import NamedFile
from core.data.importing.picture_names import places_of
from core.data.importing.report import ImportPreview
from core.errors import DataError
from tests.core.data.importing.builders import (
    csv_text,
    digits,
    idx_bytes,
    picture_members,
    png,
    tar_bytes,
    zip_bytes,
)

IMAGES, LABELS = digits(20)
TEST_IMAGES, TEST_LABELS = digits(10, seed=1)
NAMES = [f"img_{number:03}.png" for number in range(20)]


def read(members: dict[str, bytes]) -> ImportPreview:
    return read_files([NamedFile("own.zip", zip_bytes(members))])


def refused(members: dict[str, bytes]) -> str:
    with pytest.raises(DataError) as caught:
        read(members)
    return str(caught.value)


def sizes(preview: ImportPreview) -> tuple[int, int]:
    return preview.report.images, preview.report.test_images


def table(images: np.ndarray, labels: np.ndarray | None) -> bytes:
    return csv_text(images, labels).encode()


def npy(array: np.ndarray) -> bytes:
    np.save(buffer := io.BytesIO(), array)
    return buffer.getvalue()


# --- parts ---

FIRST, SECOND = table(IMAGES[:10], LABELS[:10]), table(IMAGES[10:], LABELS[10:])
TEST = table(TEST_IMAGES, TEST_LABELS)
PARTED: dict[str, dict[str, bytes]] = {
    "tables of numbered names": {"train/d1.csv": FIRST, "train/d2.csv": SECOND, "test/d3.csv": TEST},
    "tables of other names": {"set/train/mnist.csv": table(IMAGES, LABELS), "set/test/digits.csv": TEST},
    "writers": {"a/train/d1.csv": FIRST, "b/train/d2.csv": SECOND, "a/test/d3.csv": TEST},
    "IDX": {
        "train/a.idx": idx_bytes(IMAGES),
        "train/b.idx": idx_bytes(LABELS),
        "test/c.idx": idx_bytes(TEST_IMAGES),
        "test/d.idx": idx_bytes(TEST_LABELS),
    },
    "arrays": {
        "training/images.npy": npy(IMAGES),
        "training/labels.npy": npy(LABELS),
        "testing/x.npy": npy(TEST_IMAGES),
        "testing/y.npy": npy(TEST_LABELS),
    },
    "tables of labels": {
        "train/X.csv": table(IMAGES, None),
        "train/labels.csv": "\n".join(map(str, LABELS)).encode(),
        "test/T.csv": table(TEST_IMAGES, None),
        "test/y.csv": "\n".join(map(str, TEST_LABELS)).encode(),
    },
}


@pytest.mark.parametrize("kind", PARTED)
def test_the_folder_says_what_a_file_is_for(kind: str) -> None:
    preview = read(PARTED[kind])
    assert sizes(preview) == (20, 10)
    np.testing.assert_array_equal(preview.published.train.images, IMAGES)
    assert preview.published.test is not None
    np.testing.assert_array_equal(preview.published.test.images, TEST_IMAGES)


def test_parquet_as_hugging_face_lays_it_out(monkeypatch: pytest.MonkeyPatch) -> None:
    pieces = {b"PAR10": (IMAGES[:10], LABELS[:10]), b"PAR11": (IMAGES[10:], LABELS[10:])}
    pieces[b"PAR12"] = (TEST_IMAGES, TEST_LABELS)

    def apart(_reader: str, file: NamedFile, *_: object) -> dict[str, np.ndarray]:
        images, labels = pieces[file.head()]
        nothing = np.array([], str)
        return {"images": images, "labels": labels, "rows": np.arange(10), "notes": nothing, "left_out": nothing}

    monkeypatch.setattr("core.data.importing.arrays.read_file_apart", apart)
    names = ("train/0000", "train/0001", "test/0000")
    preview = read({f"mnist/{name}.parquet": piece for name, piece in zip(names, pieces, strict=True)})
    assert sizes(preview) == (20, 10)
    np.testing.assert_array_equal(preview.published.train.images, IMAGES)


def test_a_folder_that_all_lie_in_says_nothing_and_files_of_one_part_must_belong_together() -> None:
    assert sizes(read({"digits-test-main/d1.csv": FIRST, "digits-test-main/data/d2.csv": SECOND})) == (20, 0)
    tests = {"test/d1.csv": FIRST, "test/d2.csv": SECOND}
    for stray in ("README.md", "notes.txt"):
        assert sizes(read({stray: b"by hand\n", **tests})) == (20, 0)
    assert sizes(read({"mnist.txt": table(IMAGES, LABELS), **tests})) == (20, 20)
    assert refused({"train/notes.txt": b"by hand\n", **tests}) == (
        "By their names and folders, all files, such as test/d1.csv, are for testing: put “train” into the names of "
        "those to train on."
    )
    said = refused({"train/mnist.csv": FIRST, "train/other.csv": SECOND, "test/d.csv": TEST})
    assert said.startswith("Both train/mnist.csv and train/other.csv hold labelled images for training by their names")


@pytest.mark.parametrize("ending", ["csv", "npz"])
@pytest.mark.parametrize("pack", [zip_bytes, tar_bytes])
def test_a_packed_copy_in_another_folder_is_read_once(
    pack: Callable[[Mapping[str, bytes]], bytes], ending: str
) -> None:
    np.savez(buffer := io.BytesIO(), x=IMAGES, y=LABELS)
    content = buffer.getvalue() if ending == "npz" else table(IMAGES, LABELS)
    both = {f"train.{ending}": content, f"train/train.{ending}.gz": gzip.compress(content)}
    assert sizes(read_files([NamedFile("own.zip", pack(both))])) == (20, 0)


def test_what_is_for_another_part_is_not_a_copy() -> None:
    """The same labels, of other images."""
    train = {"train/x.npy": npy(IMAGES[:10]), "train/y.npy": npy(TEST_LABELS)}
    test = {"test/x.npy.gz": gzip.compress(npy(TEST_IMAGES)), "test/y.npy.gz": gzip.compress(npy(TEST_LABELS))}
    assert sizes(read(train | test)) == (10, 10)


def test_lists_in_folders_of_parts_name_the_pictures_below() -> None:
    pictures = {f"{part}/{NAMES[n]}": png(IMAGES[n]) for part in ("train", "test") for n in range(20)}
    lists = {
        f"{part}/{name}.csv": "".join(f"{NAMES[n]},{LABELS[n]}\n" for n in some).encode()
        for part, name, some in (("train", "a", range(12)), ("test", "b", range(12, 20)))
    }
    assert sizes(read(pictures | lists)) == (12, 8)
    rows = "".join(f"{part}/{NAMES[n]},{LABELS[n]}\n" for part in ("train", "test") for n in range(20))
    of_all = {"training_data/labels.csv": rows.encode()}
    inside = {f"training_data/{name}": content for name, content in pictures.items()}
    assert sizes(read(inside | of_all | {"README.md": b"mine"})) == (20, 20)


# --- folders beside the pictures ---

PICTURES = {f"images/{name}": png(image) for name, image in zip(NAMES, IMAGES, strict=True)}
ROWS = "".join(f"{name},{label}\n" for name, label in zip(NAMES, LABELS, strict=True))


@pytest.mark.parametrize(
    ("prefix", "name", "header"),
    [("", "labels/labels.csv", "file,label\n"), ("", "annotations/a.csv", ""), ("train/", "labels/x.csv", "")],
)
def test_a_list_may_lie_in_a_folder_of_its_own(prefix: str, name: str, header: str) -> None:
    members = {f"{prefix}{path}": content for path, content in PICTURES.items()}
    train = read(members | {f"{prefix}{name}": (header + ROWS).encode()}).published.train
    np.testing.assert_array_equal(train.images, IMAGES)
    np.testing.assert_array_equal(train.labels, LABELS)


def test_where_names_of_files_are_the_labels_no_folder_is_a_class() -> None:
    scans = {f"scans/{label}_{n}.png": png(IMAGES[n]) for n, label in enumerate(LABELS)}
    assert read(scans | {"about/how.txt": b"by hand"}).report.class_counts.tolist() == [2] * 10


# --- lists that were written elsewhere, or cannot be used ---


@pytest.mark.parametrize(
    "path", ["data/images/{}.png", "C:\\me\\digits\\images\\{}.png", "{}.jpg", "/home/me/old/{}.JPEG", "crops/{}"]
)
def test_a_list_may_hold_paths_and_endings_of_another_place(path: str) -> None:
    rows = "".join(f"{path.format(name[:-4])},{label}\n" for name, label in zip(NAMES, LABELS, strict=True))
    for header in ("", "file,label\n"):
        train = read(PICTURES | {"labels.csv": (header + rows).encode()}).published.train
        np.testing.assert_array_equal(train.labels, LABELS)


def test_folders_of_another_place_and_one_that_holds_everything_are_no_parts() -> None:
    inside = {"digits-test/img/" + name: png(image) for name, image in zip(NAMES, IMAGES, strict=True)}
    for folder in ("D:\\training\\img\\", "/home/dev/img/"):
        text = "".join(f"{folder}{name},{label}\n" for name, label in zip(NAMES, LABELS, strict=True))
        for beside in ({}, {"README.md": b"by hand\n"}):
            assert sum(sizes(read(inside | {"digits-test/labels.csv": text.encode(), **beside}))) == 20
    places = [(part, number) for part in ("train", "test") for number in range(20)]
    parted = {f"{part}/{NAMES[number]}": png(IMAGES[number]) for part, number in places}
    for folder in ("C:\\dev\\mnist\\{}\\", "/home/dev/{}/", "/content/test/{}/"):
        text = "".join(f"{folder.format(part)}{NAMES[number]},{LABELS[number]}\n" for part, number in places)
        assert sizes(read(parted | {"labels.csv": text.encode()})) == (20, 20)


def test_a_path_in_another_part_names_no_picture() -> None:
    rows = "".join(f"train/{name},{label}\n" for name, label in zip(NAMES, LABELS, strict=True))
    windows = rows.replace("train/", "C:\\me\\TrainingSet\\img\\")
    test = {f"test/{name}": png(image) for name, image in zip(NAMES, IMAGES, strict=True)}
    for name, text in (("labels.csv", rows), ("train.csv", rows), ("labels.csv", windows)):
        assert refused(test | {name: text.encode()}).endswith(f"{name} names none of these pictures.")
    # Nor where all files lie in one part: a relative path speaks of it, and so do paths of several.
    assert refused(test | {"test/labels.csv": rows.encode()}).endswith(" labels.csv names none of these pictures.")
    both = (rows.replace("train/", "test/") + rows).splitlines()
    for folder in ("", "C:\\me\\"):
        preview = read(test | {"test/labels.csv": "\n".join(folder + row for row in both).encode()})
        assert preview.published.test is not None
        np.testing.assert_array_equal(preview.published.test.labels, LABELS)
        assert "20 rows there were left out: no such picture." in preview.report.problems
    kept = {f"train/{name}": png(image) for name, image in zip(NAMES[:15], IMAGES, strict=False)}
    preview = read(kept | test | {"labels.csv": rows.encode()})
    assert sizes(preview) == (15, 0)
    assert "20 pictures without a label there were left out." in preview.report.problems


def test_a_picture_that_two_rows_mean_and_label_differently_is_left_out() -> None:
    preview = read(PICTURES | {"labels.csv": (ROWS + "other/img_000.png,5\n").encode()})
    np.testing.assert_array_equal(preview.published.train.images, IMAGES[1:])
    assert "1 picture with conflicting labels was left out." in preview.report.problems
    assert not any("without a label" in problem for problem in preview.report.problems)


WORKBOOK = zip_bytes({"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"})
UNUSED: dict[str, tuple[str, bytes, str]] = {
    "a workbook": ("labels.xlsx", WORKBOOK, "labels.xlsx is an Excel workbook: save its table as CSV."),
    "other names": ("a.csv", ROWS.replace("img", "scan").encode(), "a.csv names none of these pictures."),
    "too many others": (
        "labels.csv",
        b"".join(b"%d.png,%d\n" % (n, n % 10) for n in range(30)) + ROWS.encode(),
        "Of the 50 pictures that labels.csv names, only 20 are here.",
    ),
    "labels alone": (
        "labels.txt",
        "\n".join(map(str, LABELS)).encode(),
        "labels.txt gives labels without the names of their pictures: write both into each row.",
    ),
    "several labels for each": (
        "labels.csv",
        (ROWS + "".join(f"{name},{(label + 1) % 10}\n" for name, label in zip(NAMES, LABELS, strict=True))).encode(),
        "labels.csv has rows with different labels for nearly every picture: keep one row for each.",
    ),
    "two columns that may be the label": (
        "a.csv",
        ROWS.replace(",", ",28,").encode(),
        "a.csv names these pictures but not their labels: name the label column “label”.",
    ),
}


@pytest.mark.parametrize("kind", UNUSED)
def test_where_nothing_tells_the_class_it_is_said_why_the_list_does_not(kind: str) -> None:
    name, content, words = UNUSED[kind]
    assert refused(PICTURES | {name: content}) == f"It holds only one class; there must be 2 to 100. {words}"
    loose = {path.removeprefix("images/"): picture for path, picture in PICTURES.items()}
    said = refused(loose | {name: content})
    assert said.startswith("Nothing says what the pictures show (img_000.png …)")
    assert said.endswith(words)


def test_beside_folders_of_classes_a_list_of_other_pictures_is_named() -> None:
    report = read(picture_members(20) | {"labels.csv": ROWS.encode()}).report
    assert (report.images, report.problems) == (20, ("labels.csv names none of these pictures.",))
    assert read(picture_members(20) | {"labels.txt": b"cat\ndog\n"}).report.problems == (
        "1 file that is not a picture was left out.",
    )


@pytest.mark.parametrize("layout", ["train/{}/", "{}/train/", "{}/"])
def test_where_each_picture_has_a_text_it_is_said_how_labels_are_read(
    layout: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes: list[int] = []
    monkeypatch.setattr(label_lists, "places_of", lambda some: passes.append(len(some)) or places_of(some))
    pictures = {layout.format("images") + path.removeprefix("images/"): one for path, one in PICTURES.items()}
    box = b" 0.5 0.5 1 1\n"
    texts = {f"{layout.format('labels')}{name[:-4]}.txt": (b"%d" % n + box) * 2 for n, name in enumerate(NAMES)}
    first = f"{layout.format('labels')}img_000.txt"
    assert refused(pictures | texts) == (
        f"It holds only one class; there must be 2 to 100. The pictures have a text file each ({first} …): put their "
        "labels into one table, labels.csv, with rows such as “img_000.png,7”."
    )
    assert passes == [20]
    of_all = {"labels.csv": f"file,label\n{ROWS}".encode()}
    assert read(pictures | texts | of_all).report.images == 20
    assert read(picture_members(20) | {"cat/0.txt": box}).report.images == 20


# --- strays beside pictures ---

STRAYS: dict[str, bytes] = {
    "mean.npy": npy(IMAGES.mean(axis=0)),
    "features.npy": npy(np.ones((20, 5))),
    "images.idx": idx_bytes(IMAGES),
    "test.csv": table(TEST_IMAGES, None),
}


@pytest.mark.parametrize("name", STRAYS)
def test_data_without_labels_do_not_keep_pictures_from_being_read(name: str) -> None:
    report = read(picture_members(20) | {name: STRAYS[name]}).report
    assert (report.images, report.class_names) == (20, ("cat", "dog"))
    assert f"{name} was left out: the pictures beside it were imported." in report.problems
    (sentence,) = report.left_out
    for pictures in (picture_members(4), {"images/1.png": png(IMAGES[0])}, PICTURES):
        assert refused(pictures | {name: STRAYS[name]}) == sentence


def test_data_with_labels_go_before_pictures_and_so_does_what_is_wrong_with_them() -> None:
    assert "20 pictures beside the data were left out." in read(picture_members(20) | {"a.csv": FIRST}).report.problems
    said = refused(picture_members(20) | {"a.csv": FIRST.replace(b",0,0,0,", b",0,x,0,", 1)})
    assert said.startswith("Row 2 of a.csv has a pixel")


# --- folders that are called samples ---

TWO = ("0", "7")
SAMPLES: dict[str, tuple[dict[str, bytes], tuple[int, int], list[str]]] = {
    "all of the training": (
        picture_members(20, TWO, "training_samples/") | picture_members(10, TWO, "test/"),
        (20, 10),
        [],
    ),
    "all but the test": (picture_members(20, TWO, "m/samples/") | picture_members(10, TWO, "m/test/"), (20, 10), []),
    "all there is": (picture_members(20, TWO, "digits/samples/") | {"docs/x.png": png(IMAGES[0])}, (20, 0), []),
    "more than beside it": (picture_members(20, TWO, "m/samples/") | picture_members(4, TWO, "m/more/"), (24, 0), []),
    "a class": (picture_members(20, ("blood samples", "controls")), (20, 0), []),
    "a sample of each part": (
        picture_members(20, TWO, "trainingSet/")
        | picture_members(4, TWO, "trainingSample/")
        | picture_members(10, TWO, "testSet/")
        | picture_members(2, TWO, "testSample/"),
        (20, 10),
        [
            "4 pictures of a sample (trainingSample …) were left out.",
            "2 pictures of a sample (testSample …) were left out.",
        ],
    ),
    **{
        f"{sample} beside {train} and {test}": (
            picture_members(20, TWO, train) | picture_members(10, TWO, test) | picture_members(4, TWO, f"{sample}/"),
            (20, 10),
            [f"4 pictures of a sample ({sample} …) were left out."],
        )
        for sample, train, test in (
            ("sample", "train/", "test/"),
            ("sample_images", "training/", "validation/"),
            ("trainingSample", "", "test/"),
        )
    },
    "more than to train on": (
        picture_members(4, TWO, "train/") | picture_members(20, TWO, "test/") | picture_members(10, TWO, "sample/"),
        (14, 20),
        [],
    ),
    "pictures beside classes": (
        picture_members(20) | {"samples/a.png": png(IMAGES[0])},
        (20, 0),
        ["1 picture of a sample (samples …) was left out."],
    ),
}


@pytest.mark.parametrize("kind", SAMPLES)
def test_a_folder_is_a_sample_where_others_of_its_classes_remain(kind: str) -> None:
    members, expected, said = SAMPLES[kind]
    preview = read(members)
    assert sizes(preview) == expected
    assert [note for note in preview.report.problems if "of a sample" in note] == said


# --- tables with a fault beside good ones ---

FAULTY: dict[str, tuple[bytes, str]] = {
    "a pixel is missing": (table(IMAGES, LABELS).replace(b"pixel5,", b""), "The header of {} names 783 pixels of 784"),
    "a name occurs twice": (table(IMAGES, LABELS).replace(b"pixel5,", b"pixel6,", 1), "The column “pixel6” occurs"),
    "too few values": (
        csv_text(IMAGES.reshape(20, -1)[:, 3:], LABELS, "").encode(),
        "Row 1 of {} has 782 values; an image needs 784 pixels",
    ),
    "an unknown image column": (
        b"label,what\n" + b"".join(b"%d,%s\n" % (n, b" ".join([b"7"] * 784)) for n in range(3)),
        "The column “what” is unknown in the header of {}",
    ),
}


@pytest.mark.parametrize("kind", FAULTY)
def test_a_table_to_train_on_that_has_a_fault_is_not_passed_over(kind: str) -> None:
    content, words = FAULTY[kind]
    for name, test in (("train.csv", "test.csv"), ("digits.csv", "test.csv"), ("train/a.csv", "test/b.csv")):
        assert refused({name: content, test: TEST}).startswith(words.format(name))
    few = {"docs/a.png": png(IMAGES[0]), "a.csv": content}
    assert refused(few).startswith(words.format("a.csv"))


np.savez(NPZ := io.BytesIO(), x=IMAGES, y=LABELS)
UNREAD: dict[str, bytes] = {
    "train.csv.gz": gzip.compress(table(IMAGES, LABELS))[:2_000],
    "train.csv.bz2": bz2.compress(table(IMAGES, LABELS)),
    "train.xlsx": WORKBOOK,
    "train.npz": NPZ.getvalue(),
    "train.zip": zip_bytes({"train.csv": table(IMAGES, LABELS)})[:-30],
}


@pytest.mark.parametrize("name", UNREAD)
def test_a_test_is_not_trained_on_because_what_is_to_train_on_is_not_read(name: str) -> None:
    files = {name: UNREAD[name], "test.csv": TEST}
    assert name in refused(files)
    with pytest.raises(DataError, match=name):
        read_files([NamedFile(*file) for file in files.items()])
    assert sizes(read({**files, "train.csv": table(IMAGES, LABELS)})) == (20, 10)
    report = read({**files, **picture_members(20)}).report
    assert (report.images, report.class_names) == (20, ("cat", "dog"))
    assert len([sentence for sentence in report.left_out if name in sentence]) == 1


def test_a_document_or_a_model_beside_a_test_is_nothing_to_train_on() -> None:
    with pytest.raises(DataError, match=r"train\.json"):
        read_files([NamedFile("test.csv", TEST), NamedFile("train.json", b'{"labels": [3], "images": [[0]]}')])
    beside = {
        "training_report.pdf": b"%PDF-1.4",
        "Training plan.docx": WORKBOOK,
        "train_model.h5": b"\x89HDF\r\n\x1a\n",
    }
    preview = read({"test.csv": TEST, **beside})
    assert sizes(preview) == (10, 0)
    assert len(preview.report.left_out) == 3
    said = "By its name, test.csv is not for training, and train.xlsx is an Excel workbook: save its table as CSV."
    assert refused({"test.csv": TEST, "train.xlsx": WORKBOOK}) == said


def test_a_test_is_not_trained_on_because_what_is_to_train_on_has_no_labels() -> None:
    said = refused({"X_train.csv": table(IMAGES, None), "test.csv": TEST})
    assert said.startswith("X_train.csv has no labels: a network can read its images, but not learn from them.")


WIDE = csv_text(IMAGES.reshape(20, -1)[:, :128], None, ",".join(f"pixel{n}" for n in range(128))).encode()


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"train.csv": table(IMAGES, LABELS), "test.csv": TEST, "train_features.csv": WIDE}, (20, 10)),
        ({"train.csv": table(IMAGES, LABELS), "test.csv": FAULTY["a pixel is missing"][0]}, (20, 0)),
        ({"train.csv": table(IMAGES, LABELS), "val.csv": WIDE, "test.csv": TEST}, (20, 10)),
    ],
)
def test_a_fault_takes_no_sound_table_to_train_on_along(files: dict[str, bytes], expected: tuple[int, int]) -> None:
    preview = read(files)
    assert sizes(preview) == expected
    (sentence,) = preview.report.left_out
    assert sentence.startswith("The header of ")


def test_a_table_with_a_fault_beside_pictures_is_named() -> None:
    report = read(picture_members(12, TWO, "examples/") | {"train.csv": FAULTY["a pixel is missing"][0]}).report
    (sentence,) = report.left_out
    assert sentence.startswith("The header of train.csv names 783 pixels of 784")
    assert not any("not a picture" in problem for problem in report.problems)


def test_a_table_with_a_fault_beside_one_to_train_on_is_left_out_and_why_is_said() -> None:
    report = read({"mnist.csv": table(IMAGES, LABELS), "features.csv": FAULTY["too few values"][0]}).report
    (sentence,) = report.left_out
    assert sentence.startswith("Row 1 of features.csv has 782 values")
    assert not any("features.csv" in problem for problem in report.problems)
    numbers = {"y.csv": ",".join(map(str, LABELS.tolist() * 4)).encode(), "x.csv": table(IMAGES.repeat(4, 0), None)}
    assert read(numbers).report.images == 80


def test_a_wide_table_beside_pictures_may_be_the_list_of_their_labels() -> None:
    rows = "".join(f"{name},{label}{',0.5' * 70}\n" for name, label in zip(NAMES, LABELS, strict=True))
    header = "file,label," + ",".join(f"f{number}" for number in range(70)) + "\n"
    preview = read(PICTURES | {"features.csv": (header + rows).encode()})
    np.testing.assert_array_equal(preview.published.train.labels, LABELS)
    assert not preview.report.left_out
