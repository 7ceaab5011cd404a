"""What is drawn of a network, held against its weights."""

from dataclasses import replace

import numpy as np
import pytest

from core.analysis.network import MOST_UNITS, evenly, network_drawing, untrained_drawing
from core.config import TrainConfig
from core.data.dataset import DIGIT_NAMES, Normalisation
from core.data.mnist import load_mnist
from core.figures.network import network_alt, network_picture, network_table, network_words
from core.figures.theme import NEGATIVE_COLOUR, POSITIVE_COLOUR
from core.models.numpy_model import NumpyModel
from core.models.shapes import weight_shapes


def network(**settings) -> NumpyModel:
    config = TrainConfig(**settings)
    rng = np.random.default_rng(3)
    weights = {
        name: np.abs(rng.normal(0, 0.05, shape)).astype(np.float32)
        if "running_var" in name
        else rng.normal(0, 0.05, shape).astype(np.float32)
        for name, shape in weight_shapes(config, 10).items()
    }
    return NumpyModel("x", config, weights, Normalisation(0.13, 0.31))


NETWORKS = {
    "small": {"hidden_size": 6},
    "demo": {"hidden_size": 128},
    "none": {"hidden_layers": 0},
    "deep": {"widths": (64, 30, 12)},
    "widest": {"widths": (4096, 4096)},
    "cnn": {"architecture": "cnn", "hidden_size": 32},
    "normed": {"hidden_size": 16, "batch_norm": True, "activation": "tanh"},
}


@pytest.mark.slow
@pytest.mark.parametrize("settings", NETWORKS.values(), ids=NETWORKS)
@pytest.mark.parametrize("lit", [False, True], ids=["plain", "lit"])
def test_every_line_is_a_weight_of_the_run_with_its_sign_and_strength(settings, lit):
    model = network(**settings)
    image = load_mnist("test").images[0] if lit else None
    drawing = network_drawing(model, image)
    dense = len(drawing.layers) - 1 - (drawing.layers[1].kind == "features")
    first = len(drawing.layers) - dense
    for link in drawing.connections:
        matrix = model.weights[f"layers.{link.layer - first}.weight"]
        assert link.weight == matrix[link.target, link.source]
        assert lit or link.flow == link.weight
    picture = network_picture(drawing)
    widths = {}
    for link, line in zip(reversed(drawing.connections), picture["links"], strict=True):
        assert line["colour"] == (POSITIVE_COLOUR if link.flow > 0 else NEGATIVE_COLOUR)
        widths.setdefault(link.layer, []).append((abs(link.flow), line["width"]))
    for pairs in widths.values():
        pairs.sort()
        assert [width for _, width in pairs] == sorted(width for _, width in pairs)
        assert pairs[-1][1] == pytest.approx(3.5)
    assert all(len(layer.units) <= max(MOST_UNITS, 10) for layer in drawing.layers)
    assert {len(column) for column in network_table(drawing).values()} == {len(drawing.connections)}


def test_the_strongest_connections_are_the_ones_drawn():
    model = network(hidden_size=6)
    drawing = network_drawing(model)
    output = model.weights["layers.1.weight"]
    drawn = [link for link in drawing.connections if link.layer == 2]
    assert len(drawn) == output.size
    assert {(link.target, link.source) for link in drawn} == set(np.ndindex(*output.shape))
    first = np.abs(model.weights["layers.0.weight"])
    for unit in range(6):
        pixels = {link.source for link in drawing.connections if link.layer == 1 and link.target == unit}
        assert pixels == set(np.argsort(-first[unit])[:3].tolist())


def test_a_drawing_lights_what_the_network_says_about_it():
    model = network(hidden_size=12)
    image = load_mnist("test").images[0]
    drawing = network_drawing(model, image)
    inputs = (image.reshape(-1) / 255 - 0.13) / 0.31
    hidden = np.maximum(model.weights["layers.0.weight"] @ inputs + model.weights["layers.0.bias"], 0)
    assert drawing.layers[1].values == pytest.approx(hidden, abs=1e-4)
    assert drawing.layers[2].values == pytest.approx(model.probabilities(image[None])[0])
    flow = next(link for link in drawing.connections if link.layer == 2)
    assert flow.flow == pytest.approx(flow.weight * hidden[flow.source], rel=1e-4)
    ink = image.reshape(-1)
    assert all(ink[link.source] > 0 for link in drawing.connections if link.layer == 1)
    assert DIGIT_NAMES[int(drawing.layers[2].values.argmax())] in network_alt(drawing)


def test_the_picture_of_a_unit_is_its_weights_followed_back_to_the_pixels():
    model = network(widths=(30, 8))
    first, second, output = (model.weights[f"layers.{index}.weight"] for index in range(3))
    layers = network_drawing(model).layers
    chosen = list(layers[1].units)
    assert layers[1].pictures.reshape(-1, 784) == pytest.approx(first[chosen])
    assert layers[2].pictures.reshape(-1, 784) == pytest.approx(second @ first, abs=1e-6)
    assert layers[3].pictures.reshape(-1, 784) == pytest.approx(output @ second @ first, abs=1e-6)
    picture = network_picture(network_drawing(model))
    unit = picture["units"][0]
    shown = np.frombuffer(bytes.fromhex(picture["pictures"][unit["picture"]]), np.int8)
    assert shown / 127 == pytest.approx(first[chosen[0]] / np.abs(first[chosen[0]]).max(), abs=0.005)


def test_what_is_left_out_is_said_and_units_stay_the_same():
    assert evenly(128, 20)[:2] == (0, 7)
    assert evenly(128, 20)[-1] == 127
    assert evenly(5, 20) == (0, 1, 2, 3, 4)
    assert "20 evenly spaced units are drawn" in network_words(network_drawing(network(hidden_size=128)))
    assert "evenly spaced" not in network_words(network_drawing(network(hidden_size=8)))


def test_words_say_why_units_have_no_picture() -> None:
    drawing = network_drawing(network(hidden_size=8))
    assert "no picture" not in network_words(drawing)
    *others, output = drawing.layers
    assert "no picture" in network_words(replace(drawing, layers=(*others, replace(output, pictures=None))))
    assert [layer.size for layer in untrained_drawing((9,), DIGIT_NAMES, features=64).layers] == [784, 64, 9, 10]
    empty = untrained_drawing((128,), DIGIT_NAMES)
    assert "not trained yet" in network_alt(empty)
    assert [unit["x"] for unit in network_picture(empty)["units"]] == [
        unit["x"] for unit in network_picture(network_drawing(network(hidden_size=128)))["units"]
    ]
