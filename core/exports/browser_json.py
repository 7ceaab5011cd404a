"""A network as JSON that a browser computes with: layers in order, each with its arrays.

::

    {"format": "digit-lab-network", "version": 1,
     "run_id": "brave-otter-3f2a91", "name": "brave-otter", "class_names": ["0", …],
     "input": {"side": 28, "mean": 0.13, "std": 0.31},    each pixel 0–255 becomes (pixel / 255 - mean) / std
     "layers": [{"kind": "convolution", "weight": A, "bias": A, "activation": "relu", "pool": 2},
                {"kind": "dense", "weight": A, "bias": A or null, "norm": N or null, "activation": "relu"},
                {"kind": "dense", …, "activation": "none"}],     the last layer gives the logits
     "output": "softmax"}                                        or "shares"

An array ``A`` is ``{"shape": [128, 784], "float32": "…"}``, row by row, its numbers little-endian in base64: exact, and
a third of the size of decimal digits. A dense layer’s weight is ``(outputs, inputs)``, a convolution’s
``(filters, channels, 5, 5)``. A norm ``N`` is ``{"scale": A, "shift": A}``: ``z · scale + shift``, its statistics
worked in. Activations are ``relu``, ``tanh``, ``sigmoid``, ``none``. ``shares``: logits below 0 count as 0, and what is
left is divided by its sum; all classes are equal where nothing is left.

In a browser ``new Float32Array(Uint8Array.from(atob(a.float32), c => c.charCodeAt(0)).buffer)`` reads one.
"""

import base64
import json
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import IMAGE_SIDE
from core.exports.subject import Subject
from core.models.numpy_model import NORM_EPSILON, NumpyModel
from core.models.shapes import filter_counts, parameter_count
from core.runs.records import Run

FORMAT, VERSION = "digit-lab-network", 1
MOST_WEIGHTS: Final = 4_000_000
"""Of networks that the server sends to browsers: 21 MB, loaded in a moment and quick enough at each stroke."""


def why_not_in_browsers(run: Run) -> str:
    """A sentence on why the server does not send the network of a run to browsers; empty where it does."""
    count = parameter_count(run.config, len(run.environment.class_names))
    if count <= MOST_WEIGHTS:
        return ""
    return (
        f"The network of run “{run.run_id}” has {count:,} parameters; at most {MOST_WEIGHTS:,} are sent to a browser: "
        "have the server read the images, or export the run as JSON."
    )


def json_size(model: NumpyModel) -> int:
    """Bytes that :func:`network_json` has, within a few thousand and not counting names of classes."""
    return sum(array.nbytes for array in model.weights.values()) * 4 // 3


def network_json(subject: Subject) -> bytes:
    """The file, in ASCII."""
    model = subject.model
    hidden = len(model.config.hidden_widths)
    network = {
        "format": FORMAT,
        "version": VERSION,
        "run_id": subject.run.run_id,
        "name": subject.run.name,
        "class_names": list(model.class_names),
        "input": {"side": IMAGE_SIDE, "mean": model.normalisation.mean, "std": model.normalisation.std},
        "layers": [
            *convolution_layers(model),
            *(_dense(model, index, is_last=index == hidden) for index in range(hidden + 1)),
        ],
        "output": "softmax" if model.config.loss == "cross_entropy" else "shares",
    }
    return json.dumps(network, separators=(",", ":"), allow_nan=False).encode("ascii")


def convolution_layers(model: NumpyModel) -> list[dict[str, Any]]:
    """The layers of this kind, in order; none of an MLP."""
    return [_convolution(model, index) for index in range(len(filter_counts(model.config)))]


def _convolution(model: NumpyModel, index: int) -> dict[str, Any]:
    weight, bias = (array_json(model.weights[f"convolutions.{index}.{part}"]) for part in ("weight", "bias"))
    return {"kind": "convolution", "weight": weight, "bias": bias, "activation": "relu", "pool": 2}


def _dense(model: NumpyModel, index: int, *, is_last: bool) -> dict[str, Any]:
    bias = model.weights.get(f"layers.{index}.bias")
    return {
        "kind": "dense",
        "weight": array_json(model.weights[f"layers.{index}.weight"]),
        "bias": None if bias is None else array_json(bias),
        "norm": _norm(model, index) if model.config.batch_norm and not is_last else None,
        "activation": "none" if is_last else model.config.activation,
    }


def _norm(model: NumpyModel, index: int) -> dict[str, Any]:
    """``(z − mean) / √(variance + ε) · weight + bias`` as one product and one sum."""
    names = ("weight", "bias", "running_mean", "running_var")
    weight, bias, mean, variance = (model.weights[f"norms.{index}.{name}"].astype(np.float64) for name in names)
    scale = weight / np.sqrt(variance + NORM_EPSILON)
    return {"scale": array_json(scale), "shift": array_json(bias - mean * scale)}


def array_json(array: NDArray[Any]) -> dict[str, Any]:
    """An array ``A``, as float32."""
    data = np.ascontiguousarray(array, dtype="<f4").tobytes()
    return {"shape": list(array.shape), "float32": base64.b64encode(data).decode("ascii")}
