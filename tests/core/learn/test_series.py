"""The arrays of the from-scratch series against the lines of the series themselves."""

import numpy as np

from core.data.dataset import ImageDataset
from core.learn.series import series_arrays


def test_arrays_are_printed_as_the_lines_of_the_series_print_them(mnist_train: ImageDataset) -> None:
    images, labels = mnist_train.images[:2_500], mnist_train.labels[:2_500]
    # Its lines, on a table as its CSV is: a label and 784 pixels in a row, all float64.
    data = np.column_stack([labels, images.reshape(-1, 784)]).astype(np.float64)
    train, test = np.split(data, [1_500])
    y_train, x_train = np.split(train.T, [1])
    y_test, x_test = np.split(test.T, [1])
    np.random.seed(3)  # noqa: NPY002 - the series draws from NumPy’s global generator
    W1 = np.random.rand(20, 784) - 0.5  # noqa: NPY002, N806
    W2 = np.random.rand(10, 20) - 0.5  # noqa: NPY002, N806
    expected = {
        "x_train": x_train,
        "y_train": y_train,
        "x_test": x_test,
        "y_test": y_test,
        "W1": W1,
        "B1": np.zeros((20, 1)),
        "W2": W2,
        "B2": np.zeros((10, 1)),
    }
    arrays = series_arrays(images, labels, train=1_500, seed=3)
    assert [array.name for array in arrays] == list(expected)
    for array in arrays:
        assert array.values.shape == expected[array.name].shape
        assert array.printed == str(expected[array.name])
    assert arrays[-1].printed.splitlines() == ["[[0.]", *[" [0.]"] * 8, " [0.]]"]


def test_pixels_are_no_copy(mnist_train: ImageDataset) -> None:
    assert np.shares_memory(series_arrays(mnist_train.images, mnist_train.labels)[0].values, mnist_train.images)
