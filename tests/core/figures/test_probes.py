"""The probe digits: frames and captions that change while the picture stays."""

import numpy as np

from core.figures.probes import probe_frame, probe_montage

IMAGES = np.zeros((4, 28, 28), np.uint8)
HOVER, CAPTIONS = tuple("abcd"), tuple("0123")


def boxes(trace: object) -> int:
    return sum(value is None for value in trace["x"])


def test_a_frame_is_the_difference_to_a_figure_with_those_answers() -> None:
    before = probe_montage(IMAGES, HOVER, CAPTIONS, columns=3, correct=None)
    answers = ("w", "x", "y", "z"), ("9", "9", "2", "9")
    after = probe_montage(IMAGES, *answers, columns=3, correct=(False, False, True, False))
    frame = probe_frame(*answers, columns=3, correct=(False, False, True, False))
    assert before.layout == after.layout
    for number, trace in enumerate(before.data):
        changed = trace.to_plotly_json() | frame["data"][number]
        assert {name: list(changed[name]) for name in frame["data"][number]} == {
            name: list(after.data[number][name]) for name in frame["data"][number]
        }
    assert (boxes(frame["data"][2]), boxes(frame["data"][3])) == (1, 3)


def test_nothing_is_framed_before_anything_is_read() -> None:
    figure = probe_montage(IMAGES, HOVER, CAPTIONS, columns=3, correct=None)
    assert [boxes(trace) for trace in figure.data[2:]] == [0, 0]


def test_each_frame_lies_around_its_digit() -> None:
    frame = probe_frame(HOVER, CAPTIONS, columns=3, correct=(True, True, True, False))["data"][3]
    x, y = ([value for value in frame[axis] if value is not None] for axis in "xy")
    # The fourth digit is the first of the second row, which begins below the captions of the first.
    assert (min(x) > 0, max(x) < 1, min(y) > 1.4, max(y) < 2.4) == (True,) * 4
