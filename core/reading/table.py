"""Answers as a table: a line for each image."""

import csv
import io
from collections.abc import Iterable, Sequence

from core.cells import cell
from core.reading.answers import Answer

HEADER = ("file", "image", "label", "verdict", "confidence")


def answers_csv(answers: Iterable[Answer], class_names: Sequence[str]) -> str:
    """File, place in a table (from 0, else empty), name of the most probable class, verdict and confidence (0–1).

    The label is empty without ink.
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(HEADER)
    for answer in answers:
        found, label = answer.found, answer.label
        row = "" if found.row is None else found.row
        name, confidence = ("", "") if label is None else (cell(class_names[label]), f"{answer.confidence:.6f}")
        writer.writerow([cell(found.path), row, name, answer.verdict.value, confidence])
    return stream.getvalue()
