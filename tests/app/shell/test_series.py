"""Computations in parts, with workers that answer when the test says so."""

from collections.abc import Iterator
from concurrent.futures import Future

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import EngineError
from ui.shell import background
from ui.shell import series as shell_series
from ui.shell.background import Work, find_work, start_work
from ui.shell.series import Series, find_series, start_series, stop_series


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


@pytest.fixture
def asked(worker, monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    """What all sessions share, with nothing in it, and the worker that is asked."""
    for module in (shell_series, background):
        monkeypatch.setattr(module, "engine", lambda: worker)
        module._kept.clear()
    yield worker
    for module in (shell_series, background):
        module._kept.clear()


def begin(number: int) -> Series:
    return start_series(f"series {number}", max, (), [number], list)


def test_what_is_running_is_never_forgotten_however_much_there_is(asked):
    """A page that finds nothing of what it waits for would begin it again, and end what other pages wait for."""
    running = [begin(number) for number in range(40)]
    assert [find_series(f"series {number}") for number in range(40)] == running
    assert all(series.is_running for series in running)
    assert not any(future.cancelled() for future, _ in asked.asked)
    assert begin(0) is running[0]
    assert len(asked.asked) == 40
    stop_series("series 0")
    assert asked.asked[0][0].cancelled()
    assert find_series("series 0") is None


def test_more_than_the_workers_will_soon_get_to_is_refused_with_a_sentence(asked):
    begun = [begin(number) for number in range(64)]
    for number in range(64, 200):
        with pytest.raises(EngineError, match="at most 64 measurements at a time: try again"):
            begin(number)
    assert len(asked.asked) == 64
    assert begin(3) is begun[3]
    assert all(series.is_running for series in begun)
    asked.answer(0)
    assert begin(64).is_running
    assert len(asked.asked) == 65


def test_what_begins_unasked_says_that_it_is_refused_and_offers_to_try_again(asked):
    for number in range(64):
        begin(number)
    page = AppTest.from_function(_show_measurement).run()
    assert not page.exception
    assert ["at most 64" in error.value for error in page.error] == [True]
    asked.answer(0)
    page.button[0].click().run()
    assert not page.error
    assert find_series("asked by a page").is_running


def _show_measurement() -> None:
    from ui.shell.measurement import Measurement, Prepared, begin, show_running, show_start

    measurement = Measurement("asked by a page", lambda: Prepared(max, (), [1], list))
    begin(measurement)
    if not show_running(measurement, "It is measured.", key="stop"):
        show_start(measurement, "Measure", key="start")


def test_of_what_has_ended_those_stay_that_were_looked_at_last(asked):
    under_way = begin(-1)
    for number in range(20):
        begin(number)
        asked.answer(number)
        assert find_series("series 0").result == [0], "somebody looks at it all the time"
    kept = [number for number in range(20) if find_series(f"series {number}") is not None]
    assert kept == [0, *range(4, 20)], "sixteen were there when the last one was begun"
    assert find_series("series -1") is under_way
    assert under_way.is_running


def test_work_that_is_running_is_not_asked_for_twice(asked):
    running = [start_work(f"work {number}", max, number) for number in range(100)]
    assert [start_work(f"work {number}", max, number) for number in range(100)] == running
    assert len(asked.asked) == 100
    assert all(isinstance(work, Work) and work.is_running for work in map(find_work, (f"work {n}" for n in range(100))))
