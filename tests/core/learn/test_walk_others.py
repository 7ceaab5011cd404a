"""What a step does to other digits, against the forward pass that autograd holds, image by image."""

import numpy as np
import pytest

from core.data.dataset import ImageDataset, Normalisation
from core.learn.walk import forward, fresh_weights, take_walk
from core.learn.walk_others import on_others, read

NORMALISATION = Normalisation(0.1307, 0.3081)


def test_readings_and_changes_are_those_of_each_image_alone(mnist_train: ImageDataset) -> None:
    images, labels = mnist_train.images[:40], mnist_train.labels[:40]
    weights = fresh_weights(0)
    walk = take_walk(weights, NORMALISATION, images[7], int(labels[7]), 0.05)
    moved = weights.moved(walk.gradients, 0.05)

    def alone(network, position: int):
        inputs = (images[position].ravel() / 255 - NORMALISATION.mean) / NORMALISATION.std
        return forward(network, inputs, int(labels[position]))

    before, after = ([alone(network, position) for position in range(40)] for network in (weights, moved))
    found = read(weights, NORMALISATION, images, labels)
    np.testing.assert_allclose(found.losses, [one.loss for one in before], rtol=1e-9)
    assert found.predicted.tolist() == [int(one.probabilities.argmax()) for one in before]

    others = on_others(walk, images, labels)
    rest = [position for position in range(40) if position != 7]
    assert others.images == 39
    assert others.loss_before == pytest.approx(np.mean([before[place].loss for place in rest]))
    assert others.loss_after == pytest.approx(np.mean([after[place].loss for place in rest]))
    correct = [int(after[place].probabilities.argmax()) == labels[place] for place in rest]
    assert others.accuracy_after == pytest.approx(np.mean(correct))
    for label in range(10):
        changes = [after[place].loss - before[place].loss for place in rest if labels[place] == label]
        assert others.change_by_class[label] == pytest.approx(np.mean(changes) if changes else 0.0)


def test_images_of_the_same_digit_gain_at_the_cost_of_others(mnist_train: ImageDataset) -> None:
    images, labels = mnist_train.images[:2_000], mnist_train.labels[:2_000]
    walk = take_walk(fresh_weights(0), NORMALISATION, images[0], int(labels[0]), 0.05)
    changes = on_others(walk, images, labels).change_by_class
    assert changes[labels[0]] < 0
    assert np.delete(changes, labels[0]).max() > 0
