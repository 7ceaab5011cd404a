"""What each pixel says for and against something, over the outline of the digit."""

from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures.theme import NEGATIVE_COLOUR, POSITIVE_COLOUR, empty_figure, new_figure

_SCALE = ((0.0, NEGATIVE_COLOUR), (0.5, "#000000"), (1.0, POSITIVE_COLOUR))
"""As in pictures of weights: orange for, blue against, on black in both themes."""
_OUTLINE = "rgba(255, 255, 255, 0.55)"
_HALF_INK = 127.5


def attribution_map(
    values: NDArray[np.floating[Any]],
    image: NDArray[np.uint8],
    *,
    of: str,
    strongest: float | None = None,
    height: int = 320,
) -> go.Figure:
    """A value for each pixel in orange (for) or blue (against); a thin line goes round the ink.

    Parameters
    ----------
    values
        shape ``(28, 28)``.
    image
        uint8, shape ``(28, 28)``: the digit that they belong to.
    of
        What a value is, as the hover says it: ``logit per unit of ink``.
    strongest
        The size that gets full colour, for maps that are compared; that of the largest value if left out.
    height
        Pixels.
    """
    if not values.size:
        return empty_figure("", "There is nothing to explain.", height=height)
    limit = max(float(np.abs(values).max()) if strongest is None else strongest, 1e-12)
    pixels = go.Heatmap(
        z=np.round(values.astype(np.float64), 6),
        zmin=-limit,
        zmax=limit,
        colorscale=_SCALE,
        showscale=False,
        customdata=image,
        hovertemplate=f"row %{{y}}, column %{{x}}, ink %{{customdata}}<br>%{{z:+.3g}} {of}<extra></extra>",
    )
    outline = go.Contour(
        z=image,
        autocontour=False,
        contours={"start": _HALF_INK, "end": _HALF_INK, "size": 1, "coloring": "none"},
        line={"color": _OUTLINE, "width": 1},
        showscale=False,
        hoverinfo="skip",
    )
    side = {"visible": False, "constrain": "domain", "fixedrange": True}
    return new_figure(
        "",
        [pixels, outline],
        height=height,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        xaxis=side,
        yaxis=side | {"autorange": "reversed", "scaleanchor": "x"},
    )
