"""Buttons that copy a text: the browser does it, the page does not run again."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from ui.live.component import component


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
    component("copy")(key=key, data={"buttons": [asdict(button) for button in buttons]}, width="content")
