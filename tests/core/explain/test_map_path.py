"""Digits on the map of a layer from place to place."""

import numpy as np

from core.explain.kept_results import write_result
from core.explain.map_path import MapPath, read_path


def test_a_place_without_points_shows_those_of_the_one_before(tmp_path):
    path = MapPath(np.array([0.5, 1, 3]), np.arange(12, dtype=np.float32).reshape(3, 2, 2))
    assert path.at(0.25) is None
    assert path.at(2)[0, 0] == 4
    assert path.at(7)[0, 0] == 8
    write_result(tmp_path / "path.safetensors", path)
    again = read_path(tmp_path / "path.safetensors")
    assert np.array_equal(again.points, path.points)
    assert np.array_equal(again.positions, path.positions)
    write_result(tmp_path / "path.safetensors", MapPath(path.positions, path.points[:, :, :1]))
    assert read_path(tmp_path / "path.safetensors") is None
