import numpy as np

from core.analysis.strangers import noise, quarter_turned, scrambled, scribbles
from core.data.dataset import ImageDataset


def test_each_comes_from_its_seed_alone(mnist_test: ImageDataset) -> None:
    some = mnist_test.images[:4]
    for make in (lambda seed: noise(4, seed), lambda seed: scrambled(some, seed), lambda seed: scribbles(4, seed)):
        assert (make(0) == make(0)).all()
        assert (make(0) != make(1)).any()
        assert (make(0).shape, make(0).dtype) == ((4, 28, 28), np.uint8)
    assert noise(0).shape == scribbles(0).shape == (0, 28, 28)


def test_scrambled_has_the_same_ink_and_no_two_the_same_order(mnist_test: ImageDataset) -> None:
    some = mnist_test.images[[0, 0]]
    mixed = scrambled(some)
    assert (np.sort(mixed.reshape(2, -1)) == np.sort(some.reshape(2, -1))).all()
    assert (mixed[0] != mixed[1]).any()


def test_quarter_turns_go_left_and_right(mnist_test: ImageDataset) -> None:
    some = mnist_test.images[:3]
    turned = quarter_turned(some)
    for place, turns in enumerate((1, 3, 1)):
        assert (turned[place] == np.rot90(some[place], turns)).all()


def test_scribbles_are_framed_as_drawings_are() -> None:
    for one in scribbles(5):
        rows, columns = np.flatnonzero(one.any(axis=1)), np.flatnonzero(one.any(axis=0))
        assert max(np.ptp(rows), np.ptp(columns)) in range(18, 22)
