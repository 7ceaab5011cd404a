"""Confusion matrices against scikit-learn, and the clickable heatmap."""

import numpy as np
import pytest
from sklearn import metrics

from core.analysis.confusion import confusion_matrix, most_confused_pairs, normalised, without_diagonal
from core.figures.confusion import confusion_heatmap


def _labels(classes: int, count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    labels = random.integers(0, classes, count)
    return labels, np.where(random.random(count) < 0.7, labels, random.integers(0, classes, count))


@pytest.mark.filterwarnings("ignore:A single label was found")
@pytest.mark.parametrize(("classes", "count"), [(10, 1000), (3, 50), (1, 5), (10, 0), (26, 400)])
def test_matrix_agrees_with_sklearn(classes: int, count: int) -> None:
    labels, predicted = _labels(classes, count)
    ours = confusion_matrix(labels, predicted, classes)
    assert ours.dtype == np.int64
    if count:
        np.testing.assert_array_equal(ours, metrics.confusion_matrix(labels, predicted, labels=range(classes)))
    assert ours.shape == (classes, classes)
    assert ours.sum() == count


@pytest.mark.parametrize(("mode", "sklearn_mode"), [("by true row", "true"), ("by predicted column", "pred")])
def test_shares_agree_with_sklearn_also_for_a_missing_class(mode, sklearn_mode) -> None:
    labels, predicted = _labels(5, 200)
    ours = normalised(confusion_matrix(labels, predicted, 7), mode)
    theirs = metrics.confusion_matrix(labels, predicted, labels=range(7), normalize=sklearn_mode)
    np.testing.assert_allclose(ours, theirs)


def test_out_of_range_label_is_refused() -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        confusion_matrix(np.array([0, 2]), np.array([0, 1]), 2)


def test_most_confused_pairs_with_ties_and_zeros() -> None:
    matrix = np.array([[90, 5, 5], [9, 1, 0], [0, 0, 7]])
    pairs = most_confused_pairs(matrix, 10)
    assert [(pair.true_label, pair.predicted_label, pair.count) for pair in pairs] == [(1, 0, 9), (0, 1, 5), (0, 2, 5)]
    assert pairs[0].share == pytest.approx(0.9)
    assert len(most_confused_pairs(matrix, 1)) == 1
    assert matrix[0, 0] == 90


def test_no_confusions() -> None:
    assert most_confused_pairs(np.eye(4, dtype=np.int64)) == ()
    assert most_confused_pairs(np.zeros((1, 1), dtype=np.int64)) == ()


def test_diagonal_can_be_left_out() -> None:
    values = without_diagonal(np.ones((3, 3)))
    assert np.isnan(np.diagonal(values)).all()
    assert np.nansum(values) == 6


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
    figure = confusion_heatmap(matrix, "01", mode="by true row", hide_diagonal=True)
    assert _shown(figure).tolist() == [["", "10.0"], ["25.0", ""]]


def test_writing_is_readable_on_every_colour() -> None:
    matrix = np.arange(100).reshape(10, 10)
    figure = confusion_heatmap(matrix, "0123456789")
    positions = [stop[0] for stop in figure.data[0].colorscale]
    stops = np.array([[int(stop[1][i : i + 2], 16) for i in (1, 3, 5)] for stop in figure.data[0].colorscale])
    for trace in figure.data[:2]:
        text = 1.0 if trace.textfont.color == "#ffffff" else 0.0
        for value in trace.z[~np.isnan(trace.z)]:
            srgb = np.array([np.interp(value, positions, stops[:, channel]) for channel in range(3)]) / 255
            linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
            cell = float(linear @ [0.2126, 0.7152, 0.0722])
            contrast = (max(text, cell) + 0.05) / (min(text, cell) + 0.05)
            assert contrast >= 4.4  # WCAG asks for 4.5


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
