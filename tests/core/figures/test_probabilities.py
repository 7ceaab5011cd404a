import json

import numpy as np
import pytest

from core.data.dataset import DIGIT_NAMES
from core.figures.probabilities import probability_bars, probability_bars_json, probability_frame, unknown_frame

SHARES = np.array([0.0, 0.05, 0.0, 0.6, 0.0, 0.3, 0.0, 0.0, 0.05, 0.0], np.float32)


def test_one_bar_a_class_with_the_highest_marked() -> None:
    bars = probability_bars(SHARES, DIGIT_NAMES).data[0]
    assert np.allclose(bars.y, SHARES, atol=1e-4)
    assert [label for label in range(10) if bars.marker.color[label] != bars.marker.color[0]] == [3]
    assert not any(bars.marker.line.width)
    assert bars.text[3] == "60%"
    assert bars.text[0] == ""


def test_the_true_class_is_framed_and_named() -> None:
    figure = probability_bars(SHARES, DIGIT_NAMES, true_label=5)
    assert [label for label in range(10) if figure.data[0].marker.line.width[label]] == [5]
    assert figure.layout.xaxis.ticktext[5] == "<b>5</b>"
    assert "true: 5" in figure.layout.title.text


def test_the_axis_is_fixed_from_nothing_to_all() -> None:
    low, high = probability_bars(SHARES, DIGIT_NAMES).layout.yaxis.range
    assert low == 0
    assert 1 <= high < 1.2


def test_it_sets_no_colours_of_the_page_and_stays_small() -> None:
    figure = probability_bars(SHARES, DIGIT_NAMES)
    assert figure.layout.paper_bgcolor is None
    assert figure.layout.plot_bgcolor is None
    assert len(figure.to_json()) < 4_000


def test_no_probabilities_give_a_titled_empty_figure() -> None:
    figure = probability_bars(np.zeros(0, np.float32), DIGIT_NAMES)
    assert not figure.data
    assert figure.layout.title.text
    assert figure.layout.annotations[0].text


def test_a_frame_turns_the_bars_into_those_of_other_probabilities() -> None:
    earlier = np.roll(SHARES, 1)
    changed = probability_frame(earlier, SHARES, DIGIT_NAMES, true_label=3)["data"][0]
    bars, expected = (probability_bars(shares, DIGIT_NAMES, true_label=3).data[0] for shares in (SHARES, earlier))
    assert bars.update(changed).to_plotly_json() == expected.to_plotly_json()


def test_a_frame_of_many_classes_keeps_those_that_are_shown() -> None:
    names = [f"class {number}" for number in range(26)]
    newest, earlier = np.linspace(0, 0.08, 26, dtype=np.float32), np.linspace(0.08, 0, 26, dtype=np.float32)
    shown = probability_bars(newest, names).data[0]
    changed = probability_frame(earlier, newest, names)["data"][0]
    assert changed["y"] == [round(float(earlier[names.index(said.split(":")[0])]), 4) for said in shown.customdata]


def test_where_nothing_is_known_no_bar_stands() -> None:
    frame = unknown_frame("Gone.")
    assert frame["data"][0]["y"] == []
    assert frame["layout"]["annotations"][0]["text"] == "Gone."


@pytest.mark.parametrize("true_label", [None, 5])
@pytest.mark.parametrize("count", [0, 1, 10, 15, 26])
def test_written_out_at_once_they_are_the_same(count: int, true_label: int | None) -> None:
    names = tuple(f"class {number}" for number in range(max(count, 1)))
    known = true_label if true_label is not None and true_label < count else None
    for seed in range(3):
        chances = np.random.default_rng(seed).dirichlet([0.3] * count).astype(np.float32) if count else SHARES[:0]
        figure = probability_bars(chances, names, true_label=known)
        lent, written = probability_bars_json(chances, names, true_label=known)
        assert json.loads(written) == json.loads(figure.to_json())
        assert lent.layout.height == figure.layout.height
