import numpy as np
import pytest

from core.analysis.paging import page_count, page_of, page_slice, page_within


@pytest.mark.parametrize(("items", "pages"), [(0, 1), (1, 1), (100, 1), (101, 2), (55_000, 550)])
def test_page_count(items, pages):
    assert page_count(items, 100) == pages


def test_pages_together_are_everything():
    positions = np.arange(230)
    pages = [page_slice(positions, page, 100) for page in (1, 2, 3)]
    assert np.array_equal(np.concatenate(pages), positions)
    assert np.array_equal(page_slice(positions, 99, 100), pages[-1])
    assert np.array_equal(page_slice(positions, -1, 100), pages[0])


def test_a_page_that_is_not_there_becomes_the_nearest() -> None:
    assert [page_within(page, 230, 100) for page in (-1, 0, 1, 3, 4, 99)] == [1, 1, 1, 3, 3, 3]
    assert page_within(7, 0, 100) == 1


def test_every_item_stands_on_its_page() -> None:
    positions = np.arange(500, 730)
    for place, position in enumerate(positions):
        assert position in page_slice(positions, page_of(place, 100), 100)
