import numpy as np

from core.figures.attribution import attribution_map
from core.figures.interpolation import walk_curves


def test_values_and_outline_of_an_attribution() -> None:
    values = np.linspace(-1, 3, 784).reshape(28, 28)
    image = np.zeros((28, 28), np.uint8)
    image[5:9, 5:9] = 255
    own, shared = (attribution_map(values, image, of="logit", strongest=strongest) for strongest in (None, 5.0))
    np.testing.assert_allclose(own.data[0].z, values, atol=1e-6)
    np.testing.assert_array_equal(own.data[1].z, image)
    assert (own.data[0].zmin, own.data[0].zmax, shared.data[0].zmax) == (-3, 3, 5)
    assert "logit" in own.data[0].hovertemplate


def test_where_nothing_speaks_the_scale_is_not_empty() -> None:
    figure = attribution_map(np.zeros((28, 28)), np.zeros((28, 28), np.uint8), of="logit")
    assert figure.data[0].zmin < figure.data[0].zmax
    assert "nothing" in attribution_map(np.empty((0, 0)), np.empty((0, 0), np.uint8), of="").layout.annotations[0].text


def test_a_walk_shows_the_classes_that_count() -> None:
    shares = np.array([0, 0.5, 1])
    probabilities = np.array([[0.9, 0.06, 0.04], [0.5, 0.48, 0.02], [0, 0.96, 0.04]], dtype=np.float32)
    figure = walk_curves(shares, probabilities, ("a", "b", "c"))
    assert [line.name for line in figure.data] == ["a", "b"]
    np.testing.assert_allclose(figure.data[1].y, probabilities[:, 1], atol=1e-4)
    assert len({line.line.color for line in figure.data}) == 2
    assert walk_curves(np.empty(0), np.empty((0, 3), np.float32), ("a", "b", "c")).layout.annotations
