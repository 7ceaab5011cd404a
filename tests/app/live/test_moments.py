"""What routes of the server answer to paths that name a place of a run: what it shows, or that it is not kept."""

import pytest
from starlette.applications import Starlette

from core.runs.records import DEMO_RUN_ID
from core.runs.store import RunStore
from soak.fuzzed.asgi import ask
from ui.live.assets import routes


@pytest.mark.parametrize(("kind", "status"), [("network", 200), ("units", 400), ("convolutions", 400)])
def test_a_place_is_shown_and_what_cannot_be_one_is_not_kept(store: RunStore, kind: str, status: int) -> None:
    """The demo run has no convolutions, and nobody has said which units."""
    app, run = Starlette(routes=routes()), f"/live/{kind}/{DEMO_RUN_ID}"
    assert ask(app, "GET", f"{run}/epoch/1").status == status
    for place in ("epoch/0", "early/1", "other/1", "epoch/-1", "epoch/x", "epoch/1e0", "epoch/١", "epoch/%0a1"):
        answer = ask(app, "GET", f"{run}/{place}")
        assert (answer.status, answer.body) == (404, b"The weights of this place are not kept."), place
    # More digits than Python makes a number of.
    assert ask(app, "GET", f"{run}/epoch/{'9' * 5_000}").status == 404
