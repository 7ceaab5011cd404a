"""``predict`` on many things at once: what can be read is answered, what cannot is named."""

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy.io import savemat

from core.__main__ import main
from core.data.dataset import ImageDataset
from core.data.framing import Framing
from core.data.importing import streams
from core.data.importing.named_file import NamedFile
from core.reading.sources import Found, Unreadable, found_in_picture, read_sources
from core.runs.archive import DEMO_DIRECTORY
from core.runs.model_tensors import read_model
from tests.core.commands.test_command_line import CallHere, Outcome
from tests.core.data.importing.builders import csv_text, idx_bytes, png, zip_bytes


@pytest.fixture(scope="module")
def expected(mnist_test: ImageDataset) -> list[int]:
    """What the demo run reads in the first test digits."""
    model = read_model(DEMO_DIRECTORY / "checkpoint.safetensors")
    predicted: list[int] = model.probabilities(mnist_test.images[:600]).argmax(1).tolist()
    return predicted


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> CallHere:
    """The command line in this process, in an empty folder."""
    monkeypatch.setenv("DIGITLAB_HOME", str(tmp_path.parent / f"{tmp_path.name}-home"))
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: Outcome(main([str(argument) for argument in arguments]), *capfd.readouterr())


def test_a_broken_picture_among_good_ones_is_named_and_the_others_are_read(
    call: CallHere, mnist_test: ImageDataset, expected: list[int]
) -> None:
    for index, name in enumerate(("a.png", "broken.jpg", "c.png")):
        Path(name).write_bytes(png(mnist_test.images[index])[: 40 if name == "broken.jpg" else None])
    done = call("predict", "a.png", "broken.jpg", "missing.png", "missing.csv", "c.png")
    assert done.code == 2
    assert [(line["path"], line["label"]) for line in done.lines] == [("a.png", expected[0]), ("c.png", expected[2])]
    assert [line.partition(" ")[0].strip(":") for line in done.errors.splitlines()] == [
        "broken.jpg",
        "missing.png",
        "missing.csv",
    ]


def test_a_folder_and_a_zip_are_read_in_natural_order(
    call: CallHere, mnist_test: ImageDataset, expected: list[int]
) -> None:
    members = {f"scan {index}.png": png(mnist_test.images[index]) for index in (10, 9, 2)}
    Path("mine").mkdir()
    Path("mine/notes.pdf").write_bytes(b"%PDF-1.7 no picture")
    for name, content in members.items():
        Path("mine", name).write_bytes(content)
    Path("more.zip").write_bytes(zip_bytes({f"in/{name}": content for name, content in members.items()}))
    done = call("predict", "mine/", "more.zip")
    paths = [f"{place}/scan {index}.png" for place in ("mine", "more.zip/in") for index in (2, 9, 10)]
    assert [line["path"] for line in done.lines] == paths
    assert [line["label"] for line in done.lines] == [expected[index] for index in (2, 9, 10)] * 2
    assert done.code == 2
    (sentence,) = done.errors.splitlines()
    assert sentence == "mine/notes.pdf is a PDF: export its pages as PNG or JPEG."


class CountedBytes(io.BytesIO):
    """Counts what is read of it."""

    count = 0

    def read(self, size: int | None = -1, /) -> bytes:
        content = super().read(size)
        self.count += len(content)
        return content


def _of_a_kind(image: np.ndarray, index: int) -> tuple[str, bytes]:
    """One image in a picture, an array, a table or an IDX file, in turn."""
    if index % 4 == 1:
        buffer = io.BytesIO()
        np.save(buffer, image[None])
        return "npy", buffer.getvalue()
    if index % 4 == 2:
        return "csv", csv_text(image[None], None).encode()
    if index % 4 == 3:
        return "idx", idx_bytes(image[None])
    return "png", png(image)


