"""Kaggle's form of answers."""

import io

import pandas as pd

from core.data.dataset import DIGIT_NAMES
from core.reading.submission import submission_csv


def test_images_are_counted_from_1_and_every_one_has_an_answer() -> None:
    text = submission_csv([7, 2, 0], DIGIT_NAMES)
    frame = pd.read_csv(io.StringIO(text))
    assert frame.to_dict("list") == {"ImageId": [1, 2, 3], "Label": [7, 2, 0]}
    assert text == "ImageId,Label\n1,7\n2,2\n3,0\n"


def test_labels_are_what_the_labels_of_the_images_were() -> None:
    assert submission_csv([0, 1], ("2", "9")) == "ImageId,Label\n1,2\n2,9\n"
    assert submission_csv([0, 1], ("T-shirt", "trousers")) == "ImageId,Label\n1,0\n2,1\n"
