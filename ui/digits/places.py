"""Where a drawing and its reading stand: side by side on a desk, the answer above the drawing on a phone."""

from dataclasses import dataclass
from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

# On a phone the drawing comes before whatever the page has above it: a fragment's own boxes count for nothing then.
_STYLE: Final = """<style>
:root {{ --drawing-side: clamp(280px, calc(100svh - {above}px), 480px); }}
.st-key-{key} {{ display: grid; column-gap: 2rem; row-gap: 0.5rem; align-items: start;
  grid-template-columns: minmax(280px, var(--drawing-side)) minmax(11rem, 1fr); grid-template-rows: auto 1fr;
  grid-template-areas: "work answer" "work rest"; }}
.st-key-{key} > :has(> .st-key-{key}_work) {{ grid-area: work; }}
.st-key-{key} > :has(> .st-key-{key}_answer) {{ grid-area: answer; }}
.st-key-{key} > :has(> .st-key-{key}_rest) {{ grid-area: rest; }}
.st-key-{key}_answer {{ gap: 0.25rem; }}
.st-key-{key}_answer [data-testid="stMetricValue"] {{ line-height: 1.05; }}
.st-key-{canvas} {{ width: 100% !important; max-width: 480px; aspect-ratio: 1; overflow: hidden; }}
@media (max-width: 640px) {{
  .st-key-{key} {{ grid-template-columns: minmax(0, 1fr); grid-template-areas: "answer" "work" "rest"; }}
  :has(> .st-key-{key}) {{ order: -1; }}
  :has(> div > .st-key-{key}), :has(> div > div > .st-key-{key}) {{ display: contents; }}
  .st-key-{key}_answer {{ display: grid; grid-template-columns: auto 1fr; align-items: center; column-gap: 1rem; }}
}}
</style>"""


@dataclass(frozen=True)
class Places:
    """Three containers: for the drawing, for the answer, and for what explains it."""

    work: DeltaGenerator
    answer: DeltaGenerator
    rest: DeltaGenerator


_CHOICES: Final = """<style>
@media (min-width: 641px) {{
  .st-key-{key} [data-testid="stHorizontalBlock"]:has(> [data-testid="stColumn"]) {{ display: grid; column-gap: 2rem;
    grid-template-columns: minmax(280px, var(--drawing-side, 26rem)) minmax(11rem, 1fr); }}
  .st-key-{key} [data-testid="stColumn"] {{ width: auto; }}
  .st-key-{key} [data-testid="stButtonGroup"] button {{ padding-inline: 0.55rem; }}
}}
</style>"""


def places_above(key: str) -> tuple[DeltaGenerator, DeltaGenerator]:
    """Two columns above :func:`drawing_places`, as wide as those."""
    st.html(_CHOICES.format(key=key))
    with st.container(key=key):
        left, right = st.columns(2)
    return left, right


def drawing_places(key: str, *, canvas: str, above: int) -> Places:
    """Lay out a drawing and its reading.

    Parameters
    ----------
    canvas
        Key of the canvas, which is as wide as its column: 280 to 480 pixels.
    above
        Pixels that the page needs above and around the canvas: on a lower screen it is smaller, and still whole.
    """
    st.html(_STYLE.format(key=key, canvas=canvas, above=above))
    with st.container(key=key):
        return Places(*(st.container(key=f"{key}_{name}") for name in ("work", "answer", "rest")))
