"""The steps from a drawing to 28×28 pixels: switches, pictures, and what each step is good for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.analysis.percent import probability_percent
from core.analysis.verdict import Verdict
from core.data.framing import Framing
from core.drawings.numbers import digits_of
from core.drawings.preprocessing import drawing_to_digits
from core.figures.steps import StepTile, resized_tiles, step_tiles
from core.reading.reader import Reader
from core.runs.records import Run
from ui.digits.reader import reader_of
from ui.digits.reading import Reading, read_ink, read_steps
from ui.shell.resources import framing_of_run
from ui.shell.url import bound, checked_param
from ui.shell.url_values import one_of
from ui.shell.words import escape_markdown, item

_HELP = {
    "crop": "Removes the empty margin. Off: the digit shrinks together with its margin.",
    "scale": "Makes the longer side 20 pixels and thin strokes visible. Off: it stays as small or large as drawn.",
    "centre": "Moves the centre of mass to the middle. Off: it stays in its corner.",
}
_TILES = 5
_NARROWEST_TILE = 104
"""Pixels: three to a row fit on a phone."""

_WHAT_MNIST_GOT = (
    "The pictures that this network learned from were cropped, scaled and centred as MNIST’s were, and so is your "
    "{what}. Switch a step off to see what it does."
)
_WHAT_OTHERS_GOT = (
    "The pictures that this network learned from were only resized to 28×28 pixels, and so is your {what}: its "
    "position and size matter."
)


@dataclass(frozen=True)
class StepSwitches:
    """Which steps are taken."""

    crop: bool = True
    scale: bool = True
    centre: bool = True


_VARIANTS: Mapping[str, StepSwitches] = MappingProxyType(
    {
        "Every step": StepSwitches(),
        "without cropping": StepSwitches(crop=False),
        "without scaling": StepSwitches(scale=False),
        "without centring": StepSwitches(centre=False),
        "without any": StepSwitches(crop=False, scale=False, centre=False),
    }
)


def check_step_params() -> None:
    """Name what is wrong with the switches in the URL, and take it out."""
    for name in _HELP:
        checked_param(name, one_of("true", "false"), f"“{name}” must be true or false, not “{{value}}”; it is on.")


def show_way(ink: NDArray[np.uint8], run: Run, *, drawn: bool) -> Reading:
    """Take the drawing the way that the run's pictures went, show it, and read it."""
    reader, what = reader_of(run), item(run.class_names)
    if framing_of_run(run.config) is Framing.RESIZED:
        st.markdown(_WHAT_OTHERS_GOT.format(what=what))
        reading = read_ink(ink, reader, Framing.RESIZED)
        show_steps(resized_tiles(reading.steps, first=_first(drawn)))
        return reading
    st.markdown(_WHAT_MNIST_GOT.format(what=what))
    switches = choose_steps()
    readings = _read(ink, reader, dict.fromkeys([switches, *_VARIANTS.values()]))
    show_steps(step_tiles(readings[switches].steps, first=_first(drawn)))
    show_what_steps_do(readings)
    return readings[switches]


def _read(ink: NDArray[np.uint8], reader: Reader, ways: Iterable[StepSwitches]) -> dict[StepSwitches, Reading]:
    """What is read in each way; of nothing, what there is to say."""
    ways = list(ways)
    found = drawing_to_digits(ink, [(way.crop, way.scale, way.centre) for way in ways])
    # They are those of the ink, whatever else is done.
    digits = digits_of(found[0])
    return {way: read_steps(steps, digits, reader) for way, steps in zip(ways, found, strict=True)}


def _first(drawn: bool) -> str:
    return "What you drew" if drawn else "Ink that was found"


def choose_steps() -> StepSwitches:
    """Three switches, also in the URL."""
    with st.container(horizontal=True):
        return StepSwitches(*[_switch(name) for name in _HELP])


def show_steps(tiles: Sequence[StepTile]) -> None:
    """Pictures in a row as wide as the page; on a phone, in as many rows as they need. An arrow leads on from each."""
    with st.grid(_TILES, min_column_width=_NARROWEST_TILE) as grid:
        for number, tile in enumerate(tiles):
            caption = tile.caption if number == 0 else f"→ {tile.caption}"
            with grid.cell():
                st.image(tile.image, width="stretch", caption=caption, alt=tile.alt)


def show_what_steps_do(readings: Mapping[StepSwitches, Reading]) -> None:
    """What the network says with every step, without one and without any, in one line."""
    answers = []
    for words, switches in _VARIANTS.items():
        reading = readings[switches]
        if reading.verdict is Verdict.NO_INK:
            st.caption("What the network would read without one of the steps appears here.")
            return
        share = probability_percent(float(reading.calibrated.max()))
        answers.append(f"{words}: **{escape_markdown(reading.predicted)}** ({share})")
    st.markdown(" · ".join(answers))


def _switch(name: str) -> bool:
    default: dict[str, Any] = {} if name in st.session_state else {"value": True}
    return st.toggle(name.capitalize(), help=_HELP[name], **bound(name), **default)
