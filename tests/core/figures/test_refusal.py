"""The curves of what is refused show what was computed."""

import numpy as np

from core.analysis.refusal import refusal_curve
from core.figures.refusal import refusal_curves


def test_each_kind_has_its_curve_from_corner_to_corner_through_its_own_points() -> None:
    chance = np.random.default_rng(0)
    own, apart = chance.random(5_000, dtype=np.float32), chance.random(300, dtype=np.float32) + np.float32(0.5)
    curves = {"Noise": refusal_curve(own, own[:100] + 2), "Scribbles": refusal_curve(own, apart)}
    figure = refusal_curves(curves, chosen=0.05)
    assert [line.name for line in figure.data[1:]] == [
        "Noise, area 1.000",
        f"Scribbles, area {curves['Scribbles'].area:.3f}",
    ]
    for line, curve in zip(figure.data[1:], curves.values(), strict=True):
        assert len(line.x) <= 200
        points = list(zip(line.x, line.y, strict=True))
        assert (points[0], points[-1]) == ((0, 0), (1, 1))
        assert set(points) <= set(zip(curve.own_refused, curve.strangers_refused, strict=True))
    assert (figure.layout.shapes[0].x0, figure.layout.shapes[0].x1) == (0.05, 0.05)


def test_nothing_gives_a_titled_empty_figure() -> None:
    figure = refusal_curves({"Noise": refusal_curve(np.empty(0, np.float32), np.ones(1, np.float32))}, chosen=0.05)
    assert figure.layout.title.text
    assert not figure.data
