"""JSON for browsers, read as its documentation says and by nothing else."""

import base64
import json
from typing import Any

import numpy as np
import pytest
from scipy.signal import correlate2d
from scipy.special import expit

from core.config import TrainConfig
from core.exports.browser_json import network_json
from tests.core.exports.builders import CONFIGS, NASTY_CLASSES, make_images, make_subject

ACTIVATIONS = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": expit, "none": lambda z: z}


def array(value: dict[str, Any]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(value["float32"]), "<f4").reshape(value["shape"]).astype(np.float64)


def read(network: dict[str, Any], image: np.ndarray) -> np.ndarray:
    """Probabilities of one image, in double precision."""
    entry = network["input"]
    x = ((image / 255 - entry["mean"]) / entry["std"]).reshape(1, entry["side"], entry["side"])
    for layer in network["layers"]:
        weight = array(layer["weight"])
        if layer["kind"] == "convolution":
            maps = [sum(correlate2d(a, k, "valid") for a, k in zip(x, kernels, strict=True)) for kernels in weight]
            z = np.array(maps) + array(layer["bias"])[:, None, None]
        else:
            z = weight @ x.ravel() + (0 if layer["bias"] is None else array(layer["bias"]))
            if layer["norm"]:
                z = z * array(layer["norm"]["scale"]) + array(layer["norm"]["shift"])
        x = ACTIVATIONS[layer["activation"]](z)
        if pool := layer.get("pool"):
            count, height, width = x.shape
            x = x.reshape(count, height // pool, pool, width // pool, pool).max(axis=(2, 4))
    shares = np.exp(x - x.max()) if network["output"] == "softmax" else np.maximum(x, 0)
    shares = shares if shares.sum() else np.ones_like(shares)
    return shares / shares.sum()


@pytest.mark.parametrize("config", CONFIGS, ids=str)
def test_it_computes_what_the_network_says(config: TrainConfig) -> None:
    subject, images = make_subject(config), make_images(3)
    network = json.loads(network_json(subject))
    probabilities = np.array([read(network, image) for image in images])
    np.testing.assert_allclose(probabilities, subject.model.probabilities(images), rtol=0, atol=1e-5)


def test_what_it_says_about_itself() -> None:
    subject = make_subject(TrainConfig(hidden_size=3))
    network = json.loads(network_json(subject))
    assert (network["format"], network["version"]) == ("digit-lab-network", 1)
    assert network["run_id"] == subject.run.run_id
    assert tuple(network["class_names"]) == NASTY_CLASSES
    assert network["input"] == {"side": 28, "mean": 0.13, "std": 0.31}
