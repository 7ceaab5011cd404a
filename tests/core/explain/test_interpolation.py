import numpy as np
import pytest

from core.config import TrainConfig
from core.explain.interpolation import walk_between
from tests.core.explain.test_attributions import LINEAR, image, network


def test_every_image_on_the_way_is_read_by_the_network() -> None:
    model = network(TrainConfig(hidden_size=12))
    walk = walk_between(model, image(0), image(1), steps=5)
    np.testing.assert_array_equal(walk.shares, [0, 0.25, 0.5, 0.75, 1])
    np.testing.assert_array_equal(walk.images[[0, -1]], np.stack([image(0), image(1)]))
    middle = (image(0).astype(float) + image(1)) / 2
    assert np.abs(walk.images[2] - middle).max() <= 0.5
    for picture, said in zip(walk.images, walk.probabilities, strict=True):
        np.testing.assert_allclose(model.probabilities(picture[None])[0], said, atol=1e-5)


def test_turns_are_where_the_answer_changes() -> None:
    model = network(LINEAR)
    walk = walk_between(model, image(0), image(4), steps=101)
    answers = model.logits(walk.images).argmax(axis=1)
    assert len(walk.turns) == (answers[1:] != answers[:-1]).sum() > 0
    for share, before, after in walk.turns:
        place = round(share * 100 - 0.5)
        assert share == pytest.approx((place + 0.5) / 100)
        assert (answers[place], answers[place + 1]) == (before, after)


def test_a_walk_from_an_image_to_itself_never_turns() -> None:
    assert walk_between(network(LINEAR), image(), image(), steps=3).turns == ()
