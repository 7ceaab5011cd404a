"""A network as SVG that stays in the page and changes in place, and how it looked earlier in its run."""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from ui.live.component import component
from ui.live.moments import PLACE, answer_with, place_path

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from core.analysis.network import NetworkDrawing
    from core.explain.units import Unit
    from core.models.numpy_model import NumpyModel

PATH: Final = f"live/network/{PLACE}"
"""Where the server hands out the networks of a run."""
_SIDE: Final = 28


@dataclass(frozen=True)
class Replayed:
    """How the network looked earlier: it follows the control of :func:`ui.live.replay.show_replay`.

    Parameters
    ----------
    run
        Whose places they are.
    places
        By the place's name, the address of the network relative to the server's root.
    query
        What lights it, from :func:`lit_by`.
    """

    run: str
    places: Mapping[str, str]
    query: str = ""


def show_svg_network(picture: str, *, key: str, replayed: Replayed | None = None) -> None:
    """Show a network; when the script runs again with the same key it changes where it stands.

    Parameters
    ----------
    picture
        What :func:`core.figures.network.network_picture` gives, as JSON.
    replayed
        Nothing, where it does not follow the control.
    """
    replay = None if replayed is None else asdict(replayed)
    component("network")(key=key, data={"picture": picture, "replay": replay})


def network_address(run_id: str, *, step: int | None, epoch: int | None) -> str:
    """Address of a run's network after this many batches of its first epoch, or after an epoch."""
    return f"live/network/{place_path(run_id, step=step, epoch=epoch)}"


def lit_by(image: "NDArray[np.uint8]", off: "Sequence[Unit]" = (), unit: "Unit | None" = None) -> str:
    """The query that has a network of :func:`network_address` lit by an image, without some units.

    Parameters
    ----------
    image
        uint8 ``(28, 28)``.
    off
        Units that are switched off.
    unit
        One that is drawn in any case.
    """
    from core.explain.units import units_text

    pixels = base64.urlsafe_b64encode(image.tobytes()).decode("ascii")
    return urlencode({"image": pixels, "off": units_text(off), "unit": "" if unit is None else str(unit)})


def send_network(request: Request) -> Response:
    """Answer with the picture of a network whose weights are kept, as JSON; 404 where they are not."""

    def show(model: "NumpyModel") -> Response:
        from core.figures.network import network_picture

        picture = json.dumps(network_picture(_drawing(model, request.query_params)))
        return Response(picture, media_type="application/json", headers={"Cache-Control": "no-store"})

    return answer_with(request, show)


def _drawing(model: "NumpyModel", query: Mapping[str, str]) -> "NetworkDrawing":
    from core.analysis.network import network_drawing
    from core.explain.ablation import drawing_without
    from core.explain.units import Unit, units_of

    if not query.get("image"):
        return network_drawing(model)
    widths = model.config.hidden_widths
    chosen = Unit.of(query["unit"], widths) if query.get("unit") else None
    return drawing_without(model, units_of(query.get("off", ""), widths), _image(query["image"]), chosen=chosen)


def _image(text: str) -> "NDArray[np.uint8]":
    from core.errors import ConfigError

    try:
        pixels = base64.b64decode(text, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        pixels = b""
    if len(pixels) != _SIDE * _SIDE:
        raise ConfigError(f"An image is {_SIDE} × {_SIDE} bytes in base64.")
    import numpy as np

    return np.frombuffer(pixels, np.uint8).reshape(_SIDE, _SIDE)
