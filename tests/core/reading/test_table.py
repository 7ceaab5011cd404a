"""Answers as CSV."""

import csv
import io

import numpy as np
import pandas as pd
import pytest

from core.analysis.verdict import Verdict
from core.reading.answers import Answer
from core.reading.sources import Found
from core.reading.table import answers_csv


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("=HYPERLINK(1).png", "'=HYPERLINK(1).png"),
        ("@SUM(1)", "'@SUM(1)"),
        ("-2+3", "'-2+3"),
        ("\t=1", "'\t=1"),
        ("+", "+"),
        ("-1", "-1"),
        ("a=b.png", "a=b.png"),
    ],
)
def test_a_name_is_no_formula(name: str, shown: str) -> None:
    found = Found(name, None, np.zeros((28, 28), np.uint8), has_strokes=True)
    answer = Answer(found, np.ones(1, "f4"), 1.0, Verdict.DIGIT)
    rows = list(csv.reader(io.StringIO(answers_csv([answer], (name,)))))
    assert (rows[1][0], rows[1][2]) == (shown, shown)


def test_a_line_for_each_answer() -> None:
    image, said = np.zeros((28, 28), np.uint8), np.array([0.25, 0.75], np.float32)
    read = [
        Answer(Found('a, "b".png', None, image, has_strokes=True), said, 0.625, Verdict.UNSURE),
        Answer(Found("t.csv", 4, image, has_strokes=False), said, 0.625, Verdict.NO_INK),
    ]
    frame = pd.read_csv(io.StringIO(answers_csv(read, ("cat", "dog"))), keep_default_na=False, dtype=str)
    assert frame.to_numpy().tolist() == [
        ['a, "b".png', "", "dog", "unsure", "0.625000"],
        ["t.csv", "4", "", "no_ink", ""],
    ]
