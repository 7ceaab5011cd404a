"""Folders and zips of pictures, held to torchvision's ImageFolder; archives that mean harm are refused by name."""

import io
import os
import stat
import struct
import tracemalloc
import zipfile
import zlib
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.importing import archives
from core.data.importing.files import read_files
from core.data.importing.named_file import NamedFile
from core.data.importing.picture_folders import natural_order
from core.data.importing.report import ImportPreview
from core.errors import DataError
from tests.core.data.importing.builders import csv_text, digits, idx_bytes, picture_members, png, zip_bytes


def read_zip(content: bytes) -> ImportPreview:
    return read_files([NamedFile("pictures.zip", content)])


def left_out(content: bytes) -> str:
    """The sentence about the one file that could not be read, while the rest was."""
    report = read_zip(content).report
    assert report.images >= 19
    (sentence,) = report.left_out
    return sentence


def refused(content: bytes) -> str:
    with pytest.raises(DataError) as caught:
        read_zip(content)
    return str(caught.value)


def unpack(members: dict[str, bytes], folder: Path) -> Path:
    for name, content in members.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def test_a_folder_as_torchvision_reads_it(torchvision: ModuleType, tmp_path: Path) -> None:
    folder = unpack(picture_members(24, ("cat", "dog", "eel")), tmp_path / "animals")
    preview = read_files([NamedFile("animals", folder)])
    ours, theirs = preview.published.train, torchvision.datasets.ImageFolder(str(folder))
    assert list(ours.class_names) == theirs.classes
    assert ours.labels.tolist() == theirs.targets
    for image, (picture, _) in zip(ours.images, theirs, strict=True):
        np.testing.assert_array_equal(image, np.asarray(picture.convert("L")))
    assert preview.report.class_counts.tolist() == [8, 8, 8]
    assert preview.title == "animals"


@pytest.mark.parametrize("prefix", ["", "animals/", "some/where/"])
def test_a_zip_gives_what_the_folder_gives(tmp_path: Path, prefix: str) -> None:
    members = picture_members(20)
    folder = read_files([NamedFile("animals", unpack(members, tmp_path / "animals"))])
    zipped = read_zip(zip_bytes({prefix + name: content for name, content in sorted(members.items())}))
    assert zipped.published.digest == folder.published.digest
    assert zipped.title == "pictures"


def test_training_and_test_in_folders_of_their_own() -> None:
    members = picture_members(20, prefix="set/train/") | picture_members(12, prefix="set/Test/")
    preview = read_zip(zip_bytes(members))
    assert (preview.report.images, preview.report.test_images, preview.report.overlap) == (20, 12, 12)
    assert "12 images of the test set are in the training set as well." in preview.report.problems
    foxes = picture_members(12, ("cat", "fox"), prefix="set/test/")
    strange = read_zip(zip_bytes(picture_members(20, prefix="set/train/") | foxes))
    assert strange.report.class_names == ("cat", "dog", "fox")
    assert "There is no image of “fox”: the network cannot learn what it never sees." in strange.report.problems
    others = read_zip(zip_bytes(picture_members(20, prefix="train/") | picture_members(12, ("images",), "test/")))
    assert others.report.test_images == 0
    assert "12 pictures in test/images … were left out: no label is known." in others.report.problems
    only_test = read_zip(zip_bytes(picture_members(20, prefix="test/"))).report
    assert (only_test.images, only_test.test_images, only_test.class_names) == (0, 20, ("cat", "dog"))
    digits_of = ("1", "2"), ("1", "unknown")
    members = picture_members(20, digits_of[0], "train/") | picture_members(12, digits_of[1], "test/")
    assert refused(zip_bytes(members)) == "The class “unknown” in pictures.zip is only in the test set."


@given(st.sets(st.integers(0, 10**6), min_size=1, max_size=20))
def test_numbers_in_names_are_counted_not_spelt(numbers: set[int]) -> None:
    names = natural_order({f"class {number}" for number in numbers})
    assert names == tuple(f"class {number}" for number in sorted(numbers))


