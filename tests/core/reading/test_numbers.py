"""A whole number in one picture: each digit by itself, from left to right, with its place."""

import io
import json

import numpy as np
import pytest
from PIL import Image

from core.analysis.verdict import Verdict, number_sentence
from core.data.dataset import DIGIT_NAMES
from core.data.framing import Framing
from core.data.mnist import load_mnist
from core.reading.answers import Answer, answers_to
from core.reading.reader import Reader
from core.reading.sources import found_in_picture
from core.runs.archive import DEMO_DIRECTORY
from core.runs.model_tensors import read_model

POSITIONS = (0, 1, 4)
"""Test digits 7, 2 and 4."""
SIDE = 112


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(read_model(DEMO_DIRECTORY / "checkpoint.safetensors"))


def picture(*, dark: bool) -> bytes:
    """Three test digits beside each other, white on black or black on white, in a frame of paper."""
    test = load_mnist("test")
    line = np.concatenate([test.images[position] for position in POSITIONS], axis=1)
    ink = np.asarray(Image.fromarray(line).resize((3 * SIDE, SIDE), Image.Resampling.BICUBIC))
    ink = np.pad(ink, ((60, 60), (40, 40)))
    stream = io.BytesIO()
    Image.fromarray(ink if dark else 255 - ink).save(stream, "PNG")
    return stream.getvalue()


def answer(reader: Reader, data: bytes, framing: Framing = Framing.MNIST) -> Answer:
    (said,) = answers_to([found_in_picture("house.png", data, framing)], reader)
    return said


@pytest.mark.parametrize("dark", [True, False])
def test_a_number_is_read_from_left_to_right(reader: Reader, dark: bool) -> None:
    fields = json.loads(json.dumps(answer(reader, picture(dark=dark)).fields(DIGIT_NAMES)))
    assert fields["verdict"] == "several_digits"
    labels = load_mnist("test").labels
    assert [digit["label"] for digit in fields["digits"]] == [int(labels[position]) for position in POSITIONS]
    for number, digit in enumerate(fields["digits"]):
        left, top, right, bottom = digit["box"]
        assert 40 + number * SIDE <= left < right <= 40 + (number + 1) * SIDE
        assert 60 <= top < bottom <= 60 + SIDE
        assert digit["verdict"] == "digit"
        assert sum(digit["probabilities"]) == pytest.approx(1, abs=1e-5)


def test_each_digit_is_read_as_it_would_be_alone(reader: Reader) -> None:
    both = answer(reader, picture(dark=True))
    ink = np.asarray(Image.open(io.BytesIO(picture(dark=True))))
    for digit in both.digits:
        left, top, right, bottom = digit.box
        stream = io.BytesIO()
        Image.fromarray(np.pad(ink[top:bottom, left:right], 30)).save(stream, "PNG")
        alone = answer(reader, stream.getvalue())
        assert alone.label == digit.label
        np.testing.assert_allclose(alone.probabilities, digit.probabilities, atol=0.05)


def test_one_digit_and_pictures_that_were_only_resized_have_none(reader: Reader) -> None:
    stream = io.BytesIO()
    Image.fromarray(load_mnist("test").images[0]).save(stream, "PNG")
    assert "digits" not in answer(reader, stream.getvalue()).fields(DIGIT_NAMES)
    assert answer(reader, picture(dark=True), Framing.RESIZED).digits == ()


def test_a_number_in_words() -> None:
    said = number_sentence([("4", 0.991, Verdict.DIGIT), ("2", 0.6, Verdict.UNSURE), ("1", 0.9, Verdict.NOT_A_DIGIT)])
    assert said.endswith("left to right: **4** (99.1%), **2** (60%, unsure), **1** (90%, unlike any digit).")
