"""Answers as CSV."""

import io

import numpy as np
import pandas as pd

from core.analysis.verdict import Verdict
from core.reading.answers import Answer
from core.reading.sources import Found
from core.reading.table import answers_csv


def test_a_line_for_each_answer() -> None:
    image, said = np.zeros((28, 28), np.uint8), np.array([0.25, 0.75], np.float32)
    read = [
        Answer(Found('a, "b".png', None, image, has_strokes=True), said, Verdict.UNSURE),
        Answer(Found("t.csv", 4, image, has_strokes=False), said, Verdict.NO_INK),
    ]
    frame = pd.read_csv(io.StringIO(answers_csv(read, ("cat", "dog"))), keep_default_na=False, dtype=str)
    assert frame.to_numpy().tolist() == [
        ['a, "b".png', "", "dog", "unsure", "0.750000"],
        ["t.csv", "4", "", "no_ink", ""],
    ]
