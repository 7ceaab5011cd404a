"""IDX files, held to torchvision's own loader on the same files."""

import io
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.dataset import ImageDataset
from core.data.importing import idx_files
from core.data.importing.files import read_files
from core.data.importing.form import Form
from core.data.importing.named_file import NamedFile
from core.data.mnist import MNIST_DIRECTORY
from core.errors import DataError
from tests.core.data.importing.builders import csv_text, digits, idx_bytes

IMAGES, LABELS = digits(30)
TEST_IMAGES, TEST_LABELS = digits(12, seed=1)
QUARTET = {
    "train-images-idx3-ubyte": IMAGES,
    "train-labels-idx1-ubyte": LABELS,
    "t10k-images-idx3-ubyte": TEST_IMAGES,
    "t10k-labels-idx1-ubyte": TEST_LABELS,
}


def named(arrays: dict[str, np.ndarray], *, zipped: bool = False) -> list[NamedFile]:
    ending = ".gz" if zipped else ""
    return [NamedFile(name + ending, idx_bytes(array, zipped=zipped)) for name, array in arrays.items()]


@pytest.mark.slow
def test_the_published_files_give_the_published_images(mnist_train: ImageDataset, mnist_test: ImageDataset) -> None:
    preview = read_files([NamedFile(path.name, path) for path in MNIST_DIRECTORY.glob("*.gz")], title="MNIST again")
    published, report = preview.published, preview.report
    assert published.train.digest == mnist_train.digest
    assert published.test is not None
    assert published.test.digest == mnist_test.digest
    assert (report.images, report.test_images, report.overlap, report.inverted) == (60_000, 10_000, 0, False)
    assert report.class_counts.tolist() == np.bincount(mnist_train.labels).tolist()
    assert report.problems == ()
    assert preview.title == "MNIST again"


@pytest.mark.slow
@pytest.mark.parametrize("zipped", [False, True])
def test_four_files_as_torchvision_reads_them(torchvision: ModuleType, tmp_path: Path, zipped: bool) -> None:
    raw = tmp_path / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    for name, array in QUARTET.items():
        (raw / name).write_bytes(idx_bytes(array))
    published = read_files(named(QUARTET, zipped=zipped)).published
    for is_train, ours in ((True, published.train), (False, published.test)):
        theirs = torchvision.datasets.FashionMNIST(tmp_path, train=is_train)
        np.testing.assert_array_equal(ours.images, theirs.data.numpy())
        np.testing.assert_array_equal(ours.labels, theirs.targets.numpy())


