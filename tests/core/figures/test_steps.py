import numpy as np

from core.data.mnist import load_mnist
from core.drawings.preprocessing import drawing_to_digit
from core.figures.steps import TILE_SIDE, step_tiles


def test_five_tiles_of_one_size_that_end_with_the_input_of_the_network() -> None:
    steps = drawing_to_digit(load_mnist("test").images[0].repeat(10, axis=0).repeat(10, axis=1))
    tiles = step_tiles(steps)
    assert [tile.image.shape for tile in tiles] == [(TILE_SIDE, TILE_SIDE)] * 5
    assert all(tile.caption and tile.alt for tile in tiles)
    assert np.array_equal(tiles[-1].image[::4, ::4], steps.digit)


def test_guides_lie_under_the_ink() -> None:
    steps = drawing_to_digit(np.full((20, 5), 255, np.uint8))
    *_, centred, sees = step_tiles(steps)
    assert (centred.image >= sees.image).all()
    assert (centred.image[sees.image == 255] == 255).all()
    assert centred.image.any(axis=0).all()


def test_nothing_drawn_gives_black_tiles() -> None:
    for shape in [(0, 0), (1, 1), (280, 280)]:
        *others, _, sees = step_tiles(drawing_to_digit(np.zeros(shape, np.uint8)))
        assert not any(tile.image.any() for tile in [*others, sees])


def test_extreme_shapes_fit() -> None:
    for shape in [(1, 3000), (3000, 1), (1, 1)]:
        tiles = step_tiles(drawing_to_digit(np.full(shape, 255, np.uint8)))
        assert all(tile.image.shape == (TILE_SIDE, TILE_SIDE) and tile.image.any() for tile in tiles)
