"""Computations in parts, with workers that answer when the test says so."""

from concurrent.futures import Future

import pytest

from core.errors import EngineError
from ui.shell.series import Series


class Worker:
    """Keeps what it is asked, each with its future."""

    def __init__(self) -> None:
        self.asked: list[tuple[Future, tuple]] = []

    def analyse(self, function, *arguments) -> Future:
        self.asked.append((Future(), (function, *arguments)))
        return self.asked[-1][0]

    def answer(self, value) -> None:
        self.asked[-1][0].set_result(value)


@pytest.fixture
def worker() -> Worker:
    return Worker()


@pytest.fixture
def series(worker) -> Series:
    series = Series(worker.analyse, max, (1, 2), [10, 20, 30], sum)
    series.begin()
    return series


def test_one_part_follows_the_other_and_the_last_gives_the_result(series, worker):
    for done, part in enumerate((10, 20, 30)):
        assert (series.is_running, series.share, series.result) == (True, pytest.approx(done / 3), None)
        assert [arguments for _, arguments in worker.asked][done:] == [(max, 1, 2, part)]
        worker.answer(part + 1)
    assert (series.is_running, series.is_done, series.share, series.result) == (False, True, 1, 63)


def test_a_part_can_go_on_from_the_one_before(worker):
    series = Series(worker.analyse, max, (1,), [10, 20], list, carries=True)
    series.begin()
    worker.answer(7)
    worker.answer(8)
    assert [arguments for _, arguments in worker.asked] == [(max, 1, None, 10), (max, 1, 7, 20)]
    assert series.result == [7, 8]


def test_after_a_stop_nothing_more_is_asked(series, worker):
    worker.answer(1)
    series.stop()
    assert worker.asked[-1][0].cancelled()
    assert len(worker.asked) == 2
    assert (series.is_running, series.result, series.error) == (False, None, None)


def test_a_part_that_fails_ends_it_with_its_sentence(series, worker):
    worker.asked[-1][0].set_exception(EngineError("No worker is there."))
    assert (series.is_running, series.result, series.error) == (False, None, "No worker is there.")
    assert len(worker.asked) == 1


def test_parts_that_are_done_at_once_are_all_taken():
    def analyse(function, *arguments) -> Future:
        future: Future = Future()
        future.set_result(function(arguments))
        return future

    series = Series(analyse, sum, (1,), list(range(50)), list)
    series.begin()
    assert series.result == list(range(1, 51))
