"""What Inside draws, held against the numbers it is drawn from."""

import numpy as np

from core.figures.ablation import class_accuracies
from core.figures.theme import NEGATIVE_COLOUR, POSITIVE_COLOUR, rgb
from core.figures.weights import weight_montage, weight_pictures


def test_points_are_the_accuracies_and_a_class_without_images_has_none() -> None:
    before, after = np.array([0.98, np.nan, 0.9]), np.array([0.97, np.nan, 0.62])
    figure = class_accuracies(before, after, ["a", "b", "c"])
    lines, *points = figure.data
    np.testing.assert_array_equal(points[0].y, before)
    np.testing.assert_array_equal(points[1].y, after)
    assert points[1].customdata[2] == "c: 62.00%"
    assert [lines.y[6], lines.y[7]] == [0.9, 0.62]
    assert figure.layout.yaxis.range[0] == 0.6
    assert {trace.type for trace in figure.data} == {"scatter"}


def test_without_images_a_sentence_stands_in_for_the_points() -> None:
    nothing = np.full(2, np.nan)
    assert "no images" in class_accuracies(nothing, nothing, ["a", "b"]).layout.annotations[0].text


def test_the_strongest_weight_has_the_full_colour_of_its_sign() -> None:
    weights = np.array([[[0.5, -0.25], [0, 0]], [[-3, 0], [0, 1.5]]], dtype=np.float32)
    pictures = weight_pictures(weights)
    assert tuple(pictures[0, 0, 0]) == rgb(POSITIVE_COLOUR)
    assert tuple(pictures[1, 0, 0]) == rgb(NEGATIVE_COLOUR)
    assert tuple(pictures[0, 1, 0]) == (0, 0, 0)
    np.testing.assert_array_equal(weight_montage(weights)[:2, :2], pictures[0])
