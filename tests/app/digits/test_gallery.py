import numpy as np
import pytest

from core.figures.montage import digit_montage, montage_size
from ui.digits import gallery
from ui.digits.state import GalleryState


@pytest.fixture
def state(monkeypatch) -> GalleryState:
    state = GalleryState()
    monkeypatch.setattr(gallery, "page_state", lambda _: state)
    return state


def click(state: GalleryState, identity: int, position: int) -> None:
    state.clicks["grid"] = (identity, position)


def chosen(identity: int = 1, count: int = 10, selected: int | None = None) -> int | None:
    return gallery._remembered("grid", identity, count, selected)


def test_nothing_is_chosen_at_first(state):
    assert chosen() is None
    assert chosen(selected=3) == 3


def test_a_click_stays_until_the_images_change(state):
    chosen()
    click(state, 1, 4)
    assert [chosen(), chosen()] == [4, 4]
    assert chosen(identity=2) is None


def test_a_click_wins_over_what_was_given_until_another_is_given(state):
    chosen(selected=3)
    click(state, 1, 4)
    assert [chosen(selected=3), chosen(selected=3)] == [4, 4]
    assert chosen(selected=8) == 8
    assert chosen(selected=3) == 3


@pytest.mark.parametrize("selected", [-1, 10, 99])
def test_a_position_that_is_not_there_is_not_chosen(state, selected):
    assert chosen(selected=selected) is None


def test_the_frame_of_a_montage_has_its_proportions():
    images = np.zeros((23, 28, 28), dtype=np.uint8)
    assert montage_size(digit_montage(images, [""] * 23, columns=10)) == (10, 3)
    assert montage_size(digit_montage(images, [""] * 23, columns=10, captions=[""] * 23)) == (10, pytest.approx(4.2))
    assert montage_size(digit_montage(images[:0], [], columns=10)) is None
