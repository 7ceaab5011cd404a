"""Photographs of digits get MNIST’s form on import, as `predict` and Draw give it; clothing and MNIST’s own stay."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from benchmarks.photographs import photograph
from benchmarks.scenes import encoded
from core.data.framing import Framing, framing_of
from core.data.importing.files import read_files
from core.data.importing.form import Form
from core.data.importing.named_file import NamedFile
from core.data.importing.report import ImportPreview
from core.data.mnist import load_mnist
from core.drawings.pictures import read_picture
from core.drawings.preprocessing import drawing_to_digit
from core.models.numpy_model import NumpyModel
from core.runs.archive import DEMO_DIRECTORY
from core.runs.files import CHECKPOINT
from core.runs.model_tensors import read_model
from tests.core.data.importing.builders import png, zip_bytes

SURFACE = "thin pen"


@pytest.fixture(scope="module")
def photographs() -> dict[str, bytes]:
    return {f"{digit}/{seed}.jpg": photograph(SURFACE, digit, seed) for digit in range(10) for seed in (1,)}


@pytest.fixture(scope="module")
def read_by_predict(photographs: dict[str, bytes]) -> dict[str, np.ndarray]:
    return {name: drawing_to_digit(read_picture(content)).digit for name, content in photographs.items()}


def zipped(folder: Path, files: dict[str, bytes]) -> list[NamedFile]:
    path = folder / "own.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return [NamedFile(path.name, path)]


def pictures_of(make: Callable[[np.ndarray], np.ndarray], names: list[str]) -> dict[str, bytes]:
    test = load_mnist("test")
    return {
        f"{names[label % len(names)]}/{index}.png": encoded(make(image).astype(float), None)
        for index, (image, label) in enumerate(zip(test.images[:30], test.labels[:30].tolist(), strict=True))
    }


@pytest.mark.slow
def test_a_photograph_is_read_as_predict_reads_it(
    tmp_path: Path, photographs: dict[str, bytes], read_by_predict: dict[str, np.ndarray]
) -> None:
    preview = read_files(zipped(tmp_path, photographs))
    train = preview.published.train
    for name, digit in read_by_predict.items():
        assert np.array_equal(train.images[int(np.flatnonzero(train.labels == int(name[0]))[0])], digit)
    assert preview.form is Form.MNIST
    assert preview.before is not None
    assert preview.before.shape == (10, 28, 28)
    assert framing_of(train.images) is Framing.MNIST
    assert any("MNIST’s form" in sentence for sentence in preview.report.problems)
    model: NumpyModel = read_model(DEMO_DIRECTORY / CHECKPOINT)
    assert (model.probabilities(train.images).argmax(axis=1) == train.labels).mean() >= 0.9


def test_it_can_be_left_as_it_is(tmp_path: Path, photographs: dict[str, bytes]) -> None:
    preview = read_files(zipped(tmp_path, photographs), form=Form.AS_IS)
    assert preview.form is Form.AS_IS
    assert preview.before is None
    assert not any("MNIST’s form" in sentence for sentence in preview.report.problems)


@pytest.mark.parametrize(
    ("make", "names", "expected"),
    [
        (lambda image: image, list("0123456789"), Form.AS_IS),
        (lambda image: 255 - image, list("0123456789"), Form.MNIST),
        (lambda image: np.kron(image, np.ones((4, 4))), list("0123456789"), Form.MNIST),
        (lambda image: np.kron(image, np.ones((4, 4))), ["zero", "one", "two"], Form.MNIST),
        (lambda image: np.kron(image, np.ones((4, 4))), ["coat", "shirt", "bag"], Form.AS_IS),
    ],
    ids=["MNIST's own", "dark on light", "large", "in words", "clothing"],
)
def test_what_is_usual(tmp_path: Path, make: Callable, names: list[str], expected: Form) -> None:
    assert read_files(zipped(tmp_path, pictures_of(make, names))).form is expected


@pytest.mark.slow
def test_a_picture_without_ink_is_named_and_left_out(tmp_path: Path, photographs: dict[str, bytes]) -> None:
    stream = io.BytesIO()
    Image.new("L", (300, 300), 240).save(stream, "PNG")
    preview = read_files(zipped(tmp_path, photographs | {"3/blank.png": stream.getvalue()}))
    assert len(preview.published.train) == 10
    assert [
        sentence for sentence in preview.report.left_out if "No ink was found" in sentence and "blank.png" in sentence
    ]


# --- tables and arrays ---


def read_rate(preview: ImportPreview) -> float:
    """Share of the images that the demo run reads as their labels say."""
    train = preview.published.train
    read = read_model(DEMO_DIRECTORY / CHECKPOINT).probabilities(train.images).argmax(axis=1)
    return float((read == train.labels).mean())


def npz_of(images: np.ndarray, labels: np.ndarray, form: Form | None = None) -> ImportPreview:
    buffer = io.BytesIO()
    np.savez(buffer, x=images, y=labels)
    return read_files([NamedFile("own.npz", buffer.getvalue())], form=form)


@pytest.mark.slow
@pytest.mark.parametrize("side", [16, 28, 40])
@pytest.mark.parametrize("paper", [0, 205, 255])
def test_arrays_of_another_make_get_it_as_well(side: int, paper: int) -> None:
    """Digits that fill their frame, as USPS's do; on clean paper, on grey paper, light on dark."""
    test = load_mnist("test").subset(np.arange(12))
    filled = np.stack([np.asarray(Image.fromarray(i[4:24, 4:24]).resize((side, side))) for i in test.images])
    if paper == 0 and side == 28:
        assert npz_of(filled, test.labels).form is None
        return
    images = filled if paper == 0 else (paper - filled * (paper / 300)).astype(np.uint8)
    preview = npz_of(images, test.labels)
    assert preview.form is Form.MNIST
    assert any("12 images have been converted to MNIST’s form" in problem for problem in preview.report.problems)
    assert preview.before is not None
    assert len(preview.before) == len(set(test.labels.tolist()))
    assert read_rate(preview) >= 0.9
    left = npz_of(images, test.labels, Form.AS_IS)
    assert (left.form, left.before) == (Form.AS_IS, None)
    assert framing_of(left.published.train.images) is Framing.RESIZED


