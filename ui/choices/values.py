"""A setting’s value in words."""

from typing import Any

from core.corrections import corrections_words
from ui.settings.help import CHOICES
from ui.shell.url_values import text


def value_words(name: str, value: Any) -> str:
    """A setting’s value as people read it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if name == "corrections":
        return corrections_words(value) or "–"
    if name in CHOICES:
        return CHOICES[name][value]
    return (f"{value:,}" if isinstance(value, int) and name != "seed" else text(value)) or "–"
