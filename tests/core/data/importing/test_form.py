"""Photographs of digits get MNIST’s form on import, as `predict` and Draw give it; clothing and MNIST’s own stay."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.photographs import encoded, photograph
from core.data.framing import Framing, framing_of
from core.data.importing.files import read_files
from core.data.importing.form import Form
from core.data.importing.named_file import NamedFile
from core.data.mnist import load_mnist
from core.drawings.pictures import read_picture
from core.drawings.preprocessing import drawing_to_digit
from core.models.numpy_model import NumpyModel
from core.runs.archive import DEMO_DIRECTORY
from core.runs.files import CHECKPOINT, read_model

SURFACE = "thin pen"


@pytest.fixture(scope="module")
def photographs() -> dict[str, bytes]:
    return {f"{digit}/{seed}.jpg": photograph(SURFACE, digit, seed) for digit in range(10) for seed in (1,)}


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


def test_a_photograph_is_read_as_predict_reads_it(tmp_path: Path, photographs: dict[str, bytes]) -> None:
    preview = read_files(zipped(tmp_path, photographs))
    train = preview.published.train
    for name, content in photographs.items():
        digit = drawing_to_digit(read_picture(content)).digit
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


def test_a_picture_without_ink_is_named_and_left_out(tmp_path: Path, photographs: dict[str, bytes]) -> None:
    stream = io.BytesIO()
    Image.new("L", (300, 300), 240).save(stream, "PNG")
    preview = read_files(zipped(tmp_path, photographs | {"3/blank.png": stream.getvalue()}))
    assert len(preview.published.train) == 10
    assert [
        sentence for sentence in preview.report.left_out if "No ink was found" in sentence and "blank.png" in sentence
    ]