def test_arrays_that_scaling_or_inverting_is_enough_for_stay() -> None:
    test = load_mnist("test").subset(np.arange(12))
    assert npz_of(test.images, test.labels).form is None
    inverted = npz_of(255 - test.images, test.labels)
    assert (inverted.form, inverted.report.inverted) == (Form.AS_IS, True)
    np.testing.assert_array_equal(inverted.published.train.images, test.images)
    # No writing, whatever its classes are called.
    slopes = np.tile(np.linspace(100, 250, 784), (12, 1)).reshape(12, 28, 28).astype(np.uint8)
    assert npz_of(slopes, test.labels).form is not Form.MNIST


@pytest.mark.slow
def test_pictures_of_several_sizes_in_parquet_get_it(
    photographs: dict[str, bytes], read_by_predict: dict[str, np.ndarray]
) -> None:
    buffer = io.BytesIO()
    pictures = [{"bytes": content, "path": name} for name, content in photographs.items()]
    blank = {"bytes": encoded(np.full((300, 300), 240.0), None), "path": "blank"}
    labels = [*(int(name[0]) for name in photographs), 3]
    pq.write_table(pa.table({"image": [*pictures, blank], "label": labels}), buffer)
    preview = read_files([NamedFile("own.parquet", buffer.getvalue())])
    assert preview.form is Form.MNIST
    assert preview.before is not None
    assert "10 pictures have been converted to MNIST’s form" in " ".join(preview.report.problems)
    assert preview.report.left_out == ("own.parquet: Row 11: No ink was found in it.",)
    train = preview.published.train
    for name, digit in read_by_predict.items():
        np.testing.assert_array_equal(train.images[train.labels.tolist().index(int(name[0]))], digit)


def test_digits_of_either_polarity_among_each_other_come_out_light_on_dark() -> None:
    test = load_mnist("test").subset(np.arange(40))
    mixed = np.where((np.arange(40) % 3 == 0)[:, None, None], 255 - test.images, test.images)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for place, (image, label) in enumerate(zip(mixed, test.labels, strict=True)):
            archive.writestr(f"{label}/{place}.png", png(image))
    for preview in (npz_of(mixed, test.labels), read_files([NamedFile("own.zip", buffer.getvalue())])):
        assert preview.form is Form.MNIST
        assert read_rate(preview) >= 0.95
    left = npz_of(mixed, test.labels, Form.AS_IS)
    assert any("35% of the images have a light background" in problem for problem in left.report.problems)


# --- parts of different makes ---


def npz_of_parts(**parts: tuple[np.ndarray, np.ndarray]) -> ImportPreview:
    buffer = io.BytesIO()
    arrays = {f"{axis}_{part}": one for part, both in parts.items() for axis, one in zip("xy", both, strict=True)}
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    return read_files([NamedFile("own.npz", buffer.getvalue())])


