"""Buttons that copy a text: the browser does it, the page does not run again."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import streamlit as st

_LOOKS_LIKE_STREAMLITS: Final = """
.copy-buttons { display: flex; flex-wrap: wrap; gap: 1rem; }
.copy-buttons button {
  display: inline-flex; align-items: center; justify-content: center; gap: 0.5rem;
  min-height: 2.5rem; padding: 0.25rem 0.75rem; margin: 0; cursor: pointer; white-space: nowrap;
  font: inherit; font-size: 0.875rem; color: inherit; background: var(--st-background-color);
  border: 1px solid var(--st-border-color); border-radius: var(--st-button-radius);
}
.copy-buttons button:hover, .copy-buttons button:focus-visible {
  color: var(--st-primary-color); border-color: var(--st-primary-color);
}
.copy-buttons button:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
.copy-icon { font-family: "Material Symbols Rounded"; font-size: 1rem; line-height: 1; }
"""


@dataclass(frozen=True)
class Copied:
    """A button and what it copies.

    Parameters
    ----------
    text
        Copied as it is.
    path
        Instead of a text, an address below this server’s root: the browser knows the root.
    """

    label: str
    text: str = ""
    path: str | None = None


def show_copy_buttons(buttons: Sequence[Copied], *, key: str) -> None:
    """Draw the buttons in a row."""
    _component()(key=key, data={"buttons": [asdict(button) for button in buttons]}, width="content")


@cache
def _component() -> Callable[..., Any]:
    component: Callable[..., Any] = st.components.v2.component(
        "digitlab_copy",
        html='<div class="copy-buttons"></div>',
        css=_LOOKS_LIKE_STREAMLITS,
        js=files("ui.live").joinpath("copy.js").read_text(encoding="utf-8"),
        isolate_styles=False,
    )
    return component
