"""What routes of the server show of a run’s network at a place of its training, whose weights are kept."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from starlette.requests import Request
from starlette.responses import Response

if TYPE_CHECKING:
    from core.models.numpy_model import NumpyModel

PLACE: Final = "{run_id}/{kind}/{number}"
"""How a path names a place: ``early`` after this many batches, ``epoch`` after this many epochs. Numbers are text here:
Starlette reads them before anybody can say how long they may be."""


def place_path(run_id: str, *, step: int | None, epoch: int | None) -> str:
    """The same of a run after this many batches of its first epoch, or after an epoch."""
    kind, number = ("epoch", epoch) if step is None else ("early", step)
    return f"{run_id}/{kind}/{number}"


def answer_with(request: Request, show: "Callable[[NumpyModel], Response]") -> Response:
    """What ``show`` makes of the network of a request; 404 where its weights are not kept, 400 in a sentence."""
    # The server starts before it needs any of this.
    from core.config import is_whole
    from core.errors import ConfigError, RunError
    from ui.shell.earlier import earlier_network
    from ui.shell.resources import run_store

    run_id, kind, number = (request.path_params[name] for name in ("run_id", "kind", "number"))
    store = run_store()
    try:
        place = int(number) if is_whole(number) else -1
        store.summary(run_id)
        kept = {"early": store.files.early_paths, "epoch": store.files.epoch_paths}[kind](run_id)
        return show(earlier_network(dict(kept)[place]))
    except ConfigError as error:
        return Response(str(error), status_code=400, media_type="text/plain")
    except (KeyError, RunError):
        return Response("The weights of this place are not kept.", status_code=404, media_type="text/plain")
