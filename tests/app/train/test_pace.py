"""The switch for slow motion, and the steps."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from core.config import TrainConfig
from core.engine.pace import Pace
from core.errors import RunError
from core.runs.records import DEMO_RUN_ID
from core.runs.status import RunStatus
from core.runs.store import RunStore
from core.settings import Settings
from tests.app.conftest import OpenPage
from ui.shell import resources


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, store: RunStore) -> list[tuple[Any, ...]]:
    """What the page asks of the engine, which does nothing of it."""
    from core.engine.engine import Engine

    asked: list[tuple[Any, ...]] = []

    def submit(_: Engine, config: TrainConfig, *, session: str, pace: Pace, exercise: str | None) -> SimpleNamespace:
        asked.append(("submit", config.epochs, pace))
        return SimpleNamespace(run_id=DEMO_RUN_ID)

    def resume(_: Engine, run_id: str, *, session: str, pace: Pace) -> None:
        asked.append(("resume", run_id, pace))

    monkeypatch.setattr(Engine, "submit", submit)
    monkeypatch.setattr(Engine, "resume", resume)
    return asked


@pytest.mark.slow
def test_train_starts_slowly_where_the_switch_says_so(open_page: OpenPage, asked: list[tuple[Any, ...]]) -> None:
    page = open_page("train", run=DEMO_RUN_ID, epochs="3")
    _press(page, "Train")
    next(toggle for toggle in page.toggle if toggle.label == "Slow motion").set_value(True).run()
    _press(page, "Train")
    assert asked == [("submit", 3, Pace()), ("submit", 3, Pace(slowly=True))]


@pytest.mark.slow
def test_a_step_goes_on_with_a_stopped_run_and_else_starts_one(
    open_page: OpenPage, asked: list[tuple[Any, ...]], store: RunStore
) -> None:
    config = TrainConfig(epochs=4)
    run_id = store.create(config).run_id
    store.record_status(run_id, RunStatus.STOPPED)
    _step(open_page("train", run=run_id, epochs="4"), "epoch")
    _step(open_page("train", run=run_id, epochs="5"), "batch")
    assert asked == [("resume", run_id, Pace(step="epoch")), ("submit", 5, Pace(step="batch"))]
    store.delete(run_id)


@pytest.fixture
def empty_store(monkeypatch: pytest.MonkeyPatch, store: RunStore, tmp_path: Path) -> Iterator[RunStore]:
    """A new store, into which the demo run cannot be imported."""

    def full(*_: object) -> None:
        raise RunError("The disk is full.")

    def open_store(opened: RunStore) -> None:
        resources.run_store.clear()
        with monkeypatch.context() as patched:
            patched.setattr("core.runs.store.RunStore", lambda _: opened)
            patched.setattr("core.runs.archive.bring_in_demo", full)
            # The datasets are those of the other tests, which no run of the new store names.
            patched.setattr(resources, "forget_left_behind", lambda *_: None)
            assert resources.run_store() is opened

    # The engine is that of the other tests as well, with their store.
    resources.engine()
    empty = RunStore(Settings(home=tmp_path))
    open_store(empty)
    yield empty
    open_store(store)
    empty.close()


def test_train_can_train_where_there_is_no_run_not_even_the_demo(
    open_page: OpenPage, empty_store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.engine.engine.Engine.submit", lambda _, config, **__: empty_store.create(config))
    page = open_page("train", epochs="3")
    assert [bar.text for bar in page.main.get("progress")] == ["**Ready** · press Train and watch it learn"]
    _press(page, "Train")
    (run,) = empty_store.runs()
    assert (run.config, run.run_id) == (TrainConfig(epochs=3), page.query_params["run"])
    assert "**Queued**" in page.main.get("progress")[0].text


def _step(page: Any, size: str) -> None:
    (menu,) = page.menu_button
    menu.set_value(size).run()
    assert not page.exception


def _press(page: Any, label: str) -> None:
    next(button for button in page.button if button.label == label).click().run()
    assert not page.exception
