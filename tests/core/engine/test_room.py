"""How many runs may be under way: of one session, and in all."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.engine import engine as engine_module
from core.engine.connection import Connection
from core.engine.engine import Engine
from core.errors import EngineError
from core.runs.store import RunStore
from core.settings import Settings
from tests.core.builders import SMALL


@pytest.fixture
def waiting(tmp_path: Path) -> Iterator[Engine]:
    """An engine whose workers do not come, so that whatever is submitted waits."""
    over = threading.Event()

    def connect(_settings: Settings) -> Connection:
        over.wait(60)
        raise EngineError("There are no workers.")

    settings = Settings.from_environment({"DIGITLAB_HOME": str(tmp_path), "DIGITLAB_RUNS_PER_OWNER": "3"})
    engine = Engine(settings, RunStore(settings), connect)
    yield engine
    over.set()
    engine.close()


def test_a_session_has_so_many_runs_under_way_and_no_more(waiting: Engine) -> None:
    for number in range(3):
        assert waiting.room("eager") == 3 - number
        waiting.submit(SMALL, session="eager")
    with pytest.raises(EngineError, match="You have 3 runs under way, the most that you may have"):
        waiting.submit(SMALL, session="eager")
    assert (waiting.room("eager"), waiting.room("another")) == (0, 3)
    assert waiting.submit(SMALL, session="another").status.is_active


def test_so_has_a_server(waiting: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "MOST_JOBS", 3)
    for number in range(3):
        waiting.submit(SMALL, session=f"session {number}")
    with pytest.raises(EngineError, match="This server has 3 runs under way"):
        waiting.submit(SMALL, session="one more")
