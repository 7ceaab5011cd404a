"""A network drawn: pixels on the left, hidden units, outputs on the right, lines for the strongest connections."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from core.analysis.network import MOST_UNITS, Connection, DrawnLayer, NetworkDrawing
from core.analysis.percent import probability_percent
from core.analysis.unit_sum import UnitSum
from core.data.dataset import IMAGE_SIDE
from core.figures.names import shortened
from core.figures.theme import NEGATIVE_COLOUR, POSITIVE_COLOUR

WIDTH, HEIGHT = 1000, 470
"""Units of the drawing, which the page scales."""

_SQUARE = 224.0
_TOP = 34.0
_FIRST, _LAST = 350.0, 850.0
_THICKEST, _THINNEST = 3.5, 0.4
_LARGEST_UNIT = 11.0
_LEAST_SAID = 0.01


def network_picture(drawing: NetworkDrawing) -> dict[str, Any]:
    """Where everything is and what colour it has, for the script that draws it as SVG.

    Returns
    -------
    dict
        Ready for JSON. ``alt``: for those who do not see it. ``units``: place, radius, colour, share of that colour
        (0–1), words, number of its picture, and the sum that it computes, line by line.
        ``links``: ends, colour, width. ``pictures``: 784 whole numbers from −127 to 127 each, as hexadecimal bytes.
    """
    places = _places(drawing)
    pictures: list[str] = []
    units = [
        unit | {"layer": number}
        for number, layer in enumerate(drawing.layers)
        if number
        for unit in _units(drawing, number, places[number], pictures)
    ]
    return {
        "alt": network_alt(drawing),
        "width": WIDTH,
        "height": HEIGHT,
        "positive": POSITIVE_COLOUR,
        "negative": NEGATIVE_COLOUR,
        "square": {"x": 4, "y": (HEIGHT + _TOP - _SQUARE) / 2, "side": _SQUARE},
        "pixels": None if drawing.pixels is None else drawing.pixels.tobytes().hex(),
        "titles": [
            {"x": _column(drawing, number) if number else 4 + _SQUARE / 2, "text": title}
            for number, title in enumerate(_titles(drawing))
        ],
        "units": units,
        "links": _links(drawing, places),
        "pictures": pictures,
    }


def network_alt(drawing: NetworkDrawing) -> str:
    """What the drawing shows, for those who do not see it."""
    sizes = ", ".join(f"{layer.size:,} {_noun(layer)}" for layer in drawing.layers)
    output = drawing.layers[-1]
    if not drawing.connections:
        return f"The network, not trained yet: {sizes}."
    if output.values is None:
        return f"The network: {sizes}, with its {len(drawing.connections)} strongest connections."
    best = int(np.argmax(output.values))
    return (
        f"The network: {sizes}, lit by the image. The strongest output is {drawing.class_names[best]}, "
        f"{probability_percent(float(output.values[best]))}."
    )


def network_words(drawing: NetworkDrawing) -> str:
    """What the drawing leaves out, and what its colours mean."""
    if not drawing.connections:
        return "Its connections appear when the first epoch ends."
    lines = "Lines are the strongest connections between the units drawn: orange raises a unit’s sum, blue lowers it."
    if drawing.pixels is not None:
        lines += (
            " They take into account each unit’s activation for this image; units that light up are active. A "
            "unit’s sum is over values as the network gets them: pixels with mean 0 and standard deviation 1."
        )
    sampled = any(layer.units and len(layer.units) < layer.size for layer in drawing.layers)
    more = ", plus those that you chose" if any(len(layer.units) > MOST_UNITS for layer in drawing.layers[:-1]) else ""
    left_out = f" Of wide layers, {MOST_UNITS} evenly spaced units are drawn{more}." if sampled else ""
    return f"{lines}{left_out} {_about_pictures(drawing)}"


def _about_pictures(drawing: NetworkDrawing) -> str:
    """How to come to the pictures of units, and why some have none."""
    units = [layer for layer in drawing.layers if layer.kind in ("hidden", "output")]
    if any(layer.kind == "features" for layer in drawing.layers):
        look = " Point at a unit, or use the arrow keys, to see its sum." if drawing.pixels is not None else ""
        return (
            "Its units look at features that move with the image: no single picture of pixels shows what raises their "
            "sums."
            f"{look}"
        )
    point = "Point at a unit, or use the arrow keys, to see which pixels raise its sum."
    if all(layer.pictures is not None for layer in units):
        return point
    return f"{point} Units far from the pixels have no picture: too many weights lie in between."


def network_table(drawing: NetworkDrawing) -> dict[str, list[Any]]:
    """The connections that are drawn, in words and numbers: columns of equal length."""
    columns: dict[str, list[Any]] = {"From": [], "To": [], "Weight": []}
    if drawing.pixels is not None:
        columns["Weight × value"] = []
    for link in drawing.connections:
        columns["From"].append(_name(drawing, link.layer - 1, link.source))
        columns["To"].append(_name(drawing, link.layer, link.target))
        columns["Weight"].append(link.weight)
        if drawing.pixels is not None:
            columns["Weight × value"].append(link.flow)
    return columns


def _noun(layer: DrawnLayer) -> str:
    return {"pixels": "pixels", "features": "features", "hidden": "hidden units", "output": "outputs"}[layer.kind]


def _titles(drawing: NetworkDrawing) -> list[str]:
    """A heading for each layer: what it is, and how much of it is drawn."""
    titles = []
    for layer in drawing.layers:
        if layer.kind == "pixels":
            titles.append("28 × 28 pixels")
        elif len(layer.units) < layer.size:
            titles.append(f"{len(layer.units)} of {layer.size:,}")
        else:
            titles.append(f"{layer.size:,} {'outputs' if layer.kind == 'output' else 'units'}")
    return titles


def _name(drawing: NetworkDrawing, number: int, unit: int) -> str:
    layer = drawing.layers[number]
    if layer.kind == "pixels":
        row, column = divmod(unit, IMAGE_SIDE)
        return f"pixel in row {row + 1}, column {column + 1}"
    if layer.kind == "output":
        return f"output {drawing.class_names[unit]}"
    if layer.kind == "features":
        return f"feature {unit}"
    hidden = [other.kind for other in drawing.layers].index("hidden")
    return f"hidden layer {number - hidden + 1}, unit {unit}"


def _column(drawing: NetworkDrawing, number: int) -> float:
    """Where a layer is, from left to right."""
    last = len(drawing.layers) - 1
    return _LAST if last == 1 else _FIRST + (_LAST - _FIRST) * (number - 1) / (last - 1)


def _places(drawing: NetworkDrawing) -> list[dict[int, tuple[float, float]]]:
    """The middle of each drawn unit by its number; of pixels, of all 784."""
    pixel, left, top = _SQUARE / IMAGE_SIDE, 4.0, (HEIGHT + _TOP - _SQUARE) / 2
    square = {
        number: (left + pixel * (number % IMAGE_SIDE + 0.5), top + pixel * (number // IMAGE_SIDE + 0.5))
        for number in range(IMAGE_SIDE**2)
    }
    found = [square]
    for number, layer in enumerate(drawing.layers[1:], 1):
        step = (HEIGHT - _TOP) / max(len(layer.units), 8)
        start = (HEIGHT + _TOP - step * len(layer.units)) / 2
        x = _column(drawing, number)
        found.append({unit: (x, start + step * (place + 0.5)) for place, unit in enumerate(layer.units)})
    return found


def _units(
    drawing: NetworkDrawing, number: int, places: Mapping[int, tuple[float, float]], pictures: list[str]
) -> list[dict[str, Any]]:
    """Circles, and their pictures at the end of ``pictures``."""
    layer = drawing.layers[number]
    radius = min(_LARGEST_UNIT, 0.42 * (HEIGHT - _TOP) / max(len(layer.units), 1))
    largest = 1.0
    if layer.values is not None and layer.kind != "output":
        largest = max(float(np.abs(layer.values).max()), 1e-12)
    found = []
    for place, unit in enumerate(layer.units):
        value = 0.0 if layer.values is None else float(layer.values[place])
        words, label = _said(drawing, number, unit, None if layer.values is None else value)
        if layer.pictures is not None:
            pictures.append(_signed_bytes(layer.pictures[place]))
        found.append(
            {
                "x": round(places[unit][0], 1),
                "y": round(places[unit][1], 1),
                "r": round(radius, 1),
                "colour": POSITIVE_COLOUR if value >= 0 else NEGATIVE_COLOUR,
                "share": round(min(1.0, abs(value) / largest), 3),
                "words": words[:1].upper() + words[1:],
                "label": label,
                "picture": -1 if layer.pictures is None else len(pictures) - 1,
                "terms": [] if layer.sums is None else _sum_lines(drawing.layers[number - 1], layer.sums[place]),
            }
        )
    return found


def _said(drawing: NetworkDrawing, number: int, unit: int, value: float | None) -> tuple[str, str]:
    """A unit in words, and what is written beside it: the class and its probability."""
    name = _name(drawing, number, unit)
    if drawing.layers[number].kind != "output":
        return name if value is None else f"{name}: {value:.3g}", ""
    label = shortened(drawing.class_names[unit])
    if value is None:
        return name, label
    chance = probability_percent(value)
    return f"{name}: {chance}", f"{label}  {chance}" if value >= _LEAST_SAID else label


def _sum_lines(before: DrawnLayer, found: UnitSum) -> list[str]:
    """The sum of a unit: its largest terms, everything else, and what they come to."""
    lines = [
        f"{_place(before, term.source)}: {_number(term.value)} × {_number(term.weight)} = {_number(term.product, '+')}"
        for term in found.terms
    ]
    if found.others:
        lines.append(f"{found.others:,} more: {_number(found.rest, '+')}")
    if found.bias:
        lines.append(f"bias: {_number(found.bias, '+')}")
    lines.append(f"sum: {_number(found.total)}")
    return lines if found.normed is None else [*lines, f"batch-normalised: {_number(found.normed)}"]


def _place(layer: DrawnLayer, number: int) -> str:
    """What a term comes from, in the least room."""
    if layer.kind == "pixels":
        row, column = divmod(number, IMAGE_SIDE)
        return f"row {row + 1}, column {column + 1}"
    return f"{'feature' if layer.kind == 'features' else 'unit'} {number}"


def _number(value: float, sign: str = "-") -> str:
    """Three digits, with a minus as it is printed."""
    return f"{value:{sign}.3g}".replace("-", "−")


def _links(drawing: NetworkDrawing, places: Sequence[Mapping[int, tuple[float, float]]]) -> list[dict[str, Any]]:
    """Lines, weak ones first so that strong ones lie above them."""
    strongest: dict[int, float] = {}
    for link in drawing.connections:
        strongest[link.layer] = max(strongest.get(link.layer, 1e-12), abs(link.flow))
    return [_line(link, places, abs(link.flow) / strongest[link.layer]) for link in reversed(drawing.connections)]


def _line(link: Connection, places: Sequence[Mapping[int, tuple[float, float]]], share: float) -> dict[str, Any]:
    (x1, y1), (x2, y2) = places[link.layer - 1][link.source], places[link.layer][link.target]
    return {
        "x1": round(x1, 1),
        "y1": round(y1, 1),
        "x2": round(x2, 1),
        "y2": round(y2, 1),
        "colour": POSITIVE_COLOUR if link.flow > 0 else NEGATIVE_COLOUR,
        "width": round(_THINNEST + (_THICKEST - _THINNEST) * share, 2),
        "opacity": round(0.25 + 0.65 * share, 2),
    }


def _signed_bytes(picture: np.ndarray[Any, np.dtype[np.float32]]) -> str:
    """Weights from −127 to 127, the strongest at the end of the scale."""
    scaled = np.rint(picture / max(float(np.abs(picture).max()), 1e-12) * 127)
    return bytes(scaled.astype(np.int8).tobytes()).hex()