def test_dark_ink_on_paper_is_turned_round_and_said() -> None:
    members = picture_members(20)
    inverted = {name: png(255 - np.asarray(zip_image(content))) for name, content in members.items()}
    preview = read_zip(zip_bytes(inverted))
    assert preview.report.inverted
    assert "The images were dark ink on light paper and have been inverted." in preview.report.problems
    assert preview.published.digest == read_zip(zip_bytes(members)).published.digest
    mixed = {
        name: inverted[name] if index % 3 == 0 else content for index, (name, content) in enumerate(members.items())
    }
    report = read_zip(zip_bytes(mixed)).report
    assert not report.inverted
    (problem,) = report.problems
    assert problem.startswith("35% of the images have a light background: they were left as they are.")


def zip_image(content: bytes) -> "np.ndarray":
    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(content)))


def test_pictures_of_other_sizes_are_scaled_with_their_aspect() -> None:
    tall = np.zeros((56, 28), np.uint8)
    tall[20:36, 10:18] = 200
    members = picture_members(20) | {"cat/tall.png": png(tall), "cat/wide.png": png(tall.T.copy())}
    preview = read_zip(zip_bytes(members))
    assert "2 pictures to train on had another size and have been scaled to 28×28." in preview.report.problems
    images = preview.published.train.images
    rows, columns = np.nonzero(images[20] > 100)
    assert (np.ptp(rows) + 1, np.ptp(columns) + 1) == (8, 4)
    assert (rows.min(), columns.min()) == (10, 12)


def test_one_picture_of_another_size() -> None:
    preview = read_zip(zip_bytes(picture_members(20) | {"cat/tall.png": png(np.zeros((56, 28), np.uint8))}))
    assert "1 picture to train on had another size and has been scaled to 28×28." in preview.report.problems


def test_files_that_are_no_pictures_are_left_out_and_litter_is_not_mentioned() -> None:
    members = picture_members(20) | {"cat/notes.txt": b"meow", "__MACOSX/cat/._1.png": b"x", "cat/.DS_Store": b"x"}
    preview = read_zip(zip_bytes(members))
    assert (preview.report.images, preview.report.problems) == (20, ("1 file that is not a picture was left out.",))
    both = read_zip(zip_bytes(members | {"dog/notes.txt": b"woof"})).report
    assert both.problems == ("2 files that are not pictures were left out.",)


def test_zips_of_other_files_are_read_as_those() -> None:
    images, labels = digits(20)
    kaggle = {"train.csv": csv_text(images, labels).encode(), "sample_submission.csv": b"ImageId,Label\n1,0\n"}
    np.testing.assert_array_equal(read_zip(zip_bytes(kaggle)).published.train.images, images)
    mnist = {"raw/train-images-idx3-ubyte": idx_bytes(images), "raw/train-labels.idx1-ubyte": idx_bytes(labels)}
    np.testing.assert_array_equal(read_zip(zip_bytes(mnist)).published.train.images, images)


# --- archives that mean harm ---


@pytest.mark.parametrize(
    "name", ["../x.png", "cat/../../x.png", "/etc/x.png", "..\\x.png", "C:\\x.png", "C:/x.png", "\\\\host\\x.png"]
)
def test_paths_that_lead_out_are_refused(name: str) -> None:
    sentence = refused(zip_bytes(picture_members(20) | {name: png(np.zeros((28, 28), np.uint8))}))
    assert sentence == f"The path “{name}” in pictures.zip leads out of the archive: such a file is not read."


def test_links_are_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO(zip_bytes(picture_members(20)))
    with zipfile.ZipFile(buffer, "a") as archive:
        link = zipfile.ZipInfo("cat/link.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    assert refused(buffer.getvalue()) == (
        "cat/link.png in pictures.zip is a link to another file: links are not followed."
    )
    folder = unpack(picture_members(20), tmp_path / "animals")
    (folder / "cat" / "link.png").symlink_to("/etc/passwd")
    with pytest.raises(DataError, match=r"^link\.png in animals is a link to another file"):
        read_files([NamedFile("animals", folder)])


def test_encrypted_members_are_refused() -> None:
    content = bytearray(zip_bytes(picture_members(20)))
    place = content.rindex(b"PK\x01\x02")
    content[place + 8] |= 1
    assert refused(bytes(content)).endswith("is encrypted: pack it again without a password.")


def test_a_bomb_by_what_it_claims() -> None:
    bomb = zip_bytes(picture_members(20) | {f"cat/{index}.png": bytes(31_000_000) for index in range(100, 101)})
    assert left_out(bomb) == "cat/100.png in pictures.zip has 31,000,000 bytes; at most 30,000,000 are read."


