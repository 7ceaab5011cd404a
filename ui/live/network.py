"""A network as SVG that stays in the page and changes in place, and how it looked earlier in its run."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from ui.live.component import component

PATH: Final = "live/network/{run_id}/{kind}/{number:int}"
"""Where the server hands out the networks of a run: ``early`` after so many batches, ``epoch`` after so many epochs."""


@dataclass(frozen=True)
class Replayed:
    """How the network looked earlier: it follows the control of :func:`ui.live.replay.show_replay`.

    Parameters
    ----------
    run
        Whose places they are.
    places
        By the place's name, the address of the network relative to the server's root.
    """

    run: str
    places: Mapping[str, str]


def show_svg_network(picture: str, *, key: str, alt: str, replayed: Replayed | None = None) -> None:
    """Show a network; when the script runs again with the same key it changes where it stands.

    Parameters
    ----------
    picture
        What :func:`core.figures.network.network_picture` gives, as JSON.
    alt
        What a person who does not see it is told; its name for a screen reader.
    replayed
        Nothing, where it does not follow the control.
    """
    replay = None if replayed is None else asdict(replayed)
    component("network")(key=key, data={"picture": picture, "alt": alt, "replay": replay})


def network_address(run_id: str, *, step: int | None, epoch: int | None) -> str:
    """Address of a run's network after so many batches of its first epoch, or after an epoch."""
    kind, number = ("epoch", epoch) if step is None else ("early", step)
    return f"live/network/{run_id}/{kind}/{number}"


def send_network(request: Request) -> Response:
    """Answer with the picture of a network whose weights are kept, as JSON; 404 where they are not."""
    # The server starts before it needs any of this.
    from core.analysis.network import network_drawing
    from core.errors import RunError
    from core.figures.network import network_picture
    from core.runs.model_tensors import read_model
    from ui.shell.resources import run_store

    run_id, kind, number = (request.path_params[name] for name in ("run_id", "kind", "number"))
    store = run_store()
    try:
        store.summary(run_id)
        kept = {"early": store.files.early_paths, "epoch": store.files.epoch_paths}[kind](run_id)
        picture = network_picture(network_drawing(read_model(dict(kept)[number])))
    except (KeyError, RunError):
        return Response("The weights of this place are not kept.", status_code=404, media_type="text/plain")
    return Response(json.dumps(picture), media_type="application/json", headers={"Cache-Control": "no-store"})
