"""Classes of one’s own: named, photographed five times each, and trained on."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw
from streamlit.testing.v1 import AppTest

from core.data.my_drawings import ENOUGH, MyDrawings
from core.drawings.pictures import read_picture
from core.drawings.preprocessing import drawing_to_digit
from core.errors import DataError
from core.runs.store import RunStore
from tests.app.conftest import OpenPage
from ui.datasets.own_classes import own_class_names

NAMES = ("circle", "slash")


def photograph(name: str, number: int) -> bytes:
    """A circle or a slash in dark ink, another one for each number."""
    image = Image.new("L", (160, 160), 235)
    box = (30 + number, 30, 110 + 3 * number, 120 + number)
    if name == "circle":
        ImageDraw.Draw(image).ellipse(box, outline=20, width=9)
    else:
        ImageDraw.Draw(image).line((box[0], box[3], box[2], box[1]), fill=20, width=9)
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def button(page: AppTest, label: str):
    return next(found for found in page.button if found.label == label)


def give(page: AppTest, name: str, files: list[bytes]) -> None:
    uploader = next(found for found in page.file_uploader if found.label == f"Or photographs of {name}")
    uploader.set_value([(f"{number}.png", data, "image/png") for number, data in enumerate(files)]).run()
    button(page, "Keep these pictures").click().run()
    assert not page.exception, page.exception


@pytest.mark.slow
def test_two_classes_are_photographed_and_learned(
    open_page: OpenPage, mine: MyDrawings, store: RunStore, trained_at_once: list[str]
) -> None:
    page = open_page("datasets")
    page.text_input(key="own_class_names").set_value("circle, slash").run()
    assert button(page, "Train on these classes").disabled
    give(page, "circle", [photograph("circle", number) for number in range(ENOUGH)])
    give(page, "slash", [b"no picture"])
    assert "“0.png”: This is not a picture" in " ".join(error.value for error in page.error)
    assert len(mine.images_of(NAMES)) == ENOUGH
    give(page, "slash", [photograph("slash", number) for number in range(ENOUGH)])
    assert mine.images_of(NAMES).labels.tolist() == [0] * ENOUGH + [1] * ENOUGH
    assert any(f"circle {ENOUGH} · " in found.value for found in page.markdown)
    button(page, "Train on these classes").click().run()
    assert not page.exception, page.exception
    (run_id,) = trained_at_once
    network = store.model(run_id)
    assert network.class_names == NAMES
    new = [drawing_to_digit(read_picture(photograph(name, number))).digit for name in NAMES for number in (7, 8, 9)]
    assert network.probabilities(np.stack(new)).argmax(1).tolist() == [0, 0, 0, 1, 1, 1]
    store.delete(run_id)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("circle", "not 1"),
        (",".join(f"c{number}" for number in range(11)), "not 11"),
        ("a, b, a", "Two classes have the same name: “a”"),
        ("a, \u200b", "cannot be shown"),
    ],
)
def test_names_that_cannot_be_are_refused_in_a_sentence(text: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        own_class_names(text)


def test_names_are_tidied() -> None:
    assert own_class_names(" long-necked   swan , ring,, ") == ("long-necked swan", "ring")
