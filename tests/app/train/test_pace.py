"""The switch for slow motion, and the steps."""

from types import SimpleNamespace
from typing import Any

import pytest

from core.config import TrainConfig
from core.engine.pace import Pace
from core.runs.records import DEMO_RUN_ID
from core.runs.status import RunStatus
from core.runs.store import RunStore
from tests.app.conftest import OpenPage


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


def _step(page: Any, size: str) -> None:
    (menu,) = page.menu_button
    menu.set_value(size).run()
    assert not page.exception


def _press(page: Any, label: str) -> None:
    next(button for button in page.button if button.label == label).click().run()
    assert not page.exception
