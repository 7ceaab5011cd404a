"""The board of a class: what changed is read again and nothing else, and everybody’s best is what it is."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from core.classroom import board as board_module
from core.classroom.board import LOOK_SECONDS, Board
from core.classroom.exercise import Exercise
from core.classroom.standings import standings
from core.config import TrainConfig
from core.figures.class_curves import MOST_POINTS, class_figure, class_lines, class_title
from core.runs.query import RunQuery
from core.runs.records import Run
from core.runs.status import RunOrigin, RunStatus
from core.runs.store import RunStore
from tests.core.builders import make_metrics, make_run

MIA, BEN, LOU = (letter * 32 for letter in "abc")
WIDE = TrainConfig(hidden_size=64)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def run_of(owner: str | None, number: int, accuracy: float | None = 0.9, **changes: object) -> Run:
    run = make_run(f"run-{number}", config=WIDE, owner=owner, exercise="wide")
    return replace(run, val_accuracy=accuracy, created=run.created + timedelta(minutes=number), **changes)


@contextmanager
def statements(store: RunStore) -> Iterator[list[str]]:
    said: list[str] = []

    def note(connection, cursor, statement, *rest) -> None:
        said.append(statement)

    event.listen(store.database, "before_cursor_execute", note)
    yield said
    event.remove(store.database, "before_cursor_execute", note)


@pytest.fixture
def board(store: RunStore) -> Board:
    for run in (run_of(MIA, 1), run_of(BEN, 2), replace(run_of(BEN, 3), exercise=None)):
        store.insert(run)
    store.insert(replace(run_of(BEN, 4), origin=RunOrigin.EXPERIMENT))
    store.members.join("wide", MIA, "Mia")
    return Board(store, "wide", Clock())


def look_again(board: Board) -> object:
    board._clock.now += LOOK_SECONDS
    return board.look()


def test_it_has_the_trained_runs_of_the_exercise_with_their_curves(board: Board, store: RunStore) -> None:
    seen = board.look()
    assert [run.run_id for run in seen.runs] == ["run-2", "run-1"]
    assert seen.nicknames == {MIA: "Mia"}
    for run in seen.runs:
        epochs = store.get(run.run_id).epochs
        assert seen.curves[run.run_id] == tuple((epoch.position, epoch.val_accuracy) for epoch in epochs)


def test_only_what_has_changed_is_read_again(board: Board, store: RunStore) -> None:
    before = board.look()
    with statements(store) as said:
        assert board.look() is before
        assert said == []
        assert look_again(board) is before
        assert len(said) == 2, "one statement looks at all runs, one at the nicknames"
    store.insert(replace(run_of(MIA, 1), epochs=tuple(map(make_metrics, (1, 2, 3))), epochs_done=3.0))
    with statements(store) as said:
        after = look_again(board)
    assert after.version != before.version
    assert len(after.curves["run-1"]) == 3
    assert after.runs[0] is before.runs[0]
    assert len(said) == 4


def test_what_is_gone_or_called_otherwise_is_seen(board: Board, store: RunStore) -> None:
    before = board.look()
    store.bin.put("run-1")
    store.members.join("wide", BEN, "Ben")
    after = look_again(board)
    assert [run.run_id for run in after.runs] == ["run-2"]
    assert "run-1" not in after.curves
    assert after.nicknames[BEN] == "Ben"
    assert after.version != before.version


def test_a_read_that_broke_off_leaves_nothing_of_a_run_that_is_deleted_then(
    board: Board, store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.classroom.board._AT_ONCE", 1)
    real, calls = store.listing.find, itertools.count(1)

    def breaks_off(query: RunQuery) -> list[Run]:
        if next(calls) == 2:
            raise OperationalError("SELECT", {}, Exception("the connection is lost"))
        return real(query)

    monkeypatch.setattr(store.listing, "find", breaks_off)
    with pytest.raises(OperationalError):
        board.look()
    (read,) = board._read.runs
    store.delete(read)
    assert len(look_again(board).runs) == 1


def test_the_best_run_of_each_decides() -> None:
    runs = [
        *(run_of(MIA, 1, 0.97), run_of(MIA, 2, 0.98), run_of(MIA, 3, 0.98)),
        *(run_of(BEN, 4, 0.98), run_of(BEN, 5, None, status=RunStatus.RUNNING)),
        run_of(LOU, 6, None, status=RunStatus.QUEUED),
        run_of(None, 7, 0.5),
    ]
    found = standings(runs, {MIA: "Mia", BEN: "Ben", "d" * 32: "Ada"}, Exercise("wide"))
    told = [(one.place, one.nickname, one.best and one.best.run_id, one.runs, one.active) for one in found]
    assert told == [
        (1, "Ben", "run-4", 2, 1),
        (1, "Mia", "run-2", 3, 0),
        (3, "", "run-7", 1, 0),
        (None, "", None, 1, 1),
        (None, "Ada", None, 0, 0),
    ]


@pytest.mark.parametrize(
    "changes",
    [
        *({"hidden_size": 65}, {"widths": "2048"}, {"architecture": "linear"}),
        *({"validation_size": 10}, {"split_seed": 1}, {"dataset": "sklearn-digits"}),
        *({"start_from": "run-0"}, {"teacher": "run-0"}),
    ],
)
def test_what_was_trained_or_judged_otherwise_does_not_count(changes: dict[str, object]) -> None:
    exercise = Exercise("wide", fixed=MappingProxyType({"hidden_size": 64}))
    other = run_of(MIA, 2, 0.99)
    found = standings([run_of(MIA, 1, 0.9), replace(other, config=WIDE.replace(**changes))], {}, exercise)
    assert [(one.best.run_id, one.runs) for one in found] == [("run-1", 2)]


def test_what_an_exercise_has_all_begin_from_counts() -> None:
    exercise = Exercise("wide", fixed=MappingProxyType({"start_from": "run-0", "teacher": "run-0"}))
    given = WIDE.replace(start_from="run-0", teacher="run-0")
    runs = [run_of(MIA, 1, 0.9), replace(run_of(MIA, 2, 0.8), config=given)]
    assert [one.best.run_id for one in standings(runs, {}, exercise)] == ["run-2"]


def test_a_split_in_order_is_judged_where_the_training_images_end() -> None:
    exercise = Exercise("wide", fixed=MappingProxyType({"split": "in_order"}))
    whole, short = (WIDE.replace(split="in_order", **few) for few in ({}, {"training_size": 1_000}))
    runs = [replace(run_of(MIA, 1, 0.8), config=whole), replace(run_of(MIA, 2, 0.9), config=short)]
    assert [one.best.run_id for one in standings(runs, {}, exercise)] == ["run-1"]
    free = [run_of(MIA, 1, 0.8), replace(run_of(MIA, 2, 0.9), config=WIDE.replace(training_size=1_000))]
    assert [one.best.run_id for one in standings(free, {}, Exercise("wide"))] == ["run-2"]


def test_lines_break_between_runs_and_colours_stay_with_nicknames() -> None:
    lines = class_lines(
        [("Mia", ((1.0, 0.5),)), ("Ben", ()), ("<b>", ((1.0, 0.6), (2.0, 0.7))), ("Mia", ((0.5, 0.4),))]
    )
    assert [(line.nickname, line.x, line.y) for line in lines] == [
        ("Mia", (1.0, None, 0.5), (0.5, None, 0.4)),
        ("<b>", (1.0, 2.0), (0.6, 0.7)),
    ]
    styles = {"Mia": 0, "Ben": 1, "<b>": 2}
    alone, both = (class_figure(some, styles, class_title()) for some in (lines[1:], lines))
    assert alone.data[0].line.color == both.data[1].line.color
    assert both.data[1].name == "&lt;b&gt;"
    assert class_figure([], {}, class_title()).layout.annotations[0].text.startswith("The first curve")


def test_of_a_long_curve_no_more_points_are_drawn_than_can_be_seen() -> None:
    (line,) = class_lines([("Mia", tuple((float(epoch), epoch / 200) for epoch in range(1, 201)))])
    assert len(line.x) == MOST_POINTS
    assert (line.x[0], line.x[-1], line.y[-1]) == (1.0, 200.0, 1.0)
    steps = {round(after - before) for before, after in itertools.pairwise(line.x)}
    assert steps <= {4, 5}, "evenly"
    (whole,) = class_lines([("Mia", tuple((float(epoch), 0.5) for epoch in range(MOST_POINTS)))])
    assert whole.x == tuple(map(float, range(MOST_POINTS)))


def test_only_the_newest_are_read(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board_module, "MOST_RUNS", 3)
    monkeypatch.setattr(board_module, "MOST_CURVES", 1)
    for number in (1, 2, 3):
        store.insert(run_of(MIA, number))
    board = Board(store, "wide", Clock())
    all_of_them = board.look()
    assert not all_of_them.has_older
    assert not all_of_them.has_all_curves
    assert list(all_of_them.curves) == ["run-3"]
    store.insert(run_of(MIA, 4, None, status=RunStatus.QUEUED, epochs=(), epochs_done=0.0))
    seen = look_again(board)
    assert [run.run_id for run in seen.runs] == ["run-4", "run-3", "run-2"]
    assert seen.has_older
    assert list(seen.curves) == ["run-3"], "of the newest that has one"
    store.bin.put("run-3")
    seen = look_again(board)
    assert [run.run_id for run in seen.runs] == ["run-4", "run-2", "run-1"]
    assert not seen.has_older
    assert seen.curves == {"run-2": all_of_them.curves["run-3"]}
