"""What is read apart is read by one process a file of tests: to start one takes longer than most of the readings."""

from collections.abc import Iterator

import pytest

from core.data.apart import one_process


@pytest.fixture(scope="module", autouse=True)
def one_reader() -> Iterator[None]:
    with one_process():
        yield
