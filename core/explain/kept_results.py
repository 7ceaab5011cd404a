"""Results that took their time, kept as files: one array for each field of a dataclass."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from core.atomic import write_atomically
from core.errors import RunError
from core.runs.model_tensors import read_tensors

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Shapes = Mapping[str, tuple[int, ...]]


def write_result(path: Path, result: "DataclassInstance") -> None:
    """Keep a result of numbers and arrays; a disk that refuses costs the time of computing it again."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        values = {field.name: getattr(result, field.name) for field in fields(result)}
        # Made contiguous, a single number would become an array of one.
        arrays = {name: np.ascontiguousarray(value).reshape(np.shape(value)) for name, value in values.items()}
        write_atomically(path, save(arrays))


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of a result that was kept; none if the file is missing or damaged."""
    try:
        return read_tensors(path)[0]
    except RunError:
        return {}


def length_of(arrays: Mapping[str, NDArray[Any]], name: str) -> int:
    """How long an array is; 0 where there is none of this name, or it is a single number."""
    array = arrays.get(name)
    return 0 if array is None or not array.ndim else len(array)


def have_shapes(arrays: Mapping[str, NDArray[Any]], shapes: Shapes) -> bool:
    """Whether there are these arrays and no others."""
    return {name: array.shape for name, array in arrays.items()} == dict(shapes)
