"""The share of images that are read correctly, against scikit-learn."""

import math

import numpy as np
from sklearn.metrics import accuracy_score

from core.analysis.accuracy import share_correct


def test_it_is_that_of_scikit_learn_of_logits_and_of_labels_alike() -> None:
    generator = np.random.default_rng(0)
    logits, labels = generator.normal(size=(200, 10)), generator.integers(0, 10, 200)
    read = logits.argmax(axis=1)
    read[:50] = labels[:50]
    logits[np.arange(50), labels[:50]] = 10
    assert share_correct(logits, labels) == share_correct(read, labels) == accuracy_score(labels, read)
    assert math.isnan(share_correct(logits[:0], labels[:0]))
