"""Experiments on the page: one click trains, measures and judges; a reload finds everything again."""

import time
from collections.abc import Callable
from concurrent.futures import Future

import pytest
from streamlit.testing.v1 import AppTest

from core.learn.experiments.catalogue import EXPERIMENTS, experiment_named
from core.runs.status import RunOrigin, RunStatus
from core.runs.store import RunStore
from tests.app.conftest import OpenPage, discard
from ui.shell import background

PATIENCE = 300


def run_until(page: AppTest, condition: Callable[[], bool]) -> None:
    """Rerun the page as its own polling would."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, [info.value for info in page.info]
        page.run()
        assert not page.exception


def verdict(page: AppTest) -> str:
    return next((text.value for text in page.markdown if "The claim is" in text.value), "")


def test_every_experiment_opens_and_quotes_its_document(open_page: OpenPage) -> None:
    page = open_page("learn", part="experiments")
    for experiment in EXPERIMENTS:
        page.selectbox("experiment").set_value(experiment.name).run()
        assert not page.exception
        assert page.header[0].value == experiment.question
        assert any(experiment.claims[0].quote in text.value for text in page.markdown)


@pytest.mark.slow
def test_an_experiment_trains_and_judges_and_is_found_again(open_page: OpenPage, store: RunStore) -> None:
    experiment = experiment_named("scaling")
    page = open_page("learn", part="experiments", experiment="scaling")
    page.button("run_experiment").click().run()
    assert not page.exception
    names = {run.name for run in store.runs() if run.config in [variant.config for variant in experiment.variants]}
    assert names == {experiment.run_name(variant) for variant in experiment.variants}
    run_until(page, lambda: bool(verdict(page)))
    assert "confirmed" in verdict(page)
    assert page.button("run_experiment").disabled
    again = open_page("learn", part="experiments", experiment="scaling")
    assert verdict(again) == verdict(page)
    runs = [run for run in store.runs() if run.name in names]
    assert all(run.status is RunStatus.COMPLETED for run in runs)
    assert all(run.origin is RunOrigin.EXPERIMENT for run in runs)


def test_what_there_is_no_room_for_is_said(open_page: OpenPage, store: RunStore, me: str, monkeypatch) -> None:
    from ui.shell.resources import engine

    monkeypatch.setattr(engine(), "most_of_one", 1)
    page = open_page("learn", part="experiments", experiment="learning_rate")
    before = {run.run_id for run in store.runs()}
    page.button("run_experiment").click().run()
    (run_id,) = {run.run_id for run in store.runs()} - before
    (said,) = [info.value for info in page.info if "are queued" in info.value]
    assert said.startswith(f"1 of {len(experiment_named('learning_rate').variants)} runs are queued")
    page.button("run_experiment").click().run()
    assert [error.value for error in page.error] == [
        "You have 1 run under way, as many as one may: stop one, or wait until one ends."
    ]
    discard(store, run_id)


def test_a_measurement_alone_is_made_on_a_click_and_kept(open_page: OpenPage) -> None:
    page = open_page("learn", part="experiments", experiment="centred")
    assert not verdict(page)
    page.button("run_experiment").click().run()
    run_until(page, lambda: bool(verdict(page)))
    assert "mixed" in verdict(page)
    assert verdict(open_page("learn", part="experiments", experiment="centred"))


def test_a_measurement_that_fails_says_so_in_every_session_and_can_be_made_again(open_page: OpenPage, monkeypatch):
    asked: list[Future] = []

    class Worker:
        def analyse(self, _function, *_arguments) -> Future:
            asked.append(Future())
            return asked[-1]

    monkeypatch.setattr(background, "engine", Worker)
    page = open_page("learn", part="experiments", experiment="loader")
    page.button("run_experiment").click().run()
    asked[0].set_exception(MemoryError())
    for session in (page.run(), open_page("learn", part="experiments", experiment="loader")):
        assert not session.exception
        assert session.error[0].value.startswith("Nothing was measured:")
    page.button("again").click().run()
    assert not page.error
    assert page.info[0].value == "Measuring …"
    assert len(asked) == 2


@pytest.mark.parametrize("name", ["nothing", ""])
def test_an_unknown_experiment_is_named(open_page: OpenPage, name: str) -> None:
    page = open_page("learn", part="experiments", experiment=name)
    assert f"“{name}”" in page.warning[0].value
    assert page.selectbox("experiment").value == EXPERIMENTS[0].name