@pytest.mark.parametrize("mode", ["w:gz", "w:bz2", "w:xz"])
def test_a_packed_tar_is_unpacked_a_few_times_whatever_the_order_of_its_files(
    mode: str, mnist_test: ImageDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For its list, its kind, its contents and the files; none that is out of order starts again from the front."""
    monkeypatch.setattr(streams, "_PIECE", 2_000)
    monkeypatch.setattr(streams, "_KEPT", 30_000)
    packed = CountedBytes()
    order = np.random.default_rng(0).permutation(60)
    with tarfile.open(fileobj=packed, mode=mode) as archive:  # type: ignore[call-overload]
        for index in order:
            kind, content = _of_a_kind(mnist_test.images[index], index)
            info = tarfile.TarInfo(f"digits/{index}.{kind}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    packed.count = 0
    read = list(read_sources([NamedFile("digits.tar", packed)], Framing.MNIST))
    kinds = ("png", "npy", "csv", "idx")
    assert [found.path for found in read] == [f"digits.tar/digits/{index}.{kinds[index % 4]}" for index in range(60)]
    for index in (0, 17, 42, 59):
        found = read[index]
        assert isinstance(found, Found)
        image = mnist_test.images[index]
        expected = image if index % 4 else found_in_picture("x", png(image), Framing.MNIST).image
        np.testing.assert_array_equal(found.image, expected)
    assert packed.count < 4 * len(packed.getvalue()) + 20_000


def test_a_damaged_member_of_an_archive_takes_no_other_along(mnist_test: ImageDataset) -> None:
    members = {f"{index}.png": png(mnist_test.images[index]) for index in range(3)}
    content = zip_bytes(members, zipfile.ZIP_STORED)
    place = content.index(members["1.png"]) + 60
    content = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
    read = list(read_sources([NamedFile("a.zip", content)], Framing.MNIST))
    assert [type(one) for one in read] == [Found, Unreadable, Found]
    assert read[1].path == "a.zip/1.png"


def test_tables_in_a_zip_and_a_folder_without_anything(
    call: CallHere, mnist_test: ImageDataset, expected: list[int]
) -> None:
    inside = {"test.csv": csv_text(mnist_test.images[:3], None).encode(), "a.png": png(mnist_test.images[5])}
    Path("kaggle.zip").write_bytes(zip_bytes(inside))
    Path("empty").mkdir()
    done = call("predict", "kaggle.zip", "empty")
    assert [(line["path"], line.get("image")) for line in done.lines] == [
        ("kaggle.zip/a.png", None),
        *(("kaggle.zip/test.csv", row) for row in range(3)),
    ]
    assert [line["label"] for line in done.lines] == [expected[5], *expected[:3]]
    assert (done.code, done.errors) == (2, "There are no pictures and no tables in empty.\n")


def array_files(images: np.ndarray, labels: np.ndarray) -> dict[str, bytes]:
    """The same images in every kind of file that holds a row for each, most with labels beside them."""
    streams = {name: io.BytesIO() for name in ("m.npz", "x_test.npy", "y_test.npy", "m.mat", "m.parquet")}
    np.savez(streams["m.npz"], x_train=images[:4], y_train=labels[:4], x_test=images[4:])
    np.save(streams["x_test.npy"], images)
    np.save(streams["y_test.npy"], labels)
    savemat(streams["m.mat"], {"X": images, "y": labels})
    pictures = [{"bytes": png(image), "path": None} for image in images]
    table = pa.table({"image": [*pictures[:2], {"bytes": b"", "path": None}, *pictures[2:]]})
    pq.write_table(table, streams["m.parquet"])
    names = "".join(f"@attribute p{pixel} real\n" for pixel in range(784))
    rows = [",".join(map(str, [*image.ravel(), label])) for image, label in zip(images, labels, strict=True)]
    arff = f"@relation m\n{names}@attribute class {{0,1}}\n@data\n" + "\n".join(rows)
    idx = {f"x-{what}.gz": idx_bytes(a, zipped=True) for what, a in (("images", images), ("labels", labels))}
    return {name: stream.getvalue() for name, stream in streams.items()} | idx | {"m.arff": arff.encode()}


@pytest.mark.slow
def test_whatever_an_import_reads_is_read_and_labels_are_left_aside(
    call: CallHere, mnist_test: ImageDataset, expected: list[int]
) -> None:
    files = array_files(mnist_test.images[:6], mnist_test.labels[:6])
    beside = {"README.md": b"# mine, or not\n", "names.csv": b"file,label\na.png,7\n"}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in (files | beside).items():
            info = tarfile.TarInfo(f"in/{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    Path("all.tar.gz").write_bytes(buffer.getvalue())
    done = call("predict", "all.tar.gz")
    found: dict[str, list[tuple[int, int]]] = {}
    for line in done.lines:
        found.setdefault(line["path"].removeprefix("all.tar.gz/in/"), []).append((line["image"], line["label"]))
    whole = list(enumerate(expected[:6]))
    assert found.pop("m.npz:train") + found.pop("m.npz:test") == [*whole[:4], *enumerate(expected[4:6])]
    assert found.pop("m.parquet") == [(row + (row > 1), label) for row, label in whole]
    assert found == dict.fromkeys(("m.arff", "m.mat", "x-images.gz", "x_test.npy"), whole)
    assert (done.code, done.errors.startswith("all.tar.gz/in/m.parquet: Row 3: The file is empty")) == (2, True)
    for name in ("y_test.npy", "m.npz"):
        Path(name).write_bytes(files[name])
    assert call("predict", "y_test.npy").errors == "y_test.npy holds labels, not images.\n"
    assert "m.npz holds several sets" in call("predict", "m.npz", "--submission", "x.csv").refused()


def test_arrays_of_labels_of_one_image_and_dark_on_light(
    call: CallHere, mnist_test: ImageDataset, expected: list[int]
) -> None:
    np.save("one-hot.npy", np.eye(10)[mnist_test.labels[:6]])
    assert call("predict", "one-hot.npy").errors == "one-hot.npy holds labels, not images.\n"
    np.save("single.npy", mnist_test.images[3])
    Path("single.npy.gz").write_bytes(gzip.compress(Path("single.npy").read_bytes()))
    single = call("predict", "single.npy", "single.npy.gz")
    assert [(line["path"], line["label"]) for line in single.lines] == [
        ("single.npy", expected[3]),
        ("single.npy.gz", expected[3]),
    ]
    np.save("dark.npy", 255 - mnist_test.images[:6])
    dark = call("predict", "dark.npy", "--submission", "x.csv")
    assert (dark.code, [line["label"] for line in dark.lines]) == (0, expected[:6])
    said = "dark.npy is dark on light: its images have been inverted.", "x.csv has 6 answers."
    assert tuple(dark.errors.splitlines()) == said


def test_every_row_has_the_most_probable_label_and_a_verdict_beside_it(
    call: CallHere, mnist_test: ImageDataset, expected: list[int]
) -> None:
    images = mnist_test.images[:600].copy()
    images[4] = 0
    Path("test.csv").write_text(csv_text(images, None))
    done = call("predict", "test.csv")
    assert done.code == 0
    assert [line["image"] for line in done.lines] == list(range(600))
    labels = [line["label"] for line in done.lines]
    assert labels == [None if index == 4 else label for index, label in enumerate(expected)]
    assert done.lines[4]["verdict"] == "no_ink"
    unsure = [line for line in done.lines if line["verdict"] == "unsure"]
    assert unsure
    assert all(line["label"] == int(np.argmax(line["probabilities"])) for line in unsure)


def test_a_submission_answers_every_row_in_kaggles_form(
    call: CallHere, mnist_test: ImageDataset, expected: list[int]
) -> None:
    images = mnist_test.images[:600].copy()
    images[4] = 0
    Path("test.csv").write_text(csv_text(images, None))
    done = call("predict", "test.csv", "--submission", "submission.csv")
    assert (done.code, len(done.lines)) == (0, 600)
    assert done.errors == "submission.csv has 600 answers.\n"
    frame = pd.read_csv("submission.csv")
    assert frame["ImageId"].tolist() == list(range(1, 601))
    assert frame["Label"].isin(range(10)).all()
    kept = np.arange(600) != 4
    np.testing.assert_array_equal(frame["Label"][kept], np.array(expected)[kept])


def test_a_submission_is_there_whole_or_not_at_all(call: CallHere, mnist_test: ImageDataset) -> None:
    text = csv_text(mnist_test.images[:5], None)
    Path("good.csv").write_text(text)
    Path("bad.csv").write_text(text + "1,2,3\n")
    Path("a.png").write_bytes(png(mnist_test.images[0]))
    Path("kept.csv").write_text("mine")
    assert call("predict", "bad.csv", "--submission", "kept.csv").refused().startswith("Row 7 of bad.csv has 3 values")
    assert Path("kept.csv").read_text() == "mine"
    assert call("predict", "good.csv", "--submission", "no/x.csv").refused() == (
        "no/x.csv cannot be written: No such file or directory."
    )
    one = "A submission needs exactly one table of images: give one CSV file."
    assert call("predict", "good.csv", "good.csv", "--submission", "x.csv").refused() == one
    assert call("predict", "a.png", "--submission", "x.csv").refused() == one
    assert sorted(path.name for path in Path().iterdir()) == ["a.png", "bad.csv", "good.csv", "kept.csv"]


# --- testing on one's own pictures ---


@pytest.mark.slow
def test_a_few_pictures_of_ones_own_are_tested_whole(
    call: CallHere, mnist_test: ImageDataset, expected: list[int]
) -> None:
    words = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    chosen = [index for index in range(60) if expected[index] == mnist_test.labels[index] >= 2][:12]
    pictures = {f"{words[mnist_test.labels[index]]}/{index}.png": png(mnist_test.images[index]) for index in chosen}
    for name, count in (("few.zip", 6), ("enough.zip", 12)):
        Path(name).write_bytes(zip_bytes(dict(list(pictures.items())[:count])))
    (few,) = call("import", "few.zip").lines
    assert (few["images"], few["test_images"], few["for"]) == (0, 6, "testing")
    assert few["problems"][-1] == (
        "There are 6 images; at least 10 are needed to train on. They are kept for testing only."
    )
    refused = call("train", "--dataset", few["dataset"])
    assert refused.refused() == ("few is for testing only: train on another dataset, or import it again for training.")
    (kept,) = call("import", "enough.zip", "--for", "training", "--title", "Kept").lines
    (whole,) = call("import", "enough.zip", "--for", "testing", "--title", "Whole").lines
    assert (kept["for"], kept["images"], whole["for"], whole["test_images"]) == ("training", 12, "testing", 12)
    for entry, count in ((few, 6), (kept, 12), (whole, 12)):
        done = call("evaluate", "--dataset", entry["dataset"])
        (line,) = done.lines
        assert (line["part"], line["images"], line["test_accuracy"]) == ("whole", count, 1)
        assert sum(row["support"] for row in line["per_class"]) == count
        assert [row["f1"] for row in line["per_class"][:2]] == [None, None]
        assert done.errors == f"Tested on all {count} images of {entry['dataset']}.\n"
    assert [line["for"] for line in call("datasets").lines[-3:]].count("testing") == 2
    assert call("import", "few.zip", "--for", "training").refused() == (
        "There are 6 images; at least 10 are needed to train on. Keep them for testing only."
    )
