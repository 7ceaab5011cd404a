"""Experiments on the page: one says what to expect, a click trains, measures and judges; a reload finds it again."""

import re
from concurrent.futures import Future
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core.config import TrainConfig
from core.learn.experiments import catalogue, records
from core.learn.experiments.catalogue import EXPERIMENTS, experiment_named
from core.learn.experiments.records import SEEDS, Experiment, Outcome, Variant, seeds_of
from core.runs.rows import insert_run, update_run
from core.runs.status import RunOrigin, RunStatus
from core.runs.store import RunStore
from tests.app.conftest import OpenPage, rerun_until
from tests.core.builders import make_run
from ui.learn.experiments import page as experiments_page
from ui.learn.experiments.outcome import EXPECTATIONS
from ui.shell import background

TINY = TrainConfig(hidden_size=4, training_size=200, validation_size=200, epochs=1, schedule="constant")


def verdict(page: AppTest) -> str:
    return next((text.value for text in page.markdown if "The claim is" in text.value), "")


def expect_something(page: AppTest, outcome: Outcome = Outcome.CONFIRMED) -> AppTest:
    return page.radio[0].set_value(outcome).run()


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> Experiment:
    """The experiment on augmentation with two seeds, and networks that are trained in no time."""
    monkeypatch.setattr(records, "SEEDS", 2)
    variants = (Variant("as they are", TINY), Variant("shifted", TINY.replace(shift=3)))
    small = replace(experiment_named("augmentation"), variants=variants)
    others = tuple(small if one.name == small.name else one for one in EXPERIMENTS)
    monkeypatch.setattr(catalogue, "EXPERIMENTS", others)
    monkeypatch.setattr(experiments_page, "EXPERIMENTS", others)
    return small


@pytest.mark.slow
def test_every_experiment_opens_quotes_its_document_and_asks_what_one_expects(open_page: OpenPage) -> None:
    page = open_page("learn", part="experiments")
    for experiment in EXPERIMENTS:
        page.selectbox("experiment").set_value(experiment.name).run()
        assert not page.exception
        assert page.header[0].value == experiment.question
        assert any(experiment.claims[0].quote in text.value for text in page.markdown)
        assert page.radio[0].value is None
        assert list(page.radio[0].options) == list(EXPECTATIONS.values())
        runs = SEEDS * len(experiment.variants)
        assert not runs or any(f"{runs} training runs, about" in text.value for text in page.caption)


@pytest.mark.slow
def test_an_experiment_trains_asks_judges_and_is_found_again(
    open_page: OpenPage, store: RunStore, tiny: Experiment
) -> None:
    page = open_page("learn", part="experiments", experiment=tiny.name)
    page.button("run_experiment").click().run()
    assert not page.exception
    # AppTest knows a progress bar by its words alone.
    assert re.search(r"\d of 4 training runs have ended; about \d+ (s|min) left\.", str(page.get("progress")[0].proto))
    rerun_until(page, lambda: any("There is a result" in info.value for info in page.info))
    assert not verdict(page)
    assert page.button("run_experiment").disabled
    expect_something(page, Outcome.MIXED)
    assert "The claim is" in verdict(page)
    assert page.radio[0].disabled
    assert page.radio[0].value is Outcome.MIXED
    assert any("You expected: some parts hold" in text.value for text in page.caption)
    assert any("Not yet repeated" in text.value for text in page.caption)
    again = expect_something(open_page("learn", part="experiments", experiment=tiny.name))
    assert verdict(again) == verdict(page)
    runs = [run for run in store.runs() if run.config in tiny.configs(seeds_of(1))]
    names = {tiny.run_name(variant, seed) for variant in tiny.variants for seed in seeds_of(1)}
    assert {run.name for run in runs} == names
    assert all(run.status is RunStatus.COMPLETED for run in runs)
    assert all(run.origin is RunOrigin.EXPERIMENT for run in runs)


def test_other_seeds_are_another_set_in_the_address(open_page: OpenPage, tiny: Experiment) -> None:
    page = open_page("learn", part="experiments", experiment=tiny.name, seed_set="7")
    assert any("Seeds 12 to 13" in text.value for text in page.caption)
    page.button("others").click().run()
    assert page.query_params["seed_set"] == "8"
    assert any("Seeds 14 to 15" in text.value for text in page.caption)
    assert not page.button("run_experiment").disabled
    page = open_page("learn", part="experiments", seed_set="0")
    assert "“0”" in page.warning[0].value


@pytest.mark.slow
def test_what_there_is_no_room_for_follows_as_runs_end(
    open_page: OpenPage, store: RunStore, tiny: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ui.shell.resources import engine

    monkeypatch.setattr(engine(), "most_of_one", 3)
    page = open_page("learn", part="experiments", experiment=tiny.name, seed_set="2")
    page.button("run_experiment").click().run()
    configs = tiny.configs(seeds_of(2))
    assert 0 < sum(run.config in configs for run in store.runs()) <= 3 + 1
    assert page.button("run_experiment").disabled
    page.button("stop_experiment").click().run()
    assert not page.exception
    rerun_until(page, lambda: not any(run.status.is_active for run in store.runs() if run.config in configs))
    assert sum(run.config in configs for run in store.runs()) < len(configs)
    page.button("run_experiment").click().run()
    expect_something(page)
    rerun_until(page, lambda: bool(verdict(page)))


def test_a_click_runs_what_has_been_stopped_since_the_button_was_drawn(
    open_page: OpenPage, store: RunStore, tiny: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[TrainConfig]] = []
    monkeypatch.setattr(experiments_page, "begin", lambda *what: asked.append(what[2]))
    configs = list(tiny.configs(seeds_of(4)))
    waits = replace(make_run("under-way", config=configs[0]), status=RunStatus.QUEUED, origin=RunOrigin.EXPERIMENT)
    with store.database.begin() as connection:
        # The engine calls a run interrupted that nobody has.
        insert_run(connection, waits, store.lease().server_id)
    try:
        page = open_page("learn", part="experiments", experiment=tiny.name, seed_set="4")
        captions = [text.value for text in page.caption]
    finally:
        with store.database.begin() as connection:
            update_run(connection, waits.run_id, {"status": RunStatus.STOPPED.value})
    try:
        page.button("run_experiment").click().run()
    finally:
        store.delete(waits.run_id)
    assert any("3 training runs, about" in text for text in captions)
    assert asked == [configs]


def test_without_any_room_a_sentence_says_why(
    open_page: OpenPage, store: RunStore, tiny: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ui.shell.resources import engine

    monkeypatch.setattr(engine(), "most_of_one", 0)
    page = open_page("learn", part="experiments", experiment=tiny.name, seed_set="3")
    page.button("run_experiment").click().run()
    assert [error.value for error in page.error] == [
        "You have 0 runs under way, the most that you may have: stop one, or wait until one ends."
    ]
    assert not any(run.config in tiny.configs(seeds_of(3)) for run in store.runs())
    assert not page.button("run_experiment").disabled


@pytest.mark.slow
def test_a_measurement_alone_is_made_on_a_click_and_kept(open_page: OpenPage) -> None:
    page = open_page("learn", part="experiments", experiment="centred")
    page.button("run_experiment").click().run()
    expect_something(page)
    rerun_until(page, lambda: bool(verdict(page)))
    assert "mixed" in verdict(page)
    assert verdict(expect_something(open_page("learn", part="experiments", experiment="centred")))


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
