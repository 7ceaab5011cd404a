"""The clickable heatmap of a confusion matrix."""

import numpy as np
import pytest

from core.figures.confusion import confusion_heatmap


def _shown(figure) -> np.ndarray:
    """Texts of the cells: the two heatmaps share them out between white and black writing."""
    white, black = (np.array(trace.text) for trace in figure.data[:2])
    assert not ((white != "") & (black != "")).any()
    return np.where(white != "", white, black)


def test_heatmap_shows_counts_and_every_cell_can_be_clicked() -> None:
    matrix = np.array([[90, 5, 0], [9, 1, 0], [0, 0, 7]])
    figure = confusion_heatmap(matrix, ["a", "b", "c"], selected=(1, 0))
    assert _shown(figure).tolist() == [["90", "5", "·"], ["9", "1", "·"], ["·", "·", "7"]]
    targets = figure.data[2]
    assert [tuple(cell) for cell in targets.customdata] == [(row, column) for row in range(3) for column in range(3)]
    assert [tuple(cell) for cell in targets.customdata] == list(zip(targets.y, targets.x, strict=True))
    assert "True b, predicted a: <b>9</b>" in targets.hovertext[3]
    assert "90.0% of all true b" in targets.hovertext[3]
    box = figure.layout.shapes[0]
    assert (box.x0, box.x1, box.y0, box.y1) == (-0.5, 0.5, 0.5, 1.5)


def test_heatmap_shows_shares_and_hides_the_diagonal() -> None:
    matrix = np.array([[90, 10], [1, 3]])
    figure = confusion_heatmap(matrix, "01", mode="by_true_row", hide_diagonal=True)
    assert _shown(figure).tolist() == [["", "10.0"], ["25.0", ""]]


def test_writing_is_readable_on_every_colour() -> None:
    # Squares: the colour follows the root, so that every shade of the scale comes up.
    matrix = np.square(np.arange(400)).reshape(20, 20)
    figure = confusion_heatmap(matrix, [str(label) for label in range(20)])
    positions = [stop[0] for stop in figure.data[0].colorscale]
    stops = np.array([[int(stop[1][i : i + 2], 16) for i in (1, 3, 5)] for stop in figure.data[0].colorscale])
    for trace in figure.data[:2]:
        text = 1.0 if trace.textfont.color == "#ffffff" else 0.0
        for value in trace.z[~np.isnan(trace.z)]:
            srgb = np.array([np.interp(value, positions, stops[:, channel]) for channel in range(3)]) / 255
            linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
            cell = float(linear @ [0.2126, 0.7152, 0.0722])
            contrast = (max(text, cell) + 0.05) / (min(text, cell) + 0.05)
            # WCAG 2.2, success criterion 1.4.3.
            assert contrast >= 4.5


@pytest.mark.parametrize("selected", [(5, 0), (-1, 0), None])
def test_a_cell_that_is_not_there_gets_no_outline(selected) -> None:
    assert not confusion_heatmap(np.eye(3, dtype=np.int64), "abc", selected=selected).layout.shapes


def test_empty_matrix_gives_a_titled_empty_figure() -> None:
    for matrix in (np.zeros((0, 0), dtype=np.int64), np.zeros((3, 3), dtype=np.int64)):
        figure = confusion_heatmap(matrix, "abc"[: len(matrix)])
        assert figure.layout.title.text == "Confusion matrix"
        assert not figure.data


def test_only_right_answers_with_the_diagonal_hidden() -> None:
    figure = confusion_heatmap(np.eye(2, dtype=np.int64) * 4, "ab", hide_diagonal=True)
    assert _shown(figure).tolist() == [["", "·"], ["·", ""]]
