"""A network as PyTorch’s own ``state_dict`` file, written without PyTorch, and the lines that load it.

The file is a zip of raw numbers and one short program for the reader, which rebuilds a tensor from each. That program
is always the same, so it is spelled out here; ``torch.load(…, weights_only=True)`` is what the tests read it with.

References
----------
https://docs.pytorch.org/docs/stable/notes/serialization.html
"""

import io
import math
import struct
import zipfile
from itertools import pairwise

import numpy as np

from core.exports.subject import Subject
from core.models.shapes import KERNEL, filter_counts, layer_widths

_BEGIN, _END = b"\x80\x02}(", b"u."
"""Protocol 2, an empty dict, then its items until they are set."""
_REBUILD = b"ctorch._utils\n_rebuild_tensor_v2\n"
_STORAGE = b"ctorch\nFloatStorage\n"
_NO_HOOKS = b"\x89ccollections\nOrderedDict\n)R"
_ACTIVATIONS = {"relu": "nn.ReLU()", "tanh": "nn.Tanh()", "sigmoid": "nn.Sigmoid()", "none": "nn.Identity()"}


def state_dict_bytes(subject: Subject) -> bytes:
    """The file: float32 tensors under the names that :func:`loading_lines` has for them."""
    arrays = {name: subject.model.weights[ours] for name, ours in _names(subject).items()}
    program = _BEGIN
    for key, (name, array) in enumerate(arrays.items()):
        program += _text(name) + _tensor(str(key), array.shape)
    records = {"data.pkl": program + _END, "byteorder": b"little", "version": b"3\n"}
    records |= {
        f"data/{key}": np.ascontiguousarray(array, dtype="<f4").tobytes() for key, array in enumerate(arrays.values())
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for record, data in records.items():
            archive.writestr(zipfile.ZipInfo(f"archive/{record}"), data)
    return buffer.getvalue()


def loading_lines(subject: Subject, file: str) -> str:
    """A program that loads the file from its own folder and has ``read`` for images.

    Parameters
    ----------
    file
        The name of the file.
    """
    normalisation, layers = subject.model.normalisation, ", ".join(made for made, _ in _modules(subject))
    answer = "return network(pixels).softmax(1)"
    if subject.config.loss == "squared_error":
        answer = """shares = network(pixels).clamp(min=0)
        shares[shares.sum(1) == 0] = 1
        return shares / shares.sum(1, keepdim=True)"""
    return f"""import torch
from pathlib import Path
from torch import nn

network = nn.Sequential({layers})
network.load_state_dict(torch.load(Path(__file__).with_name({file!r}), weights_only=True))
network.eval()

def read(images):  # uint8 (N, 28, 28), 255 is a full stroke -> probabilities (N, {len(subject.model.class_names)})
    pixels = (images.reshape(-1, 784).float() / 255 - {normalisation.mean!r}) / {normalisation.std!r}
    with torch.no_grad():
        {answer}
"""


def _modules(subject: Subject) -> list[tuple[str, str]]:
    """The layers of a ``Sequential``: how each is made, and what its weights are called here, if it has any."""
    config, modules = subject.config, []
    if config.architecture == "cnn":
        modules.append(("nn.Unflatten(1, (1, 28, 28))", ""))
        for index, (inputs, outputs) in enumerate(pairwise((1, *filter_counts(config)))):
            modules.append((f"nn.Conv2d({inputs}, {outputs}, {KERNEL})", f"convolutions.{index}"))
            modules += [("nn.ReLU()", ""), ("nn.MaxPool2d(2)", "")]
        modules.append(("nn.Flatten()", ""))
    widths = layer_widths(config, len(subject.model.class_names))
    bias = "" if config.bias else ", bias=False"
    for index in range(len(widths) - 1):
        modules.append((f"nn.Linear({widths[index]}, {widths[index + 1]}{bias})", f"layers.{index}"))
        if index < len(widths) - 2:
            if config.batch_norm:
                modules.append((f"nn.BatchNorm1d({widths[index + 1]})", f"norms.{index}"))
            modules.append((_ACTIVATIONS[config.activation], ""))
    return modules


def _names(subject: Subject) -> dict[str, str]:
    """Names in the ``Sequential`` → names here: ``0.weight`` → ``layers.0.weight``."""
    return {
        f"{place}.{name.removeprefix(ours + '.')}": name
        for place, (_, ours) in enumerate(_modules(subject))
        for name in subject.model.weights
        if ours and name.startswith(ours + ".")
    }


def _tensor(key: str, shape: tuple[int, ...]) -> bytes:
    strides = [math.prod(shape[axis + 1 :]) for axis in range(len(shape))]
    where = b"(" + _text("storage") + _STORAGE + _text(key) + _text("cpu") + _whole(math.prod(shape)) + b"tQ"
    return _REBUILD + b"(" + where + _whole(0) + _tuple(shape) + _tuple(strides) + _NO_HOOKS + b"tR"


def _tuple(numbers: tuple[int, ...] | list[int]) -> bytes:
    return b"(" + b"".join(map(_whole, numbers)) + b"t"


def _whole(number: int) -> bytes:
    return b"J" + struct.pack("<i", number)


def _text(text: str) -> bytes:
    data = text.encode()
    return b"X" + struct.pack("<I", len(data)) + data
