"""Images that somebody has looked at are let go with the last who did."""

from streamlit.runtime.caching.cache_resource_api import clear_session_cache
from streamlit.testing.v1 import AppTest

from core.config import TrainConfig
from core.data.dataset import Splits
from ui.shell import resources
from ui.shell.visitors import Visitors

SMALL = TrainConfig(training_size=200)
LOOK = """
from core.config import TrainConfig
from ui.shell.resources import splits_of

splits_of(TrainConfig(training_size=200))
"""


def test_it_is_let_go_with_the_last_of_them() -> None:
    gone: list[str] = []
    visitors = Visitors(lambda: gone.append("let go"))
    first, second = visitors.arrive(), visitors.arrive()
    first.leave()
    assert gone == []
    second.leave()
    assert gone == ["let go"]
    visitors.arrive().leave()
    assert gone == ["let go", "let go"]


def test_images_of_a_run_are_kept_while_somebody_looks_and_share_what_all_runs_have() -> None:
    app = AppTest.from_string(LOOK).run(timeout=60)
    assert not app.exception
    kept = held()
    assert len(kept.train) == 200
    assert kept.validation is resources.splits().validation
    assert kept.test is resources.splits().test
    app.run(timeout=60)
    assert held() is kept
    # What Streamlit does when a session is disconnected.
    clear_session_cache("test session id")
    assert held() is not kept


def held() -> Splits:
    return resources.splits_of(SMALL)
