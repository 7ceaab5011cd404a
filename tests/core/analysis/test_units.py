import numpy as np
import pytest

from core.analysis.units import flat_shares


@pytest.mark.parametrize(
    ("activation", "said", "expected"),
    [
        ("relu", [[0, 0, 1], [0, 2, 3]], [1, 0.5, 0]),
        # The slopes are 1 - h² and h (1 - h): below 0.01 and 0.0025.
        ("tanh", [[0.996, 0.99, -0.999], [-0.996, 0, 0]], [1, 0, 0.5]),
        ("sigmoid", [[0.998, 0.99, 0.001], [0.001, 0.5, 0.5]], [1, 0, 0.5]),
        ("none", [[0, 100, -100], [0, 1, 2]], [0, 0, 0]),
    ],
)
def test_a_unit_is_flat_where_its_activation_has_no_slope(activation, said, expected):
    assert flat_shares(activation, np.array(said, dtype=np.float32)).tolist() == expected
