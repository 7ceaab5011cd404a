"""The tensors of a network in a safetensors file, and what the file says of the network."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from core.config import TrainConfig
from core.data.dataset import DIGIT_NAMES, Normalisation
from core.errors import ConfigError, RunError
from core.models.numpy_model import NumpyModel

NETWORK_ARRAYS = ("convolutions.", "layers.", "norms.")
"""How the names of all arrays of a network begin."""
BEST = "best."
"""How those begin that early stopping keeps beside the last."""

_KINDS = "biuf"
"""Of NumPy’s number types: truth values, whole numbers, fractions."""

Tensors = Mapping[str, NDArray[Any]]


def read_tensors(
    path: Path, prefixes: tuple[str, ...] = ("",), *, called: str = ""
) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    """Tensors whose names begin with one of ``prefixes``, and the file's metadata.

    Parameters
    ----------
    called
        What the user knows the file as, at the start of a sentence; its name if left out.

    Raises
    ------
    RunError
        If it is not a safetensors file, or a damaged one.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys() if name.startswith(prefixes)}  # noqa: SIM118
            strange = next((tensor.dtype for tensor in tensors.values() if tensor.dtype.kind not in _KINDS), None)
            if strange is not None:
                # Not NumPy's own: known only where some other library has brought it in.
                raise TypeError(f"numbers of type {strange}")
            return tensors, dict(file.metadata() or {})
    except FileNotFoundError as error:
        raise RunError(f"There is no file {path.name} in {path.parent}.") from error
    except (SafetensorError, OSError, ValueError, TypeError, AttributeError) as error:
        # The last two: number types that safetensors knows and NumPy does not.
        raise RunError(
            f"{called or f'The file {path.name}'} cannot be read: it is damaged or not a safetensors file."
        ) from error


def read_model(path: Path, *, called: str = "") -> NumpyModel:
    """The network in a checkpoint or an epoch file, with the config inside it.

    Parameters
    ----------
    called
        As for :func:`read_tensors`.

    Raises
    ------
    RunError
        If it is damaged, or its weights do not fit its config.
    """
    tensors, metadata = read_tensors(path, (*NETWORK_ARRAYS, BEST), called=called)
    # With early stopping the best weights are kept beside the last.
    tensors = under(BEST, tensors) or tensors
    try:
        config = TrainConfig.from_json(metadata["config"])
        normalisation = _normalisation(metadata)
        class_names = _class_names(metadata)
    except (KeyError, ValueError, TypeError, RecursionError, ConfigError) as error:
        raise RunError(
            f"{called or f'The file {path.name}'} does not say which network its weights belong to."
        ) from error
    weights = {name: tensor.astype(np.float32, copy=False) for name, tensor in tensors.items()}
    return NumpyModel(metadata.get("run_id", path.stem), config, weights, normalisation, class_names)


def model_metadata(
    run_id: str, config: TrainConfig, normalisation: Normalisation, class_names: tuple[str, ...]
) -> dict[str, str]:
    """What :func:`read_model` needs to know beside the weights."""
    return {
        "run_id": run_id,
        "config": config.to_json(),
        "mean": repr(normalisation.mean),
        "std": repr(normalisation.std),
        "class_names": json.dumps(class_names),
    }


def _class_names(metadata: Mapping[str, str]) -> tuple[str, ...]:
    names = json.loads(metadata.get("class_names", json.dumps(DIGIT_NAMES)))
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError("class names are not a list of texts")
    return tuple(names)


def _normalisation(metadata: Mapping[str, str]) -> Normalisation:
    mean, std = float(metadata["mean"]), float(metadata["std"])
    if not (math.isfinite(mean) and math.isfinite(std) and std > 0):
        raise ValueError(f"mean {mean}, standard deviation {std}")
    return Normalisation(mean, std)


def under(prefix: str, tensors: Tensors) -> dict[str, NDArray[Any]]:
    """The tensors below a prefix, without it."""
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
