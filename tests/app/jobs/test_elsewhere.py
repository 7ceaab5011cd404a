"""Runs that another server has, on the same home, and what the queue says of those that this one has."""

from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from core.analysis.advice import Action
from core.config import TrainConfig
from core.data.drawn import drawn_name, mark_of
from core.engine.job import JobSnapshot
from core.learn.experiments.catalogue import EXPERIMENTS
from core.learn.experiments.records import seeds_of
from core.runs.records import Run
from core.runs.status import RunOrigin, RunStatus
from core.runs.store import RunStore
from tests.app.conftest import OpenPage
from tests.core.builders import ENVIRONMENT, make_metrics
from ui.classroom.feed import look_again
from ui.jobs import controls, queue
from ui.jobs.controls import ELSEWHERE
from ui.shell.words import escape_markdown

CONFIG = TrainConfig(hidden_size=4, epochs=5)


@pytest.fixture
def other(store: RunStore) -> Iterator[RunStore]:
    """The store of another server that lives, on the same home."""
    other = RunStore(store.settings)
    yield other
    other.close()


@pytest.fixture
def elsewhere(other: RunStore, store: RunStore, me: str) -> Iterator[Run]:
    """A run of this very browser that the other server is training: two of its five epochs are there."""
    run = other.create(CONFIG, owner=me, exercise="wide")
    other.record_start(run.run_id, ENVIRONMENT)
    for epoch in (1, 2):
        other.record_epoch(run.run_id, make_metrics(epoch))
    look_again("wide")
    yield other.get(run.run_id)
    other.record_status(run.run_id, RunStatus.STOPPED)
    other.delete(run.run_id)
    look_again("wide")


def stop_of(page: AppTest) -> Button:
    (button,) = [button for button in page.main.button if button.label == "Stop"]
    return button


def said(page: AppTest) -> str:
    return "\n".join(str(element.value) for element in page.main.markdown)


@pytest.mark.parametrize(
    ("name", "words"), [("class", "running elsewhere, 2.0 of 5 epochs · yours"), ("train", "**Learning** · about")]
)
def test_a_run_that_another_server_has_is_stopped_there(
    open_page: OpenPage, elsewhere: Run, name: str, words: str
) -> None:
    page = open_page(name, run=elsewhere.run_id, exercise="wide")
    bars = [bar.text for bar in page.main.get("progress")]
    assert words in "\n".join([said(page), *bars])
    assert (stop_of(page).disabled, stop_of(page).help) == (True, escape_markdown(ELSEWHERE))


def test_its_fine_tuning_on_draw_is_stopped_there(other: RunStore, me: str) -> None:
    tuned = other.create(CONFIG.replace(start_from="demo", dataset=drawn_name(mark_of(me), "mine")), owner=me)
    other.record_start(tuned.run_id, ENVIRONMENT)
    page = AppTest.from_function(_show_fine_tuning, args=(tuned.run_id,)).run()
    other.record_status(tuned.run_id, RunStatus.STOPPED)
    other.delete(tuned.run_id)
    assert not page.exception
    assert (stop_of(page).disabled, stop_of(page).help) == (True, escape_markdown(ELSEWHERE))


def test_its_experiment_on_learn_is_stopped_there(other: RunStore, me: str) -> None:
    experiment = EXPERIMENTS[0]
    run = other.create(experiment.configs(seeds_of(9))[0], owner=me, origin=RunOrigin.EXPERIMENT)
    other.record_start(run.run_id, ENVIRONMENT)
    page = AppTest.from_function(_show_experiment, args=(experiment.name,)).run()
    other.record_status(run.run_id, RunStatus.STOPPED)
    other.delete(run.run_id)
    assert not page.exception
    assert (stop_of(page).disabled, stop_of(page).help) == (True, escape_markdown(ELSEWHERE))


