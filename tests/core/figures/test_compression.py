import numpy as np

from core.explain.compression import Compression
from core.figures.compression import bits_curve, pruning_curve

FOUND = Compression(
    shares=np.array([0.0, 0.5]),
    pruned=np.array([0.9, 0.8]),
    bits=np.array([2.0, 1]),
    quantised=np.array([0.85, 0.4]),
    weights=4000,
    images=10,
)


def test_curves_show_accuracy_beside_that_of_the_whole_network():
    figure = pruning_curve(FOUND, title="")
    (line,) = figure.data
    assert (list(line.x), list(line.y)) == ([0, 0.5], [0.9, 0.8])
    assert line.text[1] == "50% pruned, 2,000 weights left: 80.00%"
    assert figure.layout.shapes[0].y0 == 0.9
    (line,) = bits_curve(FOUND, title="").data
    assert list(line.text) == ["2 bits per weight, 1.0 kB: 85.00%", "1 bit per weight, 0.5 kB: 40.00%"]
