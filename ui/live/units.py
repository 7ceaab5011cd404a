"""First-layer weights of some units of a run at a place of its training: a picture that the browser asks for."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from ui.live.moments import PLACE, answer_with, place_path

if TYPE_CHECKING:
    from core.models.numpy_model import NumpyModel

PATH: Final = f"live/units/{PLACE}"
"""Where the server hands out the weights of units."""
_MOST: Final = 200
# A browser that plays a run again has the pictures at hand.
_FOR_A_WHILE = {"Cache-Control": "private, max-age=600"}


def units_address(
    run_id: str,
    units: Sequence[int],
    *,
    step: int | None,
    epoch: int | None,
    columns: int,
    dark: Sequence[int] = (),
    captions: bool = False,
) -> str:
    """Address of the weights of these units, in this order, after some batches of the first epoch or after an epoch.

    Parameters
    ----------
    columns
        Units in a row.
    dark
        Those that are switched off.
    captions
        Whether room is left below each.
    """
    query = {"units": _text(units), "columns": columns, "dark": _text(sorted(set(dark) & set(units)))}
    if captions:
        query["captions"] = "1"
    return f"live/units/{place_path(run_id, step=step, epoch=epoch)}?{urlencode(query)}"


def send_units(request: Request) -> Response:
    """Answer with a picture of weights as PNG; 404 where they are not kept."""

    def show(model: "NumpyModel") -> Response:
        from core.errors import ConfigError
        from core.figures.montage import CAPTION_SHARE, montage_png
        from core.figures.weights import unit_pictures

        if model.config.architecture == "cnn":
            raise ConfigError("The units of a CNN have no picture of weights.")
        weights = model.first_layer_images()
        query, last = request.query_params, len(weights) - 1
        units, dark = (_numbers(query.get(name, ""), last) for name in ("units", "dark"))
        columns = _numbers(query.get("columns", ""), _MOST)
        if not units or not columns or not columns[0]:
            raise ConfigError("The units and the number of columns are missing.")
        pitch = 1 + CAPTION_SHARE * (query.get("captions") == "1")
        png = montage_png(unit_pictures(weights, units, dark), columns=columns[0], pitch=pitch)
        return Response(png, media_type="image/png", headers=_FOR_A_WHILE)

    return answer_with(request, show)


def _text(numbers: Sequence[int]) -> str:
    return ",".join(map(str, numbers))


def _numbers(text: str, last: int) -> list[int]:
    from core.config import is_whole
    from core.errors import ConfigError

    parts = text.split(",") if text else []
    if len(parts) > _MOST or not all(is_whole(part) and 0 <= int(part) <= last for part in parts):
        raise ConfigError(f"Units are at most {_MOST} whole numbers from 0 to {last}, separated by commas.")
    return [int(part) for part in parts]
