"""The palette stays apart for colour-blind people, and no figure fights the page's theme."""

import itertools
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.figures.theme import CLASS_COLOURS, PALETTE, class_colour, empty_figure, new_figure

ROOT = Path(__file__).resolve().parents[3]

# Machado, Oliveira, Fernandes 2009, severity 1.0, on linear RGB.
CVD = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}


def _lab(colour: str, vision: np.ndarray) -> np.ndarray:
    """CIE L*a*b* (D65) of a hex colour as this vision sees it."""
    srgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(vision @ linear, 0, 1)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ seen / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("vision", CVD)
@pytest.mark.parametrize("colours", [PALETTE, CLASS_COLOURS], ids=["palette", "classes"])
def test_colours_stay_apart(colours: tuple[str, ...], vision: str) -> None:
    labs = [_lab(colour, CVD[vision]) for colour in colours]
    nearest = min(float(np.linalg.norm(a - b)) for a, b in itertools.combinations(labs, 2))
    assert nearest > 10  # a difference of 2.3 can just be seen


def test_ten_classes_and_more() -> None:
    assert len(set(CLASS_COLOURS)) == 10
    assert class_colour(12) == CLASS_COLOURS[2]


@pytest.mark.parametrize("figure", [new_figure("Loss"), empty_figure("Loss", "Nothing yet.")])
def test_page_theme_decides_background_and_text(figure) -> None:
    assert figure.layout.paper_bgcolor is None
    assert figure.layout.plot_bgcolor is None
    assert figure.layout.font.color is None
    assert figure.layout.title.text == "Loss"


def test_empty_figure_says_why() -> None:
    figure = empty_figure("Loss", "Nothing yet.")
    assert figure.layout.annotations[0].text == "Nothing yet."
    assert figure.layout.xaxis.visible is False


def test_layout_of_the_caller_wins() -> None:
    figure = new_figure("", height=99, hovermode="x")
    assert (figure.layout.height, figure.layout.hovermode, figure.layout.title.text) == (99, "x", None)


@pytest.mark.slow
def test_charts_can_be_drawn_while_another_thread_imports_pandas() -> None:
    """Plotly takes a half-imported pandas for a whole one; on a fresh server that was a broken page."""
    code = (
        "import threading; thread = threading.Thread(target=__import__, args=('pandas',)); thread.start()\n"
        "from core.figures.theme import empty_figure; empty_figure('Title', 'Nothing yet'); thread.join()"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