@pytest.mark.parametrize("names", [("a-images", "a-labels"), ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")])
def test_a_pair_is_there_to_be_trained_on_whatever_it_is_called(names: tuple[str, str]) -> None:
    files = [NamedFile(names[1], io.BytesIO(idx_bytes(LABELS))), NamedFile(names[0], idx_bytes(IMAGES, zipped=True))]
    published = read_files(files).published
    np.testing.assert_array_equal(published.train.images, IMAGES)
    np.testing.assert_array_equal(published.train.labels, LABELS)
    assert published.test is None


@pytest.mark.slow
@settings(max_examples=15)
@given(st.integers(10, 40), st.integers(8, 40), st.integers(8, 40), st.integers(0, 1000), st.booleans())
def test_any_side_comes_out_as_28(count: int, height: int, width: int, seed: int, zipped: bool) -> None:
    generator = np.random.default_rng(seed)
    images = generator.integers(0, 90, (count, height, width), dtype=np.uint8)
    labels = generator.integers(0, 10, count)
    files = named({"x-images": images, "x-labels": labels}, zipped=zipped)
    preview = read_files(files, form=Form.AS_IS)
    train = preview.published.train
    assert train.images.shape == (count, 28, 28)
    np.testing.assert_array_equal(train.labels, labels)
    said = f"The images were {height}×{width} pixels and have been scaled to 28×28." in preview.report.problems
    assert said == ((height, width) != (28, 28))
    # Antialiased: the ink is the same on the whole, whatever the size (edges are repeated where it is not square).
    assert abs(float(train.images.mean()) - float(images.mean())) < 6


def test_emnists_files_are_known_by_name_and_put_right(torchvision: ModuleType, tmp_path: Path) -> None:
    """Held to torchvision, which leaves them lying on their side and counted from 1."""
    images, labels = digits(52, classes=26)
    arrays = {"train-images-idx3-ubyte": images, "train-labels-idx1-ubyte": labels + 1}
    arrays |= {"test-images-idx3-ubyte": images[:26], "test-labels-idx1-ubyte": labels[:26] + 1}
    arrays = {f"emnist-letters-{name}": array for name, array in arrays.items()}
    (tmp_path / "EMNIST" / "raw").mkdir(parents=True)
    for name, array in arrays.items():
        (tmp_path / "EMNIST" / "raw" / name).write_bytes(idx_bytes(array))
    preview = read_files(named(arrays))
    theirs = torchvision.datasets.EMNIST(tmp_path, "letters", train=True)
    np.testing.assert_array_equal(preview.published.train.images, theirs.data.numpy().transpose(0, 2, 1))
    ours = [preview.published.train.class_names[label] for label in preview.published.train.labels]
    assert ours == [theirs.classes[label].upper() for label in theirs.targets]
    assert any("on their side" in problem for problem in preview.report.problems)


FAULTS = {
    "images alone": ({"a": IMAGES}, "There is no IDX file with labels: images and labels belong together."),
    "labels alone": ({"a": LABELS}, "There is no IDX file with images: images and labels belong together."),
    "two images": (
        {"a": IMAGES, "b": IMAGES, "c": LABELS},
        "Both a and b hold images to train on: name what is for the test with “test” or “t10k”.",
    ),
    "a test set without labels": (
        {"a": IMAGES, "b": LABELS, "test-a": TEST_IMAGES},
        "There is no IDX file with labels to test on: images and labels belong together.",
    ),
    "another number of labels": (
        {"a": IMAGES, "b": LABELS[:-1]},
        "a holds 30 images, but b 29 labels.",
    ),
    "a label of 10": (
        {"a": IMAGES, "b": np.where(np.arange(30) == 4, 10, LABELS)},
        (
            "Image 5 of a has the label 10, while nearly all others are digits from 0 to 9: correct it, or give class "
            "names (on the command line --class-names A,B,…) in the order of the labels."
        ),
    ),
    "two dimensions": (
        {"a": IMAGES, "b": LABELS.reshape(5, 6)},
        "b has 2 dimensions; images have three and labels one.",
    ),
    "too large": (
        {"a": np.zeros((12, 100, 100), np.uint8), "b": LABELS[:12]},
        "The images are 100×100 pixels; sides from 8 to 64 can be scaled to 28×28.",
    ),
    "one and none": ({"a": IMAGES[:1], "b": LABELS[:0]}, "a holds 1 image, but b 0 labels."),
    "none": ({"a": IMAGES[:0], "b": LABELS[:0]}, "There are no images in it."),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_one_sentence(name: str) -> None:
    arrays, sentence = FAULTS[name]
    with pytest.raises(DataError) as caught:
        read_files(named(arrays))
    assert str(caught.value) == sentence


@pytest.mark.parametrize("zipped", [False, True])
def test_damaged_files_are_named(zipped: bool) -> None:
    good = NamedFile("labels", idx_bytes(LABELS))
    content = idx_bytes(IMAGES, zipped=zipped)
    for damaged in (content[:-5], content + b"x", content[: len(content) // 2]):
        with pytest.raises(DataError, match=r"^pictures "):
            read_files([NamedFile("pictures", damaged), good])


def test_what_is_too_large_takes_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idx_files, "MOST_BYTES", 1_000)
    labels = NamedFile("labels", idx_bytes(LABELS))
    for content in (idx_bytes(IMAGES), idx_bytes(np.zeros_like(IMAGES), zipped=True)):
        with pytest.raises(DataError, match=r"^pictures .*most|^pictures claims to hold"):
            read_files([NamedFile("pictures", content), labels])


@settings(max_examples=150)
@given(
    st.sampled_from(
        [b"", b"\0\0\x08\x03", b"\0\0\x08\x01\0\0\0\x0a", b"\x1f\x8b\x08", b"PK\x03\x04", b"label,pixel0\n"]
    ),
    st.binary(max_size=80),
)
def test_whatever_is_brought_there_is_a_sentence(head: bytes, rest: bytes) -> None:
    with pytest.raises(DataError) as caught:
        read_files([NamedFile("strange", head + rest)])
    assert "\n" not in str(caught.value)
    with pytest.raises(DataError):
        read_files([NamedFile("strange", head + rest), NamedFile("labels", idx_bytes(LABELS))])


def test_other_kinds_of_files() -> None:
    image_file = NamedFile("a", idx_bytes(IMAGES))
    for content in (b"\x89PNG\r\n\x1a\n\0\0", b"\x7fELF" + b"\0" * 60, b"%PDF-1.4", b"\x1f\x8bnonsense"):
        with pytest.raises(DataError, match=r"^strange "):
            read_files([NamedFile("strange", content)])
    with pytest.raises(DataError, match=r"^strange is empty \(0 bytes\)"):
        read_files([NamedFile("strange", b"")])
    with pytest.raises(DataError, match=r"^b\.csv and a are of different kinds"):
        read_files([image_file, NamedFile("b.csv", csv_text(IMAGES, LABELS).encode())])
    with pytest.raises(DataError, match="at least one"):
        read_files([])
    with pytest.raises(DataError, match="1,001 files are too many"):
        read_files([image_file] * 1_001)
    with pytest.raises(DataError, match=r"^gone\.csv cannot be read: No such file"):
        read_files([NamedFile("gone.csv", Path("/no/such/file.csv"))])