def test_a_bomb_by_all_its_members_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_UNPACKED_BYTES", 3_000_000)
    bomb = zip_bytes(picture_members(20) | {f"cat/{index}.png": bytes(1_000_000) for index in range(100, 104)})
    assert refused(bomb) == "pictures.zip unpacks to 4 MB; at most 3 MB are read."


def test_a_bomb_that_claims_to_be_small_takes_no_memory() -> None:
    """Sizes and checksum in both headers are those of what it pretends to be."""
    content = bytearray(zip_bytes({"cat/1.png": bytes(50_000_000), "dog/1.png": b"x"}))
    for signature, place in ((b"PK\x03\x04", 14), (b"PK\x01\x02", 16)):
        start = content.index(signature) + place
        content[start : start + 4] = struct.pack("<I", zlib.crc32(bytes(1_000)))
        content[start + 8 : start + 12] = struct.pack("<I", 1_000)
    tracemalloc.start()
    try:
        assert refused(bytes(content)).startswith("cat/1.png in pictures.zip")
        assert tracemalloc.get_traced_memory()[1] < 75_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.slow
def test_a_bomb_of_pixels_in_a_small_file() -> None:
    members = picture_members(20) | {"cat/huge.png": png(np.zeros((9_000, 9_000), np.uint8))}
    assert left_out(zip_bytes(members)).startswith("cat/huge.png in pictures.zip: The picture is 9,000 × 9,000 pixels")


def test_too_many_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(archives, "MOST_MEMBERS", 15)
    assert refused(zip_bytes(picture_members(20))) == "pictures.zip holds 20 files; at most 15 are read."
    with pytest.raises(DataError, match="holds more than 15 files"):
        read_files([NamedFile("animals", unpack(picture_members(20), tmp_path))])


def test_a_list_of_contents_that_would_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    content, read_first = zip_bytes(picture_members(20)), list[int]()
    monkeypatch.setattr(archives, "_LONGEST_READ", 1_000)
    monkeypatch.setattr(zipfile, "ZipInfo", lambda *_: read_first.append(1))
    assert refused(content).startswith("pictures.zip lists far more than")
    assert not read_first


# --- faults ---


def test_an_empty_class_is_named(tmp_path: Path) -> None:
    sentence = "The class “eel” in {} is empty: put pictures into its folder or remove it."
    buffer = io.BytesIO(zip_bytes(picture_members(20)))
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("eel/", b"")
    assert refused(buffer.getvalue()) == sentence.format("pictures.zip")
    folder = unpack(picture_members(20), tmp_path / "animals")
    (folder / "eel").mkdir()
    with pytest.raises(DataError) as caught:
        read_files([NamedFile("animals", folder)])
    assert str(caught.value) == sentence.format("animals")


@pytest.mark.parametrize(
    ("prefix", "others"),
    [
        ("", {"eel/1.psd": b"x", "eel/2.psd": b"x"}),
        ("animals/", {"animals/eel/more/1.psd": b"x", "readme.txt": b"x"}),
        ("set/train/", {"set/train/eel/1.txt": b"x"}),
    ],
)
def test_a_class_whose_files_are_no_pictures_is_named(prefix: str, others: dict[str, bytes]) -> None:
    assert refused(zip_bytes(picture_members(20, prefix=prefix) | others)) == (
        "The class “eel” in pictures.zip has files, but none of them is a picture "
        "(JPEG, PNG, HEIC and others): convert them or remove the folder."
    )


def test_pictures_in_the_wrong_place_or_damaged() -> None:
    good = picture_members(20)
    image = png(np.zeros((28, 28), np.uint8))
    place = "is not in the folder of a class beside the other classes: left out."
    assert left_out(zip_bytes(good | {"x.png": image})) == f"x.png in pictures.zip {place}"
    assert left_out(zip_bytes(good | {"more/eel/x.png": image})) == f"more/eel/x.png in pictures.zip {place}"
    assert left_out(zip_bytes(good | {"cat/x.png": b"no picture"})).startswith("cat/x.png in pictures.zip: This is not")
    assert left_out(zip_bytes(good | {"cat/x.png": image[:50]})).startswith("cat/x.png in pictures.zip: ")
    misplaced = {f"more/eel/{index}.png": image for index in range(6)}
    assert refused(zip_bytes(good | misplaced)).endswith("and 5 more: put each picture into the folder of its class.")
    assert refused(
        zip_bytes({f"cat/{index}.png": b"no picture" for index in range(20)} | {"dog/1.png": b""})
    ).startswith("cat/0.png in pictures.zip: ")
    assert refused(zip_bytes({"readme.txt": b"x"})).startswith("There is nothing in pictures.zip that")
    assert refused(zip_bytes(picture_members(20, ("cat",)))) == "It holds only one class; there must be 2 to 100."


