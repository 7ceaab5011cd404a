"""Files of NumPy, MATLAB and Parquet, written by those libraries themselves."""

import gzip
import io
import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy.io import savemat

from core.data.dataset import ImageDataset
from core.data.importing import named_arrays
from core.data.importing.canvas_rows import grey_of_canvas
from core.data.importing.files import read_files
from core.data.importing.form import Form
from core.data.importing.images import images_of
from core.data.importing.named_file import NamedFile
from core.data.importing.report import ImportPreview
from core.data.importing.shapes import as_images, as_labels
from core.errors import DataError
from tests.core.data.importing.builders import csv_text, digits, png, zip_bytes

IMAGES, LABELS = digits(20)
TEST_IMAGES, TEST_LABELS = digits(10, seed=1)
ONE_HOT = np.eye(10)[LABELS]


def read(**files: bytes) -> ImportPreview:
    return read_files([NamedFile(name.replace("__", "."), content) for name, content in files.items()])


def npz(**content: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **content)  # type: ignore[arg-type]
    return buffer.getvalue()


def npy(array: np.ndarray, **options: bool) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, **options)  # type: ignore[call-overload]
    return buffer.getvalue()


def npy_of_shape(shape: str) -> bytes:
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}}}\n".encode()
    return b"\x93NUMPY\x01\0" + struct.pack("<H", len(header)) + header + bytes(784)


def mat(**content: object) -> bytes:
    buffer = io.BytesIO()
    savemat(buffer, content, do_compression=True)
    return buffer.getvalue()


