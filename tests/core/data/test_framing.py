import json

import numpy as np
import pytest
from PIL import Image, ImageDraw
from safetensors.numpy import load_file, save_file

from core.data.catalogue import Catalogue
from core.data.dataset import ImageDataset, SourceDataset
from core.data.downloading.downloads import DOWNLOADS
from core.data.framing import Framing, framing_of
from core.data.mnist import load_mnist
from core.data.stored import read_entry
from core.drawings.preprocessing import drawing_framed, drawing_to_digit


def triangles(count: int = 60) -> np.ndarray:
    """Outlines that fill their picture more or less, here and there."""
    rng = np.random.default_rng(0)
    pictures = []
    for _ in range(count):
        image = Image.new("L", (28, 28))
        left, top = rng.integers(0, 8, 2)
        side = int(rng.integers(10, 27 - max(left, top) + 1))
        ImageDraw.Draw(image).polygon(
            [(left, top + side), (left + side, top + side), (left + side / 2, top)], outline=255
        )
        pictures.append(np.asarray(image))
    return np.stack(pictures)


def dataset(images: np.ndarray) -> SourceDataset:
    labels = np.arange(len(images), dtype=np.int64) % 2
    return SourceDataset(ImageDataset("x", images, labels, ("triangle", "square")))


def test_pictures_tell_how_they_were_framed():
    digits = load_mnist("test").images
    assert framing_of(digits) is Framing.MNIST
    assert framing_of(np.roll(digits, 3, axis=2)) is Framing.RESIZED
    assert framing_of(triangles()) is Framing.RESIZED
    assert framing_of(np.zeros((3, 28, 28), np.uint8)) is Framing.MNIST


def test_an_entry_says_it_and_what_the_importer_knows_wins(tmp_path):
    catalogue = Catalogue(tmp_path)
    assert all(entry.framing is Framing.MNIST for entry in catalogue.entries())
    assert catalogue.add(dataset(triangles()), "Shapes", "").framing is Framing.RESIZED
    entry = catalogue.add(dataset(triangles()), "Framed", "", Framing.MNIST)
    assert catalogue.entry(entry.name).framing is Framing.MNIST


@pytest.mark.parametrize(
    ("description", "images", "framing"),
    [
        ("Read from CSV: train.csv.", load_mnist("test").images[:60], Framing.MNIST),
        ("60 pictures in 2 folders of shapes.zip.", triangles(), Framing.RESIZED),
        (f"{DOWNLOADS['fashion-mnist'].description} Downloaded through torchvision.", triangles(), Framing.RESIZED),
        (f"{DOWNLOADS['emnist-letters'].description} Downloaded through torchvision.", triangles(), Framing.MNIST),
    ],
    ids=["csv", "pictures", "clothes", "letters"],
)
def test_a_file_from_before_framings_were_kept_says_it_too(tmp_path, description, images, framing):
    entry = Catalogue(tmp_path).add(dataset(images), "Old", description)
    path = tmp_path / "datasets" / f"{entry.name}.safetensors"
    metadata = {"title": "Old", "description": description, "class_names": json.dumps(["triangle", "square"])}
    save_file(load_file(path), path, metadata)
    assert read_entry(path).framing is framing


def test_a_drawing_is_framed_as_the_pictures_were():
    canvas = np.zeros((280, 280), np.uint8)
    canvas[20:90, 150:220] = 255
    assert np.array_equal(drawing_framed(canvas, Framing.MNIST).digit, drawing_to_digit(canvas).digit)
    resized = drawing_framed(canvas, Framing.RESIZED)
    expected = np.zeros((28, 28), np.uint8)
    expected[2:9, 15:22] = 255
    assert np.abs(resized.digit.astype(int) - expected).max() < 50
    assert resized.has_strokes
    assert not drawing_framed(canvas, Framing.MNIST).has_strokes