@pytest.mark.parametrize(("owner", "is_here", "stops"), [("a", False, False), ("a", True, True), ("b", True, False)])
def test_the_coach_stops_only_what_can_be_stopped_here(
    store: RunStore, me: str, monkeypatch: pytest.MonkeyPatch, owner: str, is_here: bool, stops: bool
) -> None:
    run = store.create(CONFIG, owner=owner * 32)
    snapshot = JobSnapshot(run.run_id, CONFIG, RunStatus.RUNNING)
    job = SimpleNamespace(run_id=run.run_id, status=snapshot.status, snapshot=lambda: snapshot)
    monkeypatch.setattr(controls, "engine", lambda: SimpleNamespace(job={run.run_id: job}.get if is_here else {}.get))
    train, goes_on = (
        AppTest.from_function(_show_coach, args=(run.run_id, action)).run().button[0]
        for action in (Action.TRAIN, Action.CONTINUE)
    )
    store.record_status(run.run_id, RunStatus.STOPPED)
    store.delete(run.run_id)
    assert train.label == ("Stop · Do it" if stops else "Do it")
    assert not train.disabled, "to train something else is everybody’s"
    assert (goes_on.label, goes_on.disabled) == ("Do it", owner == "b")


def test_a_stop_that_comes_too_late_for_this_server_says_so(elsewhere: Run, store: RunStore) -> None:
    page = AppTest.from_function(_show_stop, args=(elsewhere.run_id,)).run()
    page.button[0].click().run()
    assert not page.exception
    assert [error.value for error in page.error] == [escape_markdown(ELSEWHERE)]
    assert store.summary(elsewhere.run_id).status is RunStatus.RUNNING


def test_of_a_run_that_waits_on_another_server_no_place_is_made_up(
    open_page: OpenPage, other: RunStore, me: str
) -> None:
    run = other.create(CONFIG, owner=me)
    try:
        assert queue.place_words(controls.snapshot_of(run.run_id)) == "queued on another server"
        page = open_page("train", run=run.run_id)
        assert [bar.text for bar in page.main.get("progress")] == [
            "**Queued** · on another server: its place there is not known here"
        ]
        assert stop_of(page).disabled
    finally:
        other.record_status(run.run_id, RunStatus.STOPPED)
        other.delete(run.run_id)


def test_class_and_queue_say_place_and_wait(
    open_page: OpenPage, elsewhere: Run, me: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = JobSnapshot(elsewhere.run_id, CONFIG, RunStatus.QUEUED, queue_place=2, workers=1)
    jobs = [
        SimpleNamespace(run_id=one.run_id, session=session, status=one.status, snapshot=lambda one=one: one)
        for one, session in ((replace(waits, run_id="demo", queue_place=1), "b" * 32), (waits, me))
    ]
    engine = SimpleNamespace(
        job={job.run_id: job for job in jobs}.get,
        active_jobs=lambda: jobs,
        seconds_to_start={"demo": 0.0, elsewhere.run_id: 150.0}.get,
    )
    for module in (controls, queue):
        monkeypatch.setattr(module, "engine", lambda: engine)
    page = open_page("class", exercise="wide")
    assert "queued, place 2, starts in about 2 min · yours" in said(page)
    assert not stop_of(page).disabled
    listed = AppTest.from_function(_show_queue).run()
    assert not listed.exception
    first, *rows = [str(row.value) for row in listed.markdown]
    assert first == "**On the workers: 2 runs**"
    # The next to begin waits for nothing that could be told.
    assert [row.partition(" · ")[2].rpartition(" · ")[0].split(" · ")[-1] for row in rows] == [
        "queued, place 1",
        "queued, place 2, starts in about 2 min",
    ]
    assert queue.queue_version() == (("demo", "queued, place 1"), (elsewhere.run_id, "queued, place 2"))


def _show_stop(run_id: str) -> None:
    import streamlit as st

    from ui.jobs.controls import stop_training
    from ui.shell.sentences import repeat_sentences

    repeat_sentences()
    st.button("Stop", on_click=stop_training, args=(run_id,))


def _show_fine_tuning(run_id: str) -> None:
    from ui.draw.fine_tune import show_fine_tuning
    from ui.shell.resources import run_store

    show_fine_tuning(run_store().get(run_id), None)


def _show_experiment(name: str) -> None:
    from core.learn.experiments.catalogue import EXPERIMENTS
    from ui.learn.experiments.page import show_buttons

    show_buttons(next(one for one in EXPERIMENTS if one.name == name), 9)


def _show_coach(run_id: str, action: str) -> None:
    from core.analysis.advice import Action, Advice, Symptom
    from core.config import TrainConfig
    from ui.jobs.controls import snapshot_of
    from ui.train.coach import show_coach

    show_coach(Advice(Symptom.FINE, "Said.", "Do it", Action(action), TrainConfig()), snapshot_of(run_id))


def _show_queue() -> None:
    from ui.jobs.queue import show_queue

    show_queue()
