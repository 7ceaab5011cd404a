from dataclasses import replace

import numpy as np
import pytest

from core.explain.landscape import Landscape
from core.figures.landscape import landscape_map, named_moments

LANDSCAPE = Landscape(
    across=np.array([-2.0, 0, 2]),
    upwards=np.array([-1.0, 0, 1]),
    losses=np.array([[1.0, 0.1, 1], [0.5, 0.01, 0.5], [10, np.nan, 10]]),
    epochs=np.array([0, 1, 2]),
    path=np.array([[-1.0, 0.5], [-0.01, 0.01], [0, 0]]),
    own_losses=np.array([2.3, 0.02, 0.01]),
    plane_losses=np.array([2.2, 0.03, 0.01]),
    share=0.9,
    is_drawn=False,
    images=100,
)


def test_colours_are_logarithms_and_the_path_names_its_epochs():
    contour, path = landscape_map(LANDSCAPE, unit="nats per image").data
    np.testing.assert_allclose(contour.z[:2], [[0, -1, 0], [np.log10(0.5), -2, np.log10(0.5)]])
    assert (contour.contours.start, contour.contours.end) == (-2, pytest.approx(1))
    assert list(contour.colorbar.ticktext) == [
        "0.01",
        "0.02",
        "0.03",
        "0.05",
        "0.07",
        "0.1",
        "0.2",
        "0.3",
        "0.5",
        "0.7",
        "1",
        "2",
        "3",
        "5",
        "7",
        "10",
    ]
    assert list(path.customdata) == [0, 1, 2]
    assert list(path.text) == ["start", "", "epoch 2"]
    assert "epoch 1</b><br>loss 0.0200 nats per image<br>on the plane 0.0300" in path.hovertext[1]


def test_names_that_would_cover_each_other_are_left_out():
    assert named_moments(np.array([[0.0, 0], [10, 0], [10.1, 0], [5, 5]])) == [True, True, False, True]
    assert named_moments(np.zeros((3, 2))) == [False, False, True]


def test_a_plane_without_any_loss_says_so():
    figure = landscape_map(replace(LANDSCAPE, losses=np.full((3, 3), np.nan)), unit="")
    assert not figure.data
    assert "not a finite number" in figure.layout.annotations[0].text


def test_an_even_plane_has_a_scale():
    contour, _ = landscape_map(replace(LANDSCAPE, losses=np.full((3, 3), 0.3), is_drawn=True), unit="").data
    assert contour.contours.size > 0
    assert list(contour.colorbar.ticktext) == ["0.3", "0.3"]
