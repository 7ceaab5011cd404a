"""The clickable heatmap of a confusion matrix."""

import json
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

from core.figures.confusion import confusion_frame, confusion_heatmap, mistake_colour, unmeasured_frame

ROOT = Path(__file__).parents[3]


def _shown(figure) -> np.ndarray:
    """Texts of the cells."""
    side = len(figure.data[0].z)
    return np.array(figure.data[2].text).reshape(side, side)


def _blended(colour: str, page: str) -> np.ndarray:
    """A colour of the figure as it looks on a page, 0–255."""
    *rgb, alpha = (float(part) for part in re.findall(r"[\d.]+", colour))
    below = np.array([int(page[i : i + 2], 16) for i in (1, 3, 5)])
    return np.array(rgb) * alpha + below * (1 - alpha)


def _luminance(rgb: np.ndarray) -> float:
    srgb = rgb / 255
    return float(np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722])


def test_heatmap_shows_counts_and_every_cell_can_be_clicked() -> None:
    matrix = np.array([[90, 5, 0], [9, 1, 0], [0, 0, 7]])
    figure = confusion_heatmap(matrix, ["a", "b", "c"], selected=(1, 0))
    assert _shown(figure).tolist() == [["90", "5", "·"], ["9", "1", "·"], ["·", "·", "7"]]
    targets = figure.data[2]
    assert [tuple(cell) for cell in targets.customdata] == [(row, column) for row in range(3) for column in range(3)]
    assert [tuple(cell) for cell in targets.customdata] == list(zip(targets.y, targets.x, strict=True))
    assert "b read as a · 9 times" in targets.hovertext[3]
    assert "90.00% of all true b" in targets.hovertext[3]
    assert "c read as a · never" in targets.hovertext[6]
    box = figure.layout.shapes[0]
    assert (box.x0, box.x1, box.y0, box.y1) == (-0.5, 0.5, 0.5, 1.5)


def test_heatmap_shows_shares() -> None:
    matrix = np.array([[90, 10], [1, 3]])
    assert _shown(confusion_heatmap(matrix, "01", mode="by_true_row")).tolist() == [["90.0", "10.0"], ["25.0", "75.0"]]
    columns = confusion_heatmap(matrix, "01", mode="by_predicted_column")
    assert _shown(columns).tolist() == [["98.9", "76.9"], ["1.1", "23.1"]]


def test_colours_tell_the_mistakes_apart_whatever_the_diagonal_holds() -> None:
    matrix = np.array([[9_000, 1, 4], [9, 5, 0], [0, 2, 30]])
    quiet, mistakes = (np.array(trace.z) for trace in confusion_heatmap(matrix, "abc").data[:2])
    assert np.diag(quiet).tolist() == [1, 1, 1]
    assert np.isnan(np.diag(mistakes)).all()
    beside = [mistakes[row, column] for row, column in ((0, 1), (2, 1), (0, 2), (1, 0))]
    assert beside == sorted(set(beside)), "more mistakes, a stronger colour"
    assert beside[-1] == 1
    assert np.isnan(mistakes[matrix == 0]).all()
    fewer = matrix.copy()
    np.fill_diagonal(fewer, 10)
    np.testing.assert_array_equal(np.array(confusion_heatmap(fewer, "abc").data[1].z), mistakes)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_writing_in_the_page_s_colour_is_readable_in_every_cell(theme) -> None:
    page = tomllib.loads((ROOT / ".streamlit/config.toml").read_text())["theme"][theme]
    text = _luminance(np.array([int(page["textColor"][i : i + 2], 16) for i in (1, 3, 5)]))
    figure = confusion_heatmap(np.array([[5, 1], [9, 0]]), "01")
    assert figure.data[2].textfont.color is None
    grey = figure.data[0].colorscale[1][1]
    for colour in (grey, *(mistake_colour(share) for share in np.linspace(0, 1, 50))):
        cell = _luminance(_blended(colour, page["backgroundColor"]))
        # WCAG 2.2, success criterion 1.4.3.
        assert (max(text, cell) + 0.05) / (min(text, cell) + 0.05) >= 4.5, colour


@pytest.mark.parametrize("selected", [(5, 0), (-1, 0), None])
def test_a_cell_that_is_not_there_gets_no_outline(selected) -> None:
    assert not confusion_heatmap(np.eye(3, dtype=np.int64), "abc", selected=selected).layout.shapes


def test_empty_matrix_gives_a_titled_empty_figure() -> None:
    for matrix in (np.zeros((0, 0), dtype=np.int64), np.zeros((3, 3), dtype=np.int64)):
        figure = confusion_heatmap(matrix, "abc"[: len(matrix)])
        assert figure.layout.title.text == "Confusion matrix"
        assert not figure.data


def test_only_correct_answers() -> None:
    figure = confusion_heatmap(np.eye(2, dtype=np.int64) * 4, "ab")
    assert _shown(figure).tolist() == [["4", "·"], ["·", "4"]]
    assert np.isnan(np.array(figure.data[1].z)).all()


@pytest.mark.parametrize(
    ("names", "angle"), [(["ring", "bar", "triangle"], 0), ([str(n) for n in range(20)], 0), (["sandal"] * 10, -90)]
)
def test_names_that_have_room_are_not_turned(names, angle) -> None:
    figure = confusion_heatmap(np.eye(len(names), dtype=np.int64), names)
    assert figure.layout.xaxis.tickangle == angle


@pytest.mark.parametrize("mode", ["counts", "by_true_row", "by_predicted_column"])
def test_a_frame_turns_the_matrix_into_another(mode) -> None:
    random, names = np.random.default_rng(4), tuple("abcde")
    newest, earlier = (random.integers(0, 30, (5, 5)) for _ in range(2))
    figure, expected = (confusion_heatmap(matrix, names, mode=mode) for matrix in (newest, earlier))
    frame = json.loads(json.dumps(confusion_frame(earlier, names, mode=mode)))
    for number, changed in frame["data"].items():
        figure.data[int(number)].update(changed)
    for trace in (0, 1):
        shown = np.array(figure.data[trace].z, dtype=float)
        np.testing.assert_allclose(shown, np.array(expected.data[trace].z, dtype=float), atol=0.006)
    assert figure.data[2].text == expected.data[2].text
    assert figure.data[2].hovertext[1] == f"a read as b · {earlier[0, 1]} times"


def test_frames_of_many_classes_stay_small() -> None:
    names = [f"class {number}" for number in range(47)]
    frame = confusion_frame(np.random.default_rng(5).integers(0, 9, (47, 47)), names)
    assert len(json.dumps(frame, separators=(",", ":"))) < 40_000


def test_where_nobody_has_measured_there_are_no_cells() -> None:
    frame = unmeasured_frame("Later.")
    assert [changed.get("z") for changed in frame["data"].values()] == [[], [], None]
    assert frame["layout"]["annotations"][0]["text"] == "Later."
