"""Mean and standard deviation image of each class."""

import numpy as np
import plotly.graph_objects as go

from core.analysis.pixels import ClassImages
from core.figures.montage import digit_montage


def mean_image_grid(images: ClassImages, *, columns: int | None = None) -> go.Figure:
    """The mean image of each class."""
    hover = [f"Mean of all images of {name}" for name in images.class_names]
    return digit_montage(
        np.rint(images.mean).astype(np.uint8),
        hover,
        columns=columns or _columns(images),
        captions=list(images.class_names),
    )


def std_image_grid(images: ClassImages, *, columns: int | None = None) -> go.Figure:
    """Where the images of each class differ: standard deviations, the largest of all drawn white."""
    scaled = images.std * (255 / max(float(images.std.max(initial=0)), 1))
    pairs = zip(images.class_names, images.std, strict=True)
    hover = [f"Standard deviation of {name}, at most {std.max():.0f}" for name, std in pairs]
    return digit_montage(
        np.rint(scaled).astype(np.uint8),
        hover,
        columns=columns or _columns(images),
        captions=list(images.class_names),
    )


def _columns(images: ClassImages) -> int:
    """Two rows of ten classes; of many classes as many as stay readable."""
    return 5 if len(images.class_names) <= 20 else 8