CSV_MEMBER = {"train.csv": csv_text(*digits(20)).encode()}


def damaged(members: dict[str, bytes], compression: int, changes: dict[int, bytes]) -> bytes:
    """A zip with other bytes at places of its first member's data."""
    content = bytearray(zip_bytes(members, compression))
    start = 30 + len(next(iter(members)))
    for place, noise in changes.items():
        content[start + place : start + place + len(noise)] = noise
    return bytes(content)


@pytest.mark.parametrize("changes", [{4: b"\xff"}, {2: b"\0\0"}, {20: b"\xff" * 8}])
def test_damaged_lzma_members_get_a_sentence(changes: dict[int, bytes]) -> None:
    assert refused(damaged(CSV_MEMBER, zipfile.ZIP_LZMA, changes)).startswith("train.csv")
    assert left_out(damaged(picture_members(20), zipfile.ZIP_LZMA, changes)) == (
        "cat/0.png in pictures.zip is damaged or packed in a way that is not read."
    )


def test_members_that_cannot_be_opened_get_a_sentence() -> None:
    sentence = "{} in pictures.zip is damaged or packed in a way that is not read."
    for members, name in ((CSV_MEMBER, "train.csv"), (picture_members(20), "cat/0.png")):
        said = refused if members is CSV_MEMBER else left_out
        # Without its first bytes the member begins before the file does.
        assert said(b"PK\x03\x04" + zip_bytes(members)[9:]) == sentence.format(name)
        unknown = bytearray(zip_bytes(members))
        place = unknown.index(b"PK\x01\x02") + 10
        unknown[place : place + 2] = b"\x63\0"
        assert said(bytes(unknown)) == sentence.format(name)


def test_a_name_that_is_no_utf_8_gets_a_sentence_that_can_be_shown(tmp_path: Path) -> None:
    folder = unpack(picture_members(20), tmp_path / "animals")
    (folder / "cat" / os.fsdecode(b"\xff.png")).write_bytes(b"x")
    with pytest.raises(DataError) as caught:
        read_files([NamedFile("animals", folder)])
    assert str(caught.value) == "The name “cat/?.png” in animals is not UTF-8: rename it."


@pytest.mark.slow
@settings(max_examples=60)
@given(st.integers(0, 10**9), st.binary(min_size=1, max_size=20))
def test_a_damaged_zip_is_read_right_or_refused(place: int, noise: bytes) -> None:
    content = bytearray(zip_bytes(picture_members(12)))
    place %= len(content)
    content[place : place + len(noise)] = noise
    try:
        preview = read_zip(bytes(content))
    except DataError:
        return
    assert 10 <= preview.report.images <= 12


WORDS = ("zero", "one", "two")


@pytest.mark.parametrize(
    ("trained", "tested"),
    [(("0", "1", "2"), WORDS), (WORDS, ("0", "1", "2")), (("0", "1", "2"), ("digit_0", "digit_1", "digit_2"))],
)
@pytest.mark.parametrize("part", ["test", "val"])
def test_digits_of_every_part_may_be_written_in_their_own_way(
    trained: tuple[str, ...], tested: tuple[str, ...], part: str
) -> None:
    members = picture_members(30, trained, "train/") | picture_members(12, tested, f"{part}/")
    preview = read_zip(zip_bytes(members))
    test = preview.published.test
    assert test is not None
    assert preview.report.class_names == tuple("0123456789")
    assert preview.report.overlap == 12
    labels = {image.tobytes(): label for image, label in zip(*digits(30, classes=3), strict=True)}
    for one in (preview.published.train, test):
        assert [labels[image.tobytes()] for image in one.images] == one.labels.tolist()
    words = dict(zip(trained + tested, "012012", strict=True))
    for names, purpose in ((trained, "to train on"), (tested, "to test on" if part == "test" else "for validation")):
        given = sorted(names)
        said = f"The classes {', '.join(given)} {purpose} are called {', '.join(words[name] for name in given)}."
        assert (said in preview.report.problems) == (given != ["0", "1", "2"])
