"""The filters of a CNN, for a browser that lays them on an image itself."""

import base64
from typing import Any

from core.models.numpy_model import NumpyModel
from core.models.shapes import CHANNELS


def plain_filters(model: NumpyModel) -> list[dict[str, Any]]:
    """Of each convolution its ``weights`` and ``biases``, and the number of its ``inputs``; none of an MLP.

    Both are base64 of float32, the lowest byte first: filter by filter, then map by map, row by row.
    """
    if model.config.architecture != "cnn":
        return []
    found = []
    for index in range(len(CHANNELS)):
        weights, biases = (model.weights[f"convolutions.{index}.{name}"] for name in ("weight", "bias"))
        coded = (base64.b64encode(array.astype("<f4").tobytes()).decode("ascii") for array in (weights, biases))
        found.append(dict(zip(("weights", "biases"), coded, strict=True)) | {"inputs": weights.shape[1]})
    return found
