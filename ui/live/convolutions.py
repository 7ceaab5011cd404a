"""A CNN’s convolutions over an image, which the browser computes, at the place of the training run that is shown."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from starlette.requests import Request
from starlette.responses import Response

from ui.live.component import component
from ui.live.moments import PLACE, answer_with, place_path

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from core.models.numpy_model import NumpyModel
    from ui.live.network import Replayed

PATH: Final = f"live/convolutions/{PLACE}"
"""Where the server hands out the filters of a run."""


@dataclass(frozen=True)
class Captions:
    """What a convolution is called, and its rows of pictures."""

    title: str
    filters: str
    maps: str
    pooled: str


def show_live_convolutions(
    model: "NumpyModel",
    image: "NDArray[np.uint8]",
    *,
    key: str,
    shows: Sequence[str],
    captions: Sequence[Captions],
    limits: tuple[Mapping[str, int], Mapping[str, int]],
    replayed: "Replayed | None" = None,
) -> None:
    """Show what the convolutions make of an image; neither sliding a filter nor another place runs the script.

    Parameters
    ----------
    image
        uint8, shape ``(28, 28)``.
    shows
        ``maps``, ``filter``, or both.
    captions
        Of each convolution.
    limits
        The ``filter`` that is slid, its ``row`` and its ``column``: where the URL leaves them out, and the largest.
    replayed
        Where the browser finds the filters at earlier places; nothing, where it does not follow the control.
    """
    # With it comes pandas, and this module is loaded before the server listens.
    from core.figures.theme import GREEN, NEGATIVE_COLOUR, POSITIVE_COLOUR

    data = {
        "image": image.tobytes().hex(),
        "mean": model.normalisation.mean,
        "std": model.normalisation.std,
        "filters": filters_json(model),
        "replay": None if replayed is None else asdict(replayed),
        "shows": list(shows),
        "captions": [asdict(each) for each in captions],
        "usual": dict(limits[0]),
        "last": dict(limits[1]),
        "positive": POSITIVE_COLOUR,
        "negative": NEGATIVE_COLOUR,
        "frame": GREEN,
    }
    component("convolutions")(key=key, data=data, height="content")


def filters_json(model: "NumpyModel") -> str:
    """What the browser gets of a network: its convolutions as :mod:`core.exports.browser_json` writes them."""
    from core.exports.browser_json import convolution_layers

    return json.dumps(convolution_layers(model))


def convolutions_address(run_id: str, *, step: int | None, epoch: int | None) -> str:
    """Address of a run's filters after this many batches of its first epoch, or after an epoch."""
    return f"live/convolutions/{place_path(run_id, step=step, epoch=epoch)}"


def send_convolutions(request: Request) -> Response:
    """Answer with the filters of a network whose weights are kept, as JSON; 404 where they are not."""

    def show(model: "NumpyModel") -> Response:
        from core.errors import ConfigError

        if model.config.architecture != "cnn":
            raise ConfigError("This network has no convolutions.")
        return Response(filters_json(model), media_type="application/json", headers={"Cache-Control": "no-store"})

    return answer_with(request, show)
