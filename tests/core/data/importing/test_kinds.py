"""Folders, tars and files of every kind: read, or called what they are."""

import bz2
import gzip
import io
import pickle
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import PurePosixPath

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.io import savemat

from core.data import budget
from core.data.importing import archives, idx_files
from core.data.importing.archives import Archive
from core.data.importing.files import read_files
from core.data.importing.members import Member
from core.data.importing.named_file import NamedFile
from core.data.importing.parts import part_of_name
from core.data.importing.picture_places import place_pictures
from core.data.importing.report import ImportPreview
from core.errors import DataError
from tests.core.data.importing.builders import csv_text, digits, idx_bytes, picture_members, png, tar_bytes, zip_bytes

IMAGES, LABELS = digits(20)
TEST_IMAGES, TEST_LABELS = digits(12, seed=1)
PICTURE = png(IMAGES[0])


def npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def mat_bytes(images: np.ndarray, labels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    savemat(buffer, {"X": images, "y": labels}, do_compression=True)
    return buffer.getvalue()


def read(content: bytes, name: str = "a.zip") -> ImportPreview:
    return read_files([NamedFile(name, content)])


def sizes(preview: ImportPreview) -> tuple[int, int, int]:
    return preview.report.images, preview.report.test_images, len(preview.report.class_names)


# --- folders ---

TWO = ("0", "7")


def members(count: int, prefix: str) -> dict[str, bytes]:
    return picture_members(count, TWO, prefix)


FOLDERS: dict[str, tuple[Callable[[], dict[str, bytes]], tuple[int, int, int]]] = {
    "joints": (lambda: members(20, "trainingSet/") | members(10, "testSet/"), (20, 10, 10)),
    "underscores": (lambda: members(20, "m/train_images/") | members(10, "m/test_images/"), (20, 10, 10)),
    "hyphens": (lambda: members(20, "mnist-train/") | members(10, "mnist-test/"), (20, 10, 10)),
    "capitals": (lambda: members(20, "TRAIN/") | members(10, "VALID/"), (20, 10, 10)),
    "three": (lambda: members(20, "train/") | members(10, "dev/") | members(8, "test/"), (30, 8, 10)),
    "classes above": (lambda: {f"{n.split('/')[0]}/train/{n[2:]}": c for n, c in members(20, "").items()}, (20, 0, 10)),
    "twice the same": (lambda: members(20, "Set/Set/train/train/"), (20, 0, 10)),
    "colons": (lambda: {n.replace(".png", ":1?<>.png"): c for n, c in members(20, "set: 1/").items()}, (20, 0, 10)),
    "writers in classes": (
        lambda: {f"{n[0]}/writer {i % 3}/{i}.png": c for i, (n, c) in enumerate(members(20, "").items())},
        (20, 0, 10),
    ),
    "labels first": (lambda: {f"{n[0]}_{i}.png": c for i, (n, c) in enumerate(members(20, "").items())}, (20, 0, 10)),
    "labels first, in parts": (
        lambda: {f"m/{part}/{n[0]}_{n[2:]}": c for part in ("train", "test") for n, c in members(20, "").items()},
        (20, 20, 10),
    ),
    "labels last": (
        lambda: {f"pictures/img_{i:05}_{n[0]}.png": c for i, (n, c) in enumerate(members(20, "").items())},
        (20, 0, 10),
    ),
    "a test without labels": (
        lambda: members(20, "train/") | {f"test/{i}.png": PICTURE for i in range(30)},
        (20, 0, 10),
    ),
    "a sample beside": (lambda: members(20, "trainingSet/") | members(4, "trainingSample/"), (20, 0, 10)),
}


@pytest.mark.parametrize("name", FOLDERS)
def test_folders_of_every_make(name: str) -> None:
    make, expected = FOLDERS[name]
    for content in (zip_bytes(make()), tar_bytes(make())):
        preview = read(content)
        assert sizes(preview) == expected
        assert preview.report.class_names == tuple("0123456789")
        assert preview.report.class_counts[[0, 7]].sum() == preview.report.images
        assert not preview.report.left_out


def test_what_was_left_out_or_told_from_names_is_said() -> None:
    said = {name: " ".join(read(zip_bytes(FOLDERS[name][0]())).report.problems) for name in FOLDERS}
    assert "30 pictures in test were left out: no label is known." in said["a test without labels"]
    assert "4 pictures of a sample (trainingSample …) were left out." in said["a sample beside"]
    assert "The labels were read from the names of the files: 0_0.png is a “0”." in said["labels first"]
    assert "10 pictures for validation were added to those for training" in said["three"]


@pytest.mark.parametrize(
    "names", [["1", "2", "10", "11"], ["img_1", "img_2", "img_3"], ["IMG_2021", "IMG_2022"], ["photo", "scan"]]
)
def test_running_numbers_are_no_labels(names: list[str]) -> None:
    with pytest.raises(DataError, match=r"^Nothing says what the pictures show"):
        read(zip_bytes({f"{name}.png": PICTURE for name in names}))


@settings(max_examples=60)
@given(
    st.sampled_from(["train", "test", "val"]),
    st.sampled_from(["{}", "{}_images", "mnist-{}", "X_{}", "{}Set", "my {}"]),
    st.booleans(),
)
def test_parts_are_told_by_names(part: str, joint: str, upper: bool) -> None:
    name = joint.format(part)
    assert part_of_name(name.upper() if upper else name) == part
    assert part_of_name("contest") is part_of_name("trainers") is part_of_name("valley") is None


@pytest.mark.parametrize("name", ["../x.png", "/etc/x.png", "cat/../../x.png", "C:\\x.png"])
def test_paths_that_lead_out_of_a_tar_are_refused(name: str) -> None:
    with pytest.raises(DataError, match="leads out of the archive"):
        read(tar_bytes(picture_members(20) | {name: PICTURE}), "a.tar")


@pytest.mark.parametrize("name", ["a/" * 30_000 + "1.png", "1" * 90 + "a" * 60_000 + "1.png", "a/" * 100 + "1.png"])
def test_paths_of_endless_length_are_refused(name: str) -> None:
    """All folders above the first, each with its whole path, would fill gigabytes."""
    for content in (zip_bytes({name: PICTURE}), tar_bytes({name: PICTURE})):
        with pytest.raises(DataError, match=r"^The path “[a/1]{80}…” in a\.zip is too long: at most 1,000 characters"):
            read(content)


@pytest.mark.parametrize("name", ["1" * 20_000 + "a1.png", "a" * (1 << 20) + "1.png"])
def test_a_header_of_a_tar_that_takes_long_to_read_is_refused(name: str) -> None:
    with pytest.raises(DataError, match=r"^a\.tar is damaged: its list of contents"):
        read(tar_bytes(picture_members(2) | {name: PICTURE}), "a.tar")


def test_a_zip_that_claims_more_memory_than_there_is_is_damaged(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_much(*_: object, **__: object) -> None:
        raise MemoryError

    with zipfile.ZipFile(buffer := io.BytesIO(), "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("digits.csv", "label,pixel0\n")
    monkeypatch.setattr("lzma.LZMADecompressor", too_much)
    with pytest.raises(DataError, match=r"damaged"):
        read(buffer.getvalue())


def test_links_in_a_tar_are_refused_and_damage_is_named() -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        link = tarfile.TarInfo("cat/link.png")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    with pytest.raises(DataError, match=r"^cat/link\.png in a\.tar is a link"):
        read(buffer.getvalue(), "a.tar")
    with pytest.raises(DataError, match=r"^a\.tar\.gz is damaged"):
        read(tar_bytes(picture_members(20))[:-400], "a.tar.gz")


def test_a_tar_whose_headers_would_fill_the_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "_LONGEST_READ", 2_000)
    with tarfile.open(fileobj=(buffer := io.BytesIO()), mode="w:gz", format=tarfile.PAX_FORMAT) as archive:
        info = tarfile.TarInfo("0/1.png")
        info.pax_headers = {"comment": "x" * 3_000}
        archive.addfile(info)
    with pytest.raises(DataError, match=r"^a\.zip is damaged: a header in it is longer than any name\.$"):
        read(buffer.getvalue())
    monkeypatch.setattr(archives, "MOST_UNPACKED_BYTES", 1_000)
    monkeypatch.setattr(archives, "MOST_MEMBERS", 0)
    with pytest.raises(DataError, match=r"^a\.zip unpacks to more than 0 MB, the most that is read\.$"):
        read(tar_bytes({"0/1.png": PICTURE}))


# --- one budget ---

UNPACKED = {
    "IDX": lambda: [NamedFile("x-images", idx_bytes(IMAGES)), NamedFile("x-labels", idx_bytes(LABELS))],
    "packed IDX": lambda: [
        NamedFile(f"{part}-{what}.gz", idx_bytes(array, zipped=True))
        for part in ("train", "test")
        for what, array in (("images", IMAGES[:10]), ("labels", LABELS[:10]))
    ],
    "arrays": lambda: [NamedFile("x.npy", npy(IMAGES)), NamedFile("y.npy", npy(LABELS))],
    "packed arrays in a zip": lambda: [
        NamedFile("a.zip", zip_bytes({f"{n}.npy.gz": gzip.compress(npy(a)) for n, a in (("x", IMAGES), ("y", LABELS))}))
    ],
    "an archive in an archive": lambda: [
        NamedFile("a.zip", zip_bytes({"b.zip": zip_bytes({"x": bytes(16_000)}, zipfile.ZIP_STORED)}))
    ],
    "tables": lambda: [
        NamedFile(f"{part}.csv", csv_text(IMAGES[:10], LABELS[:10]).encode()) for part in ("train", "test")
    ],
    "MATLAB": lambda: [NamedFile("m.mat", mat_bytes(IMAGES, LABELS))],
}


@pytest.mark.parametrize("kind", UNPACKED)
def test_files_share_one_budget_of_unpacked_bytes(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is within every limit of its own; together they are a byte too many."""
    monkeypatch.setattr(budget, "MOST_BYTES", IMAGES.size - 1)
    with pytest.raises(
        DataError, match=r"^With .+ the files unpack to more than 0 MB, the most that is read at once: "
    ):
        read_files(UNPACKED[kind]())


def test_no_idx_file_is_read_before_all_are_known_to_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idx_files, "read_idx", None)
    with pytest.raises(DataError, match=r"^Both a0\.gz and a1\.gz hold images to train on"):
        read_files([NamedFile(f"a{index}.gz", idx_bytes(IMAGES, zipped=True)) for index in range(5)])


@pytest.mark.slow
@settings(max_examples=40)
@given(st.integers(0, 10**9), st.binary(min_size=1, max_size=20), st.sampled_from(["w", "w:gz"]))
def test_a_damaged_tar_is_read_right_or_refused(place: int, noise: bytes, mode: str) -> None:
    content = bytearray(tar_bytes(picture_members(12), mode))
    place %= len(content)
    content[place : place + len(noise)] = noise
    try:
        preview = read(bytes(content), "a.tar")
    except DataError as error:
        said = str(error)
        assert "\n" not in said
        return
    assert preview.report.images + len(preview.report.left_out) <= 12


# --- data in folders, and files chosen together ---


def raw(prefix: str = "") -> dict[str, bytes]:
    plain = {
        "train-images-idx3-ubyte": IMAGES,
        "train-labels-idx1-ubyte": LABELS,
        "t10k-images-idx3-ubyte": TEST_IMAGES,
        "t10k-labels-idx1-ubyte": TEST_LABELS,
    }
    both = {name: idx_bytes(array) for name, array in plain.items()}
    return {prefix + n: c for n, c in (both | {f"{n}.gz": gzip.compress(c) for n, c in both.items()}).items()}


def test_idx_files_beside_their_packed_twins() -> None:
    together = read_files([NamedFile(name, content) for name, content in raw().items()])
    for preview in (together, read(zip_bytes(raw("MNIST/raw/"))), read(tar_bytes(raw("MNIST/raw/")))):
        assert sizes(preview) == (20, 12, 10)
        np.testing.assert_array_equal(preview.published.train.images, IMAGES)


def test_a_fault_of_a_chosen_table_is_said_whatever_its_ending() -> None:
    for name in ("digits.txt", "digits.csv"):
        with pytest.raises(DataError, match=rf"^The header of {name} names 783 pixels of 784: pixel5 is missing"):
            read(csv_text(IMAGES, LABELS).replace("pixel5,", "").encode(), name)


def test_kaggles_three_files_chosen_together() -> None:
    files = {
        "train.csv": csv_text(IMAGES, LABELS),
        "test.csv": csv_text(TEST_IMAGES, None),
        "sample_submission.csv": "ImageId,Label\n1,0\n2,0\n",
    }
    preview = read_files([NamedFile(name, text.encode()) for name, text in files.items()])
    assert sizes(preview) == (20, 0, 10)
    assert "sample_submission.csv holds no images and was left out." in preview.report.problems
    assert "test.csv has no labels: its 12 images were left out." in preview.report.problems


@pytest.mark.slow
def test_a_zip_of_tables_with_classes_above_9() -> None:
    images, labels = digits(72, classes=24)
    labels += labels >= 9
    tables = {f"sign_{part}.csv": csv_text(images, labels).encode() for part in ("train", "test")}
    preview = read(zip_bytes(tables))
    assert sizes(preview) == (72, 72, 24)
    assert "class names" in preview.report.problems[0]
    letters = tuple("ABCDEFGHIKLMNOPQRSTUVWXY")
    named = read_files([NamedFile("a.zip", zip_bytes(tables))], class_names=letters)
    assert named.published.train.class_names == letters


@pytest.mark.slow
def test_many_pictures_without_labels_take_no_more_than_a_pass() -> None:
    """As in a zip of 42,000 labelled pictures beside 28,000 of a test without labels."""
    unlabelled = [Member(PurePosixPath(f"testSet/testSet/img_{i}.jpg"), 1, io.BytesIO) for i in range(20_000)]
    labelled = [
        Member(PurePosixPath(f"trainingSet/trainingSet/{i % 10}/{i}.jpg"), 1, io.BytesIO) for i in range(20_000)
    ]
    archive = Archive("a.zip", (*unlabelled, *labelled))
    places = place_pictures(archive.members, archive)
    assert len(places.pictures) == 20_000
    assert places.notes == ["20,000 pictures in testSet/testSet were left out: no label is known."]
    assert archive.file(unlabelled[0]).name == "testSet/testSet/img_0.jpg"


@pytest.mark.parametrize(
    ("paths", "classes"),
    [
        # Names, where they say more than the folders that they were chosen from.
        ("scans1/3_001 scans2/7_002", "3 7"),
        ("scans1/3_001 scans1/7_002 scans2/1_003 scans2/2_004", "3 7 1 2"),
        ("monday/img_01_3 monday/img_02_7 tuesday/img_03_3 tuesday/img_04_7", "3 7 3 7"),
        ("scans1/cat_1 scans1/dog_2 scans2/cat_3 scans2/dog_4", "cat dog cat dog"),
        ("a/cat_1 b/dog_2", "cat dog"),
        ("train/3_001 test/7_002", "3 7"),
        ("3_001 scans/7_002 scans/3_003", "3 7 3"),
        # Folders, where names only tell pictures apart.
        ("0/1 0/2 1/1 1/2", "0 0 1 1"),
        ("0/3_001 0/7_002 1/3_003 1/7_004", "0 0 1 1"),
        ("zero/3_001 one/7_002", "zero one"),
        ("cats/1 cats/2 dogs/3 dogs/4", "cats cats dogs dogs"),
        ("cats/img_1 cats/img_2 dogs/img_1 dogs/img_2", "cats cats dogs dogs"),
        ("cats/IMG_1 cats/IMG_2 dogs/DSC_3 dogs/DSC_4", "cats cats dogs dogs"),
        ("cats/img_a_1 cats/img_b_2 dogs/img_c_3 dogs/img_d_4", "cats cats dogs dogs"),
        ("train/cats/1 train/dogs/2 test/cats/3 test/dogs/4", "cats dogs cats dogs"),
    ],
)
def test_names_or_folders_of_pictures_that_were_chosen_one_by_one(paths: str, classes: str) -> None:
    pictures = tuple(Member(PurePosixPath(f"{path}.png"), 1, io.BytesIO) for path in paths.split())
    places = place_pictures(pictures, Archive("a.png", pictures, is_selection=True))
    found = {picture.member.path: picture.class_name for picture in places.pictures}
    assert found == {one.path: name for one, name in zip(pictures, classes.split(), strict=True)}
    are_read = any("The labels were read from the names of the files" in note for note in places.notes)
    assert are_read == (found[pictures[0].path] not in pictures[0].path.parts)


def test_an_archive_in_an_archive() -> None:
    beside = read(zip_bytes(picture_members(20) | {"more.zip": zip_bytes(picture_members(20))})).report
    assert (beside.images, beside.left_out) == (
        20,
        ("more.zip is an archive within an archive: unpack it to import its contents.",),
    )
    assert sizes(read(zip_bytes({"gzip/inner.zip": zip_bytes(picture_members(20))}))) == (20, 0, 2)
    with pytest.raises(DataError, match="archives inside"):
        read(zip_bytes({f"{part}.zip": zip_bytes(picture_members(20)) for part in ("train", "test")}))


def together(**contents: bytes) -> ImportPreview:
    return read_files([NamedFile(name.replace("_", "."), content) for name, content in contents.items()])


def test_archives_chosen_together_are_read_like_folders_of_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = together(train_zip=zip_bytes(members(20, "")), test_tar_gz=tar_bytes(members(10, "")))
    assert (sizes(pictures), pictures.title) == ((20, 10, 10), "train")
    train, test = csv_text(IMAGES, LABELS).encode(), csv_text(TEST_IMAGES, TEST_LABELS).encode()
    tables = together(train_csv_zip=zip_bytes({"train.csv": train}), test_csv_zip=zip_bytes({"test.csv": test}))
    assert (sizes(tables), tables.description) == ((20, 12, 10), "Read from CSV: train.csv, test.csv.")
    alike = together(train_zip=zip_bytes({"digits.csv": train}), test_zip=zip_bytes({"digits.csv": test}))
    beside = together(train_csv=train, test_zip=zip_bytes({"a.csv": test, "README.txt": b"mine"}))
    assert sizes(alike) == sizes(beside) == (20, 12, 10)
    assert not beside.report.left_out
    zeros, ones = ({f"{place}.png": png(IMAGES[place + first]) for place in range(5)} for first in (0, 5))
    classes = together(zero_zip=zip_bytes(zeros), one_zip=zip_bytes(ones))
    assert classes.report.class_counts.tolist() == [5, 5] + [0] * 8
    scans = [{f"{LABELS[n]}_{n}.png": png(IMAGES[n]) for n in range(first, first + 10)} for first in (0, 10)]
    named = together(set1_zip=zip_bytes(scans[0]), set2_zip=zip_bytes(scans[1]))
    assert named.report.class_counts.tolist() == [2] * 10
    assert sizes(together(set1_zip=zip_bytes(members(10, "")), set2_zip=zip_bytes(members(10, "")))) == (20, 0, 10)
    monkeypatch.setattr("core.data.importing.archives.MOST_UNPACKED_BYTES", 1.5 * len(train))
    with pytest.raises(DataError, match=r"^train\.zip with test\.zip unpacks to"):
        together(train_zip=zip_bytes({"train.csv": train}), test_zip=zip_bytes({"test.csv": train}))


def chosen(*files: tuple[str, bytes]) -> ImportPreview:
    return read_files([NamedFile(name, content) for name, content in files])


def test_archives_of_one_name_are_told_apart_by_their_folders_or_refused() -> None:
    train, test = csv_text(IMAGES, LABELS).encode(), csv_text(TEST_IMAGES, TEST_LABELS).encode()
    one, other = zip_bytes({"digits.csv": train}), zip_bytes({"digits.csv": test})
    preview = chosen(("train/digits.zip", one), ("test/digits.zip", other))
    assert (sizes(preview), preview.description) == (
        (20, 12, 10),
        "Read from CSV: train/digits/digits.csv, test/digits/digits.csv.",
    )
    flat = [{f"{label}_{n}.png": png(IMAGES[n]) for n, label in enumerate(LABELS[:count])} for count in (20, 10)]
    classes = [members(count, "") for count in (20, 10)]
    for inside in flat, classes:
        pictures = chosen(("train/a.zip", zip_bytes(inside[0])), ("test/a.zip", zip_bytes(inside[1])))
        assert sizes(pictures)[:2] == (20, 10)
    twice = chosen(("digits.zip", one), ("digits.zip", one))
    assert sizes(twice) == (20, 0, 10)
    assert "digits.zip was chosen twice and counts once." in twice.report.problems
    for name, contents in {"digits.zip": (one, other), "digits.csv": (train, test)}.items():
        with pytest.raises(DataError, match=rf"^Two different files are called {name}: rename one of them\.$"):
            chosen(*((name, content) for content in contents))


def test_members_of_one_place_in_several_archives_are_all_counted() -> None:
    train, test = csv_text(IMAGES, LABELS).encode(), csv_text(TEST_IMAGES, TEST_LABELS).encode()
    one, other = zip_bytes({"train.csv": train}), zip_bytes({"train.csv": test})
    with pytest.raises(DataError, match=r"^Both train\.csv and b/train\.csv hold labelled images for training"):
        chosen(("a.zip", one), ("b.zip", other))
    with pytest.raises(DataError, match=r"^Both set/a\.csv and set\.tar/a\.csv hold labelled images for training"):
        chosen(("set.zip", zip_bytes({"a.csv": train})), ("set.tar", tar_bytes({"a.csv": test}, "w:")))
    idx = [
        {"images.idx": idx_bytes(images), "labels.idx": idx_bytes(labels)}
        for images, labels in ((IMAGES, LABELS), (TEST_IMAGES, TEST_LABELS))
    ]
    assert sizes(chosen(("train.zip", zip_bytes(idx[0])), ("test.zip", zip_bytes(idx[1])))) == (20, 12, 10)
    folders = {
        f"{part}/{name}": content
        for part, files in zip(("train", "test"), idx, strict=True)
        for name, content in files.items()
    }
    assert sizes(chosen(*folders.items())) == sizes(read(zip_bytes(folders))) == (20, 12, 10)
    with pytest.raises(DataError, match=r"^Both .+ hold images"):
        chosen(("old.zip", zip_bytes(idx[0])), ("new.zip", zip_bytes(idx[1])))


def test_archives_beside_their_own_files_count_once() -> None:
    train, test = csv_text(IMAGES, LABELS).encode(), csv_text(TEST_IMAGES, TEST_LABELS).encode()
    for name, content in {
        "digits.csv.zip": zip_bytes({"digits.csv": train}),
        "digits.zip": zip_bytes({"data/digits.csv": train, "README.md": b"mine"}),
        "digits.tar.gz": tar_bytes({"digits.csv": train}),
    }.items():
        for files in (("digits.csv", train), (name, content)), ((name, content), ("digits.csv", train)):
            preview = chosen(*files)
            assert sizes(preview) == (20, 0, 10)
            assert f"{name} was left out: the files in it were chosen as well." in preview.report.problems
    four = {
        f"{part}-{what}-ubyte": idx_bytes(array)
        for part, arrays in {"train": (IMAGES, LABELS), "t10k": (TEST_IMAGES, TEST_LABELS)}.items()
        for what, array in zip(("images-idx3", "labels-idx1"), arrays, strict=True)
    }
    dotted = {name.replace("-idx", ".idx") + ".gz": gzip.compress(content) for name, content in four.items()}
    for packed in four, dotted:
        preview = chosen(*four.items(), ("raw.zip", zip_bytes(packed)))
        assert sizes(preview) == (20, 12, 10)
        assert "raw.zip was left out: the files in it were chosen as well." in preview.report.problems
    # What is wrong with the file is said, not that it is there twice.
    faulty = train.replace(b"pixel5,", b"")
    with pytest.raises(DataError, match=r"^The header of digits\.csv names 783 pixels of 784"):
        chosen(("digits.csv", faulty), ("digits.zip", zip_bytes({"digits.csv": faulty})))
    # Both forms in one of several archives, as Kaggle packs them.
    parts = [{name: four[name] for name in four if name.startswith(part)} for part in ("train", "t10k")]
    both = parts[0] | {f"{name}/{name.replace('-idx', '.idx')}": content for name, content in parts[0].items()}
    assert sizes(chosen(("a.zip", zip_bytes(both)), ("b.zip", zip_bytes(parts[1])))) == (20, 12, 10)
    # Other files under the same names are none of them.
    with pytest.raises(DataError, match=r"^Both digits\.csv and digits/digits\.csv hold"):
        chosen(("digits.csv", train), ("digits.zip", zip_bytes({"digits.csv": test})))


def test_archives_that_cannot_be_opened_are_left_out_beside_others() -> None:
    train = csv_text(IMAGES, LABELS).encode()
    whole = zip_bytes({"more.csv": train})
    sealed = bytearray(whole)
    sealed[whole.rindex(b"PK\1\2") + 8] |= 1
    for broken, reason in (
        (whole[:-30], "damaged: its list"),
        (bytes(sealed), "more.csv in broken.zip is encrypted"),
        (zip_bytes({"../a.csv": train}), "leads out of the archive"),
    ):
        for other in ("train.csv", train), ("train.zip", zip_bytes({"train.csv": train})):
            preview = chosen(other, ("broken.zip", broken))
            (sentence,) = preview.report.left_out
            assert sizes(preview) == (20, 0, 10)
            assert reason in sentence
            assert "broken.zip" in sentence
        with pytest.raises(DataError, match=r"broken\.zip"):
            chosen(("broken.zip", broken), ("other.zip", broken))
        with pytest.raises(DataError, match=r"10\.zip"):
            chosen(("train.csv", train), *((f"{n}.zip", broken) for n in range(11)))


def test_archives_in_archives_that_were_chosen_together_are_refused() -> None:
    inner = zip_bytes(members(10, ""))
    with pytest.raises(DataError, match=r"^There are archives inside \(train/more\.zip, test/more\.zip\): unpack them"):
        together(train_zip=zip_bytes({"more.zip": inner}), test_zip=zip_bytes({"more.zip": inner}))
    with pytest.raises(DataError, match=r"^There are archives inside"):
        together(train_zip=zip_bytes({"more.zip": inner}), notes_txt=b"about it")


def unflagged(names: list[str], encoding: str) -> bytes:
    """A zip as Windows and macOS write them: names in some encoding, and no word about which."""
    stored = {f"{place:02}".ljust(len(name.encode(encoding)), "_"): name for place, name in enumerate(names)}
    content = zip_bytes({mark: png(IMAGES[int(mark[:2])]) for mark in stored}, zipfile.ZIP_STORED)
    for mark, name in stored.items():
        assert content.count(mark.encode()) == 2
        content = content.replace(mark.encode(), name.encode(encoding))
    return content


DIGITS = ("零 一 二 三 四 五 六 七 八 九", "ноль один два три четыре пять шесть семь восемь девять")


@pytest.mark.parametrize(
    ("words", "encoding"),
    [
        *((DIGITS[0], encoding) for encoding in ("utf-8", "gbk", "big5")),
        (DIGITS[0].replace("零", "〇"), "cp932"),
        *((DIGITS[1], encoding) for encoding in ("cp866", "cp1251")),
        ("größe länge", "utf-8"),
        ("null eins zwei drei vier fünf sechs sieben acht neun", "cp437"),
        ("zéro un deux trois quatre cinq six sept huit neuf", "cp437"),
    ],
)
def test_names_in_a_zip_that_does_not_say_how_they_are_encoded(words: str, encoding: str) -> None:
    names = [f"{word}/{n}.png" for word in words.split() for n in range(2)]
    report = read(unflagged(names, encoding)).report
    expected = tuple("0123456789") if len(names) == 20 else ("größe", "länge")
    assert report.class_names == expected
    assert report.class_counts.tolist() == [2] * len(expected)
    assert not any("encoded" in problem for problem in report.problems)


def test_names_that_may_be_misread_are_said() -> None:
    report = read(unflagged([f"{word}/{n}.png" for word in ("кот", "пёс") for n in range(5)], "cp866")).report
    (said,) = (problem for problem in report.problems if "encoded" in problem)
    assert said.startswith("a.zip does not say how its names are encoded: folders such as “")


# --- what cannot be read ---


def office(member: str) -> bytes:
    return zip_bytes({"[Content_Types].xml": b"<x/>", member: b"<x/>"})


NAMED: dict[str, tuple[bytes, str]] = {
    "a pickle": (pickle.dumps({"x": IMAGES}), "is a pickle, which can run any program"),
    "an old pickle": (pickle.dumps([1, 2], protocol=0), "is a pickle"),
    "a packed pickle": (gzip.compress(pickle.dumps([IMAGES, LABELS])), "is a pickle"),
    "PyTorch": (zip_bytes({"data/data.pkl": pickle.dumps(1), "data/0": b"x"}), "is a file of PyTorch’s and a pickle"),
    "7z": (b"7z\xbc\xaf\x27\x1c" + bytes(40), "is a 7z archive: unpack it"),
    "RAR": (b"Rar!\x1a\x07\x01" + bytes(40), "is a RAR archive: unpack it"),
    "Excel": (office("xl/workbook.xml"), "is an Excel workbook: save its table as CSV"),
    "Word": (office("word/document.xml"), "is an Office document"),
    "old Excel": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "is an old Excel or Office file"),
    "Git LFS": (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "is a Git LFS pointer"),
    "a web page": (b"\n<!DOCTYPE html>\n<html><body>404, not found</body></html>", "is a web page, not the file"),
    "a packed web page": (gzip.compress(b"<html><head></head></html>"), "is a web page, not the file"),
    "an answer in JSON": (b'{"message": "Not found", "code": 404}', "is a JSON file"),
    "HDF5": (b"\x89HDF\r\n\x1a\n" + bytes(60), "is an HDF5 file"),
    "MATLAB 7.3": (b"MATLAB 7.3 MAT-file, Platform: GLNXA64" + bytes(600), "is a MATLAB 7.3 file (HDF5)"),
    "PDF": (b"%PDF-1.7\n" + bytes(60), "is a PDF: export its pages"),
    "SVG": (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "is an SVG drawing"),
    "SVG below many comments": (b"<!--a-->" * 40 + b"<!-- a - b -- c ->\n--->\n<svg/>", "is an SVG drawing"),
    "a web page below many comments": (b"<!--a-->\n" * 400 + b"<html>", "is a web page, not the file"),
    "comments alone": (b"<!--a-->" * 500, "is not of a kind that Digit Lab reads."),
    "PGM": (b"P5\n# by hand\n28 28\n255\n" + bytes(784), "is a PBM, PGM or PPM picture: save it as PNG"),
    "JPEG 2000": (b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(60), "is a JPEG 2000 picture: save it as PNG"),
    "an icon": (b"\0\0\x01\0\x01\0" + bytes(60), "is an icon (ICO): save it as PNG"),
    "bzip2": (bz2.compress(b"label,pixel0\n" * 9), "is packed with bzip2: unpack it first"),
    "LIBSVM": (b"5 153:3 154:18 155:18 156:18\n0 128:51 129:159 130:253\n", "is a sparse LIBSVM table"),
    "nothing": (b"", "is empty (0 bytes)"),
    "a program": (b"\x7fELF\x02\x01\x01" + bytes(60), "is not of a kind that Digit Lab reads. Import a table (CSV)"),
    "sparse ARFF": (
        b"@relation x\n" + b"".join(b"@attribute p%d real\n" % i for i in range(784)) + b"@data\n{3 5}\n",
        "is a sparse ARFF table",
    ),
    "labels alone": (b"label\n1\n2\n", "has no pixels"),
    "one picture": (PICTURE, "is one picture, not a dataset"),
}


@pytest.mark.parametrize("name", NAMED)
def test_what_cannot_be_read_is_called_what_it_is(name: str) -> None:
    content, words = NAMED[name]
    for suffix in ("csv", "npz"):
        with pytest.raises(DataError) as caught:
            read(content, f"mnist.{suffix}")
        assert str(caught.value).startswith(f"mnist.{suffix} {words}")
        assert "\n" not in str(caught.value)


def test_photographs_that_cannot_be_read_are_called_what_they_are() -> None:
    others = {"cat/1.heic": b"\0\0\0\x18ftypheic" + bytes(40), "dog/1.dng": b"II*\0" + bytes(40), "dog/x.png": b"x"}
    report = read(zip_bytes(picture_members(20) | others)).report
    said = dict(sentence.split(".", 1) for sentence in report.left_out)
    assert report.images == 20
    assert "The photo is damaged: reading it as HEIC failed" in said["cat/1"]
    assert "is a raw photograph" in said["1"]
    assert "not a picture" in said["dog/x"]


@pytest.mark.parametrize("name", ["a pickle", "7z", "HDF5", "PDF"])
def test_beside_pictures_it_is_left_out_and_named(name: str) -> None:
    content, words = NAMED[name]
    report = read(zip_bytes(picture_members(20) | {"more.bin": content, "cat/x.png": content})).report
    assert report.images == 20
    assert sorted(sentence.partition(" is ")[0] for sentence in report.left_out) == ["cat/x.png in a.zip", "more.bin"]
    assert all(words[:20] in sentence for sentence in report.left_out)


@pytest.mark.slow
def test_the_kind_is_told_by_the_content() -> None:
    table, idx = csv_text(IMAGES, LABELS).encode(), zip_bytes(raw())
    for name in ("a.csv", "a.zip", "a.png", "a"):
        assert sizes(read(table, name)) == (20, 0, 10)
        assert sizes(read(idx, name)) == (20, 12, 10)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("x.csv", table)
    assert sizes(read(gzip.compress(buffer.getvalue()), "a.csv.zip.gz")) == (20, 0, 10)
