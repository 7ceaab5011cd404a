"""Who wrote which half of MNIST's test images.

References
----------
Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits", https://yann.lecun.com/exdb/mnist/:
the first 5,000 test images are from NIST's SD-3 (employees), the last 5,000 from SD-1 (students).
C. Yadav, L. Bottou, "Cold Case: the Lost MNIST Digits", 2019, https://arxiv.org/abs/1905.10498: 2,000 employees and 500
students.
"""

import numpy as np
from numpy.typing import NDArray

WRITERS = ("employees", "students")


def some_of(writers: str, labels: NDArray[np.int64], rows: int) -> NDArray[np.int64]:
    """Places of test images by these writers, row by row one of each digit 0–9; int64 ``(10 * rows,)``.

    Parameters
    ----------
    labels
        int64, shape ``(10000,)``: of the official test set, in its order.
    """
    half = len(labels) // 2
    start = half * WRITERS.index(writers)
    places = [start + np.flatnonzero(labels[start : start + half] == digit)[:rows] for digit in range(10)]
    return np.stack(places, axis=1).reshape(-1)