def parquet(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()


def pictures_table(names: list[str] | None = None) -> pa.Table:
    pictures = [{"bytes": png(image), "path": None} for image in IMAGES]
    table = pa.table({"image": pictures, "label": LABELS})
    if names is None:
        return table
    features = {"info": {"features": {"label": {"names": names, "_type": "ClassLabel"}}}}
    return table.replace_schema_metadata({"huggingface": json.dumps(features)})


FLAT = {f"pixel{place}": column for place, column in enumerate(IMAGES.reshape(20, -1).T)}
MAKES: dict[str, Callable[[], dict[str, bytes]]] = {
    "Keras's npz": lambda: {"m__npz": npz(x_train=IMAGES, y_train=LABELS, x_test=TEST_IMAGES, y_test=TEST_LABELS)},
    "medical npz": lambda: {"m__npz": npz(train_images=IMAGES, train_labels=LABELS[:, None])},
    "images and labels": lambda: {"m__npz": npz(images=IMAGES, labels=LABELS)},
    "two files of arr_0": lambda: {"k-train-imgs__npz": npz(a=IMAGES), "k-train-labels__npz": npz(a=LABELS)},
    "X.npy and y.npy": lambda: {"X__npy": npy(IMAGES.reshape(20, -1)), "y__npy": npy(LABELS.astype(float))},
    "one-hot labels, 0 to 1": lambda: {"m__npz": npz(X=IMAGES[..., None] / 255, Y=ONE_HOT)},
    "the other order of bytes": lambda: {"m__npz": npz(X=IMAGES.astype(">i4"), y=LABELS.astype(">f8"))},
    "columns first": lambda: {"m__npz": npz(X=np.asfortranarray(IMAGES), y=LABELS)},
    "colour, channels first": lambda: {"m__npz": npz(X=np.repeat(IMAGES[:, None], 3, axis=1), y=LABELS)},
    "16 bits": lambda: {"m__npz": npz(X=IMAGES.astype(np.uint16) * 257, y=LABELS)},
    "12 bits in 16": lambda: {"m__npz": npz(X=np.rint(IMAGES * (4095 / 255)).astype(np.uint16), y=LABELS)},
    "16 bits as floats": lambda: {"m__npz": npz(X=IMAGES * 257.0, y=LABELS)},
    "half below zero": lambda: {"m__npz": npz(X=IMAGES / 255 - 0.5, y=LABELS)},
    "axes of length 1": lambda: {"m__npz": npz(X=IMAGES.reshape(20, 1, 784), y=LABELS)},
    "black ink on nothing": lambda: {
        "m__npz": npz(X=np.stack([*3 * [np.zeros_like(IMAGES)], IMAGES], axis=-1), y=LABELS)
    },
    "a file for each class": lambda: {
        f"{word}__npy": npy(IMAGES[label == LABELS])
        for label, word in enumerate(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"])
    },
    "packed once more": lambda: {"m__npz__gz": gzip.compress(npz(X=IMAGES, y=LABELS))},
    "MATLAB, columns": lambda: {"m__mat": mat(data=IMAGES.reshape(20, -1).T, label=LABELS[None])},
    "MATLAB, a structure": lambda: {"m__mat": mat(dataset={"images": IMAGES.reshape(20, -1), "labels": LABELS})},
    "MATLAB, from 1 to 10": lambda: {"m__mat": mat(X=IMAGES, y=np.where(LABELS == 0, 10, LABELS)[:, None])},
    "MATLAB, images last": lambda: {"m__mat": mat(X=IMAGES.transpose(1, 2, 0), y=LABELS)},
    "MATLAB, an array for each class": lambda: {
        "m__mat": mat(**{f"train{label}": IMAGES[label == LABELS].reshape(-1, 784) for label in range(10)})
    },
    "Parquet by Hugging Face": lambda: {"train-00000-of-00001__parquet": parquet(pictures_table())},
    "Parquet in two pieces": lambda: {
        f"train-0000{part}-of-00002__parquet": parquet(pictures_table().slice(10 * part, 10)) for part in (0, 1)
    },
    "Parquet, a column for each pixel": lambda: {
        "m__parquet": parquet(pa.table(FLAT | {"class": list(map(str, LABELS))}))
    },
    "Parquet, lists": lambda: {"m__parquet": parquet(pa.table({"image": IMAGES.tolist(), "label": LABELS}))},
}


@pytest.mark.slow
@pytest.mark.parametrize("make", MAKES)
def test_arrays_of_any_make_give_the_same_images(make: str) -> None:
    train = read(**MAKES[make]()).published.train
    pairs = sorted(
        (image.tobytes(), train.class_names[label]) for image, label in zip(train.images, train.labels, strict=True)
    )
    assert pairs == sorted((image.tobytes(), str(label)) for image, label in zip(IMAGES, LABELS, strict=True))


def test_a_test_set_is_kept_apart_and_validation_added() -> None:
    content = npz(
        x_train=IMAGES, y_train=LABELS, x_val=TEST_IMAGES, y_val=TEST_LABELS, x_test=IMAGES[:5], y_test=LABELS[:5]
    )
    report = read(m__npz=content).report
    assert (report.images, report.test_images) == (30, 5)
    assert any("validation were added" in problem for problem in report.problems)


def test_as_many_images_as_they_have_rows_are_not_mixed_up() -> None:
    images, labels = digits(28)
    np.testing.assert_array_equal(read(m__npz=npz(x=images, y=labels)).published.train.images, images)


def test_class_names_of_hugging_face_and_a_damaged_picture() -> None:
    table = pictures_table([f"kind {label}" for label in range(10)])
    pictures = table.column("image").to_pylist()
    pictures[3]["bytes"] = b"damaged"
    report = read(m__parquet=parquet(table.set_column(0, "image", [pictures]))).report
    assert (report.images, report.class_names[:2]) == (19, ("kind 0", "kind 1"))
    assert report.left_out[0].startswith("m.parquet: Row 4: ")


@pytest.mark.parametrize("order", [(0, 2, 1, 3), (0, 1, 2, 3)])
def test_arrays_that_have_numbers_for_names_belong_together_by_their_order(order: tuple[int, ...]) -> None:
    content = [IMAGES, TEST_IMAGES, LABELS, TEST_LABELS]
    preview = read(m__npz=npz(**{f"arr_{place}": content[one] for place, one in enumerate(order)}))
    assert preview.published.test is not None
    for part, images, labels in [
        (preview.published.train, IMAGES, LABELS),
        (preview.published.test, TEST_IMAGES, TEST_LABELS),
    ]:
        np.testing.assert_array_equal(part.images, images)
        np.testing.assert_array_equal(part.labels, labels)
    assert any("have no names" in problem for problem in preview.report.problems)


def test_numbered_images_with_labels_beside_them_are_not_classes() -> None:
    with pytest.raises(DataError, match="Several arrays may hold images"):
        read(m__npz=npz(x1=IMAGES, y1=LABELS, x2=IMAGES, y2=LABELS))


TURNED: dict[str, tuple[Callable[[np.ndarray], np.ndarray], str]] = {
    "rows and columns exchanged": (lambda images: images.transpose(0, 2, 1), "rows and columns exchanged"),
    "turned left": (lambda images: np.rot90(images, 1, (1, 2)), "lay on their side"),
    "turned right": (lambda images: np.rot90(images, 3, (1, 2)), "lay on their side"),
    "upside down": (lambda images: images[:, ::-1, ::-1], "upside down"),
    "left and right exchanged": (lambda images: images[:, :, ::-1], "left and right"),
    "top and bottom exchanged": (lambda images: images[:, ::-1], "top and bottom"),
    "the other diagonal": (lambda images: images[:, ::-1, ::-1].transpose(0, 2, 1), "side, mirrored"),
}


@pytest.mark.parametrize("way", TURNED)
def test_digits_that_do_not_stand_upright_are_put_so_and_said(way: str, mnist_test: ImageDataset) -> None:
    few = mnist_test.subset(np.arange(60))
    turn, words = TURNED[way]
    preview = read(m__npz=npz(X=turn(few.images), y=few.labels))
    np.testing.assert_array_equal(preview.published.train.images, few.images)
    assert sum(words in problem for problem in preview.report.problems) == 1
    folder = {f"{label}/{place}.png": png(turn(few.images)[place]) for place, label in enumerate(few.labels)}
    pictures = read_files([NamedFile("pictures.zip", zip_bytes(folder))])
    assert {image.tobytes() for image in pictures.published.train.images} == {i.tobytes() for i in few.images}
    assert sum(words in problem for problem in pictures.report.problems) == 1


def test_matlabs_digits_of_20_pixels_are_read_by_columns(mnist_test: ImageDataset) -> None:
    """As a well-known course hands them out: 20×20, from 0 to 1, column by column, 10 for 0."""
    few = mnist_test.subset(np.arange(60))
    pixels = few.images[:, 4:24, 4:24].transpose(0, 2, 1).reshape(60, -1) / 255
    preview = read(m__mat=mat(X=pixels, y=np.where(few.labels == 0, 10, few.labels)[:, None]))
    train = preview.published.train
    np.testing.assert_array_equal(train.labels, few.labels)
    likeness = [np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in zip(train.images, few.images, strict=True)]
    assert np.mean(likeness) > 0.8


def test_upright_digits_and_what_are_no_digits_stay(mnist_test: ImageDataset) -> None:
    few = mnist_test.subset(np.arange(20))
    shapes = np.kron(np.random.default_rng(0).integers(0, 256, (200, 7, 7)), np.ones((4, 4))).astype(np.uint8)
    for images, labels in [(few.images, few.labels), (IMAGES, LABELS), (shapes, np.arange(200) % 10)]:
        preview = read(m__npz=npz(X=images, y=labels))
        np.testing.assert_array_equal(preview.published.first_images.images, images)
        assert not any("turned" in problem or "mirrored" in problem for problem in preview.report.problems)


FAULTS: dict[str, tuple[dict[str, bytes], str]] = {
    "pickles": ({"m__npz": npz(x=np.array([{}], object))}, "m.npz:x holds Python objects as pickles"),
    "no images": (
        {"m__npz": npz(a=np.zeros(3), b=np.zeros((2, 5)))},
        "There are no arrays of images in m.npz (m.npz:a",
    ),
    "no labels": ({"m__npz": npz(x=IMAGES)}, "m.npz:x has no labels"),
    "another number": ({"m__npz": npz(x=IMAGES, y=LABELS[:9])}, "m.npz:x holds 20 images, but m.npz:y 9 labels."),
    "a header that never ends": (
        {"m__npy": npy(IMAGES).replace(b"}", b"(")},
        "m.npy is damaged: it does not begin like a NumPy array",
    ),
    "Parquet without rows": ({"m__parquet": parquet(pictures_table().slice(0, 0))}, "m.parquet has no rows"),
    "Parquet without labels": (
        {"m__parquet": parquet(pictures_table().set_column(1, "label", [[-1] * 20]))},
        "m.parquet has no labels",
    ),
    "Parquet with unknown labels": (
        {"m__parquet": parquet(pictures_table().set_column(1, "label", [["-1", "nan", "None", "?"] * 5]))},
        "m.parquet has no labels",
    ),
    "two sets": (
        {"m__npz": npz(a=IMAGES, b=IMAGES, y=LABELS)},
        "Several arrays may hold images (m.npz:a, m.npz:b): call",
    ),
    "standardised": (
        {"m__npz": npz(x=IMAGES / 80 - 1.5, y=LABELS)},
        "Image 1 of m.npz:x has the pixel -1.5: pixels go",
    ),
    "not a number": ({"m__npz": npz(x=IMAGES * np.nan, y=LABELS)}, "m.npz:x has pixels that are not numbers"),
    "cut off": ({"m__npy": npy(IMAGES)[:-9]}, "m.npy is cut off"),
    "a damaged header": ({"m__npy": npy(IMAGES)[:9] + b"x" * 200}, "m.npy is damaged"),
    "a claim": (
        {"m__npy": npy(IMAGES).replace(b"(20, 28", b"(99999999999999, 28")},
        "m.npy has 78,400,000,000 MB; at most 1,000 MB",
    ),
    **{
        f"a shape of {shape[:20]}": ({"m__npy": npy_of_shape(shape)}, f"m.npy {words}")
        for shape, words in (
            ("(0, 9999999999, 9999999999)", "has 0 MB"),
            ("(-1, -1)", "is damaged: NumPy has no arrays of the shape"),
            ("(20, -28)", "is damaged: NumPy has no arrays of the shape"),
            (f"({'1, ' * 70})", "is damaged: NumPy has no arrays of the shape"),
            (f"({'-' * 8_000}1, 2)", "is damaged: it does not begin like a NumPy array"),
        )
    },
    "Parquet of other things": ({"m__parquet": parquet(pa.table({"a": [1], "b": ["x"]}))}, "The column “a” is unknown"),
    "damaged Parquet": ({"m__parquet": b"PAR1" + b"x" * 99}, "m.parquet is damaged: reading it as Parquet failed."),
    "damaged MATLAB": ({"m__mat": mat(X=IMAGES)[:300]}, "m.mat is damaged: reading it as a MATLAB file failed."),
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_one_sentence(fault: str) -> None:
    files, sentence = FAULTS[fault]
    with pytest.raises(DataError) as caught:
        read(**files)
    assert str(caught.value).startswith(sentence)


def test_an_array_that_claims_too_much_takes_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(named_arrays, "MOST_BYTES", 1_000)
    with pytest.raises(DataError, match=r"^m\.npy has 0 MB; at most 0 MB of one array are read\.$"):
        read(m__npy=npy(IMAGES))
    with pytest.raises(DataError, match=r"^m\.npz holds more than is read"):
        read(m__npz=npz(x=IMAGES))


@settings(max_examples=60)
@given(st.integers(0, 10**9), st.binary(min_size=1, max_size=12), st.booleans())
def test_a_damaged_archive_of_arrays_is_read_right_or_refused(place: int, noise: bytes, packed: bool) -> None:
    buffer = io.BytesIO()
    (np.savez_compressed if packed else np.savez)(buffer, x=IMAGES, y=LABELS)  # type: ignore[operator]
    content = bytearray(buffer.getvalue())
    place %= len(content)
    content[place : place + len(noise)] = noise
    try:
        assert read(m__npz=bytes(content)).report.images == 20
    except DataError as error:
        said = str(error)
        assert "\n" not in said


@settings(max_examples=100)
@given(st.lists(st.sampled_from([1, 2, 3, 10, 28, 64, 784]), min_size=0, max_size=5), st.sampled_from("uif"))
def test_shapes_are_images_or_not(shape: list[int], kind: str) -> None:
    if int(np.prod(shape)) > 10**6:
        return
    array = np.zeros(shape, {"u": np.uint8, "i": np.int64, "f": np.float32}[kind])
    images, labels = as_images(array, {10}), as_labels(array, 10)
    assert images is None or (images.ndim == 3 and images.size in (array.size, array.size // 3, array.size // 4))
    assert labels is None or labels.shape == (10,)


def test_a_zip_of_arrays_is_no_zip_of_pictures(tmp_path: Path) -> None:
    folder = tmp_path / "arrays"
    folder.mkdir()
    np.save(folder / "x_train.npy", IMAGES)
    np.save(folder / "y_train.npy", LABELS)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for path in folder.iterdir():
            archive.write(path, f"data/{path.name}")
    for source in (folder, tmp_path / "a.zip"):
        np.testing.assert_array_equal(read_files([NamedFile(source.name, source)]).published.train.images, IMAGES)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (np.array(["7", "07"]), [7, 7]),
        (np.array([b"7", b"8"]), [7, 8]),
        (np.array(["²", "3"]), ["²", "3"]),
        (np.array(["9" * 40, "3"]), ["9" * 40, "3"]),
        (np.array([b"\xff", b"3"]), ["\ufffd", "3"]),
    ],
    ids=["numbers", "bytes", "no number", "too long", "no letter"],
)
def test_words_are_numbers_only_where_they_can_be(words: np.ndarray, expected: list[object]) -> None:
    labels = as_labels(words, 2)
    assert labels is not None
    assert labels.tolist() == expected


@pytest.mark.parametrize("name", ["y", "digit"])
def test_labels_that_are_there_twice_are_read_once(name: str) -> None:
    preview = read(m__npz=npz(x=IMAGES, y_onehot=ONE_HOT, **{name: LABELS}))
    np.testing.assert_array_equal(preview.published.train.labels, LABELS)


UNREADABLE: dict[str, np.ndarray] = {
    "others": LABELS[::-1],
    "a number that is none": np.where(LABELS == 3, np.nan, LABELS),
    "one too few": LABELS[1:],
    "below 0": LABELS - 1,
    "a sign among words": np.where(LABELS == 3, "?", LABELS.astype(str)),
}


@pytest.mark.parametrize("fault", UNREADABLE)
def test_a_network_reads_arrays_whatever_their_labels_are(fault: str) -> None:
    beside = {"y_onehot": ONE_HOT} if fault == "others" else {}
    content = npz(x=IMAGES, y=UNREADABLE[fault], **beside)
    (images,) = images_of(NamedFile("m.npz", content), "npz", as_is=True)
    np.testing.assert_array_equal(images.images, IMAGES)
    with pytest.raises(DataError, match=r"^(Several arrays may hold labels|m\.npz:)"):
        read(m__npz=content)


@pytest.mark.parametrize(
    "labels", [np.full(20, -1), np.full((20, 1), np.nan), np.full(20, "?"), np.full(20, ""), np.full(20, b"-1")]
)
@pytest.mark.parametrize("beside", [{}, {"id_test": np.arange(20)}])
def test_arrays_without_any_label_are_said_to_have_none(labels: np.ndarray, beside: dict[str, np.ndarray]) -> None:
    report = read(m__npz=npz(x_train=IMAGES, y_train=LABELS, x_test=IMAGES, y_test=labels, **beside)).report
    assert (report.images, report.test_images) == (20, 0)
    assert report.problems[:2] == (
        "m.npz:y_test holds no labels: all are -1, NaN, “?” or similar.",
        "m.npz has no labels: its 20 images were left out.",
    )


def test_numbers_of_images_are_not_trained_on_because_a_label_cannot_be_read() -> None:
    labels = np.where(LABELS == 3, np.nan, LABELS)
    with pytest.raises(DataError, match=r"^m\.npz:y does not hold a label for each image: save whole numbers"):
        read(m__npz=npz(x=IMAGES, y=labels, index=np.arange(20)))
    # Names of classes are not labels.
    assert read(m__npz=npz(x=IMAGES, digits=LABELS, class_names=np.arange(10))).report.images == 20


def test_signs_are_classes_and_an_unknown_label_is_named_by_its_row() -> None:
    signs = np.array(["1", "2", "+", "-"] * 5)
    table = pictures_table().set_column(1, "label", [signs])
    for content in ({"m__npz": npz(x=IMAGES, y=signs)}, {"m__parquet": parquet(table)}):
        assert read(**content).report.class_counts.tolist() == [5] * 4
    signs[6] = "?"
    # Among whole numbers, “-” is unknown as well.
    for labels in (signs, np.where(LABELS == 6, "-", LABELS.astype(str))):
        with pytest.raises(DataError, match=r"^m\.npz:y has no label in row 7: "):
            read(m__npz=npz(x=IMAGES, y=labels))


@pytest.mark.parametrize("label", [None, -1, "?", "-"])
def test_a_network_reads_parquet_with_a_row_that_has_no_label(label: object) -> None:
    labels = [*(LABELS[:19].astype(str) if isinstance(label, str) else LABELS[:19]).tolist(), label]
    content = parquet(pictures_table().set_column(1, "label", [labels]))
    (images,) = images_of(NamedFile("m.parquet", content), "parquet", as_is=True)
    np.testing.assert_array_equal(images.images, IMAGES)
    with pytest.raises(DataError, match=r"^The column “label” of m\.parquet has rows without a label"):
        read(m__parquet=content)


@pytest.mark.parametrize("labels", [LABELS[:19, None], LABELS[None, :19], ONE_HOT[:19]])
def test_one_label_too_few_is_counted_whatever_its_shape(labels: np.ndarray) -> None:
    with pytest.raises(DataError, match=r"^m\.npz:x holds 20 images, but m\.npz:y 19 labels\.$"):
        read(m__npz=npz(x=IMAGES, y=labels))


def emnist_mat(images: np.ndarray, labels: np.ndarray) -> bytes:
    """As EMNIST publishes its splits: a structure, images column by column, the writer beside each label."""
    halves = {
        part: {
            "images": images[place::2].transpose(0, 2, 1).reshape(-1, 784),
            "labels": labels[place::2, None],
            "writers": np.arange(len(labels[place::2]))[:, None],
        }
        for place, part in enumerate(("train", "test"))
    }
    return mat(dataset=halves | {"mapping": np.array([[number, number + 64] for number in range(1, 27)])})


def test_emnists_files_of_matlab_are_upright_and_named() -> None:
    images, labels = digits(52, classes=26)
    name, content = "matlab/emnist-letters.mat", emnist_mat(images, labels + 1)
    preview = read_files([NamedFile(name, content)])
    assert preview.published.test is not None
    for place, part in enumerate((preview.published.train, preview.published.test)):
        np.testing.assert_array_equal(part.images, images[place::2])
        np.testing.assert_array_equal(part.labels, labels[place::2])
        assert "".join(part.class_names) == "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    assert sum("on their side" in problem for problem in preview.report.problems) == 1
    read_by_network = images_of(NamedFile(name, content), "mat", as_is=True)
    np.testing.assert_array_equal(np.concatenate([one.images for one in read_by_network]), preview_images(preview))


def preview_images(preview: ImportPreview) -> np.ndarray:
    return np.concatenate([part.images for part in (preview.published.train, preview.published.test) if part])


@pytest.mark.parametrize("is_turned", [True, False])
def test_emnists_digits_come_upright_however_they_lay(is_turned: bool, mnist_test: ImageDataset) -> None:
    few = mnist_test.subset(np.arange(120))
    images = few.images if is_turned else few.images.transpose(0, 2, 1)
    preview = read_files([NamedFile("emnist-digits.mat", emnist_mat(images, few.labels))])
    np.testing.assert_array_equal(preview_images(preview), np.concatenate([few.images[::2], few.images[1::2]]))
    said = "EMNIST’s images lie on their side" if is_turned else "Unlike EMNIST’s own, the images were upright"
    assert next(problem for problem in preview.report.problems if "upright" in problem).startswith(said)
    # Files of others by that name say nothing of how the digits lie.
    npz_of_others = npz(x=few.images.transpose(0, 2, 1), y=few.labels)
    others = read_files([NamedFile("emnist-digits.npz", npz_of_others)])
    np.testing.assert_array_equal(others.published.train.images, few.images)
    assert any("rows and columns exchanged" in problem for problem in others.report.problems)


ODD = 230 * (np.arange(20) % 2)[:, None, None]
CANVASES: dict[str, Callable[[np.ndarray], list[np.ndarray]]] = {
    "black ink on nothing": lambda ink: [0 * ink, 0 * ink, 0 * ink, ink],
    "red ink on nothing": lambda ink: [230 * (ink > 0), 20 * (ink > 0), 0 * ink, ink],
    "ink of two colours on nothing": lambda ink: [ODD * (ink > 0), 90 * (ink > 0), 0 * ink, ink],
    "white on black": lambda ink: [ink, ink, ink, 255 + 0 * ink],
    "white on black, and one cleared": lambda ink: [ink, ink, ink, 255 * ink.any((1, 2), keepdims=True) + 0 * ink],
}


@pytest.mark.parametrize("kind", CANVASES)
@pytest.mark.parametrize("side", [28, 16])
def test_rows_of_a_canvas_are_read_as_the_images_that_they_are(kind: str, side: int) -> None:
    """28·28 pixels of four values each are as many numbers as an image of 56×56 has."""
    images, labels = digits(20, side=side)
    images[:, 5:-5, 5:-5] = 255
    images[3] = 0
    flat = np.stack(CANVASES[kind](images.astype(int)), axis=-1).reshape(20, -1).astype(np.uint8)
    tables = csv_text(flat.reshape(20, 2 * side, 2 * side), labels, "")
    for file in (NamedFile("m.npz", npz(x=flat, y=labels)), NamedFile("m.csv", tables.encode())):
        preview = read_files([file], form=Form.AS_IS)
        if side == 28:
            np.testing.assert_array_equal(preview.published.train.images, images)
        said = [problem for problem in preview.report.problems if "opacity" in problem]
        assert [problem.endswith(f"read as grey images of {side}×{side}.") for problem in said] == [True]


def test_grey_images_of_an_even_side_are_no_canvas(mnist_test: ImageDataset) -> None:
    few = mnist_test.subset(np.arange(20))
    for side in (16, 32, 56):
        scaled = np.stack([np.asarray(Image.fromarray(image).resize((side, side))) for image in few.images])
        enlarged = np.kron(few.images[:, :14, :14], np.ones((1, 4, 4), np.uint8))
        for images in (scaled, 255 - scaled, enlarged, scaled[:1], np.zeros_like(scaled), np.full_like(scaled, 255)):
            assert grey_of_canvas(images) is None
