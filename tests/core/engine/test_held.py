"""Images come to a worker once."""

import threading

import numpy as np
import pytest

from core.data.dataset import ImageDataset, SourceDataset
from core.engine import held
from core.engine.held import HeldDatasets
from core.errors import DataError


def images(count: int) -> SourceDataset:
    return SourceDataset(ImageDataset("some", np.zeros((count, 28, 28), np.uint8), np.zeros(count, np.int64)))


class Bringer:
    def __init__(self) -> None:
        self.brought: list[str] = []

    def get(self, datasets: HeldDatasets, name: str, count: int = 1) -> SourceDataset | None:
        def bring() -> SourceDataset:
            self.brought.append(name)
            return images(count)

        return datasets.get(name, bring, lambda: False)


def test_many_threads_that_want_the_same_wait_for_one_that_brings_it() -> None:
    datasets, begun, may_end = HeldDatasets(), threading.Event(), threading.Event()
    brought, got = [], []

    def bring() -> SourceDataset:
        brought.append(images(1))
        begun.set()
        assert may_end.wait(10)
        return brought[-1]

    threads = [threading.Thread(target=lambda: got.append(datasets.get("a", bring, lambda: False))) for _ in range(5)]
    threads[0].start()
    assert begun.wait(10)
    for thread in threads[1:]:
        thread.start()
    # One that is stopped meanwhile does not wait to the end; another dataset is not waited for.
    assert datasets.get("a", bring, lambda: True) is None
    assert datasets.get("b", lambda: images(2), lambda: False) is not None
    may_end.set()
    for thread in threads:
        thread.join(10)
    assert len(brought) == 1
    assert got == brought * 5


def test_the_ones_used_last_are_held_and_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held, "MOST_BYTES", 25 * (784 + 8))
    datasets, bringer = HeldDatasets(), Bringer()
    for name in ("a", "b", "a", "c", "a", "b"):
        bringer.get(datasets, name, 10)
    # Two of them have room; b was used longest ago when c came.
    assert bringer.brought == ["a", "b", "c", "b"]
    for _ in range(2):
        bringer.get(datasets, "large", 100)
    assert bringer.brought[4:] == ["large"]


def test_what_could_not_be_brought_is_tried_again() -> None:
    datasets, bringer = HeldDatasets(), Bringer()

    def fail() -> SourceDataset:
        raise DataError("There is no dataset.")

    with pytest.raises(DataError):
        datasets.get("a", fail, lambda: False)
    assert datasets.get("a", lambda: None, lambda: False) is None
    assert bringer.get(datasets, "a") is not None
