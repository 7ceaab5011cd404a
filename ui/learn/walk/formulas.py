"""What the steps of the walk share: numbers as formulas, the place that is followed, bars."""

import plotly.graph_objects as go

from core.learn.walk import ChosenWeight, HiddenWeight, OutputWeight, Walk
from ui.live.figure import show_figure


def tex(value: float) -> str:
    """Four significant digits in LaTeX, with a power of ten where it is needed."""
    mantissa, _, exponent = f"{value:.4g}".partition("e")
    return rf"{mantissa}\cdot 10^{{{int(exponent)}}}" if exponent else mantissa


def factor(value: float) -> str:
    """As :func:`tex`, in brackets if it is negative."""
    return f"({tex(value)})" if value < 0 else tex(value)


def framed_pixel(chosen: ChosenWeight) -> int | None:
    """The pixel that is followed, if a pixel is."""
    return chosen.pixel if isinstance(chosen, HiddenWeight) else None


def followed_class(walk: Walk, chosen: ChosenWeight) -> int:
    """The class that is followed: that of the chosen weight, else the true one."""
    return chosen.label if isinstance(chosen, OutputWeight) else walk.label


def show_bars(figure: go.Figure, key: str, alt: str) -> None:
    """A chart of the walk."""
    show_figure(figure, key=key, alt=f"{alt}, as bars")