def on_paper(image: np.ndarray) -> np.ndarray:
    """A digit as people write it: large, dark, and not in the middle of the sheet."""
    sheet = np.full((200, 200), 230.0)
    sheet[20:132, 60:172] -= np.kron(image, np.ones((4, 4))) * 0.8
    return sheet.astype(np.uint8)


@pytest.mark.parametrize("own", ["test", "val"])
def test_own_pictures_beside_those_of_mnist_get_its_form_and_the_others_stay(own: str) -> None:
    """Of as many pictures as MNIST’s, those of a test or for validation would not show among a few of all."""
    test = load_mnist("test").subset(np.arange(90))
    mnist = {f"train/{label}/{place}.png": png(test.images[place]) for place, label in enumerate(test.labels[:80])}
    sheets = {f"{own}/{test.labels[place]}/{place}.png": png(on_paper(test.images[place])) for place in range(80, 90)}
    if own == "val":
        sheets |= {"test/" + name.partition("/")[2]: mnist[name] for name in list(mnist)[:9]}
    preview = read_files([NamedFile("own.zip", zip_bytes(mnist | sheets))])
    published, problems = preview.published, preview.report.problems
    assert published.test is not None
    assert preview.form is Form.MNIST
    to = "test" if own == "test" else "train"
    (said,) = [problem for problem in problems if "MNIST’s form" in problem]
    assert said.startswith(f"10 pictures to {to} on have been converted to MNIST’s form")
    kept = {image.tobytes() for image in published.train.images}
    assert {image.tobytes() for image in test.images[:80]} <= kept
    brought = published.test if own == "test" else published.train.subset(np.arange(80, 90))
    read = read_model(DEMO_DIRECTORY / CHECKPOINT).probabilities(brought.images).argmax(axis=1)
    assert (read == brought.labels).mean() >= 0.9


@pytest.mark.parametrize("dark", ["train", "test", "both"])
def test_each_part_is_inverted_by_itself(dark: str) -> None:
    train, test = load_mnist("test").subset(np.arange(60)), load_mnist("test").subset(np.arange(60, 66))
    images = {
        name: 255 - part.images if dark in (name, "both") else part.images
        for name, part in (("train", train), ("test", test))
    }
    preview = npz_of_parts(train=(images["train"], train.labels), test=(images["test"], test.labels))
    assert preview.published.test is not None
    np.testing.assert_array_equal(preview.published.train.images, train.images)
    np.testing.assert_array_equal(preview.published.test.images, test.images)
    whose = {"train": "training images", "test": "test images", "both": "images"}[dark]
    said = [problem for problem in preview.report.problems if "light" in problem]
    assert said == [f"The {whose} were dark ink on light paper and have been inverted."]
    assert preview.report.inverted


def test_a_test_of_either_polarity_is_said_and_a_few_light_pictures_of_things_stay() -> None:
    mnist = load_mnist("test").subset(np.arange(80))
    mixed = mnist.images.copy()
    mixed[60:70] = 255 - mixed[60:70]
    words = np.array(["coat", "bag"])[mnist.labels % 2]
    of_things = npz_of_parts(train=(mixed[:60], words[:60]), test=(mixed[60:], words[60:]))
    assert any("50% of the test images have a light background" in problem for problem in of_things.report.problems)
    few = npz_of_parts(train=(mixed[:60], words[:60]), test=(mixed[60:65], words[60:65]))
    assert few.published.test is not None
    np.testing.assert_array_equal(few.published.test.images, mixed[60:65])


def test_arrays_to_test_on_get_mnists_form_beside_those_that_have_it() -> None:
    mnist = load_mnist("test").subset(np.arange(72))
    sheets = np.stack([on_paper(image)[::4, ::4] for image in mnist.images[60:]])
    preview = npz_of_parts(train=(mnist.images[:60], mnist.labels[:60]), test=(sheets, mnist.labels[60:]))
    test = preview.published.test
    assert test is not None
    assert preview.form is Form.MNIST
    assert preview.before is None
    assert any("12 test images have been converted to MNIST’s form" in problem for problem in preview.report.problems)
    np.testing.assert_array_equal(preview.published.train.images, mnist.images[:60])
    read = read_model(DEMO_DIRECTORY / CHECKPOINT).probabilities(test.images).argmax(axis=1)
    assert (read == test.labels).mean() >= 0.8
