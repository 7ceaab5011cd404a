from dataclasses import replace

import numpy as np

from core.explain.distributions import Distributions
from core.figures.distributions import distribution_map, unit_states

FOUND = Distributions(
    epochs=np.array([0, 4]),
    kinds=np.array([0]),
    layers=np.array([0]),
    edges=np.array([[-1.0, 0, 1]]),
    counts=np.array([[[10, 90], [0, 100]]]),
    units=np.array([20]),
    dead=np.array([[0], [5]]),
    saturated=np.array([[0], [10]]),
    images=7,
)


def test_a_column_for_each_moment_holds_shares():
    (heatmap,) = distribution_map(FOUND, 0, title="").data
    assert (list(heatmap.x), list(heatmap.y)) == (["start", "4"], [-0.5, 0.5])
    np.testing.assert_allclose(heatmap.customdata, [[0.1, 0], [0.9, 1]])
    np.testing.assert_allclose(heatmap.z, [[-1, np.nan], [np.log10(0.9), 0]])
    assert heatmap.text[1][0] == "0 to 1"
    assert not distribution_map(replace(FOUND, counts=np.zeros_like(FOUND.counts)), 0, title="").data


def test_states_are_lines_of_shares():
    dead, saturated = unit_states(FOUND, ["Hidden layer 1"], title="").data
    assert (list(dead.y), list(saturated.y)) == ([0, 0.25], [0, 0.5])
    (dead,) = unit_states(replace(FOUND, saturated=np.zeros((2, 1), dtype=int)), ["Hidden layer 1"], title="").data
    assert dead.name == "Hidden layer 1, dead"
    empty = replace(FOUND, units=np.zeros(0), dead=np.zeros((2, 0)), saturated=np.zeros((2, 0)))
    assert "no unit can die" in unit_states(empty, [], title="").layout.annotations[0].text
