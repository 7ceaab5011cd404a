"""Who judges a drawing: made at once, or by a worker, or nobody yet; each says why."""

from concurrent.futures import Future
from dataclasses import replace

import pytest

from core.reading.judging import IMAGES_GONE, STILL_TRAINING
from core.reading.reader import Judge
from core.runs.records import DEMO_RUN_ID
from core.runs.status import RunStatus
from core.runs.store import RunStore
from ui.digits import reader
from ui.shell.background import Work


def test_the_demo_run_has_its_judge_at_once(store: RunStore) -> None:
    judge = reader.reader_of(store.get(DEMO_RUN_ID)).judge
    assert judge.temperature is not None
    assert judge.familiarity is not None
    assert judge.why_not == ""


def test_a_run_that_goes_on_is_not_judged_and_neither_is_one_without_images(store: RunStore) -> None:
    demo = store.get(DEMO_RUN_ID)
    going = reader.reader_of(replace(demo, status=RunStatus.RUNNING)).judge
    gone = reader.reader_of(replace(demo, config=demo.config.replace(dataset="mine-0123456789"))).judge
    assert (going.familiarity, going.why_not) == (None, STILL_TRAINING)
    assert (gone.familiarity, gone.why_not) == (None, IMAGES_GONE)


def test_a_slow_one_comes_from_a_worker_and_nobody_waits_for_it(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = replace(store.get(DEMO_RUN_ID), checkpoints=99)
    future: Future[Judge] = Future()
    kept: list[Judge] = []
    work = Work(future)
    asked: list[str] = []
    monkeypatch.setattr(reader, "is_quick", lambda _: False)
    monkeypatch.setattr(reader, "kept_judge", lambda *_: None)
    monkeypatch.setattr(reader, "keep_judge", lambda judge, *_: kept.append(judge))
    monkeypatch.setattr(reader, "find_work", lambda _: work if asked else None)
    monkeypatch.setattr(reader, "start_work", lambda key, *_: asked.append(key) or work)
    assert reader.reader_of(run).judge.why_not == reader.reader_of(run).judge.why_not == reader.BEING_MADE
    made = Judge(why_not="made")
    future.set_result(made)
    assert [reader.reader_of(run).judge for _ in range(2)] == [made, made]
    assert (len(asked), kept) == (1, [made]), "asked for once, kept once"


def test_one_that_fails_is_said_and_not_asked_for_again(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    failed: Future[Judge] = Future()
    failed.set_exception(MemoryError())
    monkeypatch.setattr(reader, "is_quick", lambda _: False)
    monkeypatch.setattr(reader, "find_work", lambda _: Work(failed))
    judge = reader.reader_of(store.get(DEMO_RUN_ID)).judge
    assert (judge.temperature, "could not be calibrated" in judge.why_not) == (None, True)
