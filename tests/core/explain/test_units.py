"""Hidden units: named, switched off, surveyed, excited; against PyTorch and against formulas."""

import numpy as np
import pytest
import torch
from scipy.optimize import brentq

from core.analysis.unit_sum import unit_sums
from core.config import TrainConfig
from core.data.dataset import DIGIT_NAMES, ImageDataset
from core.drawings.preprocessing import normalise
from core.errors import ConfigError
from core.explain.ablation import Ablation, Held, drawing_without, switched_off
from core.explain.excitation import excite, usual_length
from core.explain.survey import affordable, survey
from core.explain.units import Unit, outgoing_weights, units_of, units_text
from core.models.numpy_model import NumpyModel
from tests.core.explain.builders import NORMALISATION, images, networks

CONFIGS = {
    "relu": TrainConfig(hidden_size=20),
    "deep": TrainConfig(widths=(20, 12, 8)),
    "normed": TrainConfig(hidden_size=16, hidden_layers=2, batch_norm=True, activation="tanh"),
    "no bias": TrainConfig(hidden_size=12, activation="sigmoid", bias=False),
    "cnn": TrainConfig(architecture="cnn", hidden_size=12),
}
every_network = pytest.mark.parametrize("name", CONFIGS)


def labelled(count: int) -> ImageDataset:
    return ImageDataset("made up", images(count), np.arange(count) % 10, DIGIT_NAMES)


# --- names ---


def test_units_are_read_as_they_are_written() -> None:
    assert units_of(" 2:3,1:17,1:2,1:17 ", (20, 5)) == (Unit(1, 2), Unit(1, 17), Unit(2, 3))
    assert units_text(units_of("2:3,1:17", (20, 5))) == "1:17,2:3"
    assert units_of("", (20,)) == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("17", "LAYER:UNIT"),
        ("1:x", "LAYER:UNIT"),
        ("1:-1", "numbered 0 to 19, not -1"),
        ("1:²", "LAYER:UNIT"),
        ("0:1", "layers count from 1"),
        ("3:0", "2 hidden layers"),
        ("2:5", "numbered 0 to 4"),
        ("1:" + "9" * 5_000, "LAYER:UNIT"),
        ("1:" + "9" * 12, "numbered 0 to 19"),
        (",".join(["1:1"] * 501), "At most 500"),
    ],
)
def test_a_unit_that_is_not_there_is_said_in_one_sentence(text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as raised:
        units_of(text, (20, 5))
    assert len(str(raised.value)) < 140


def test_a_network_without_hidden_layers_says_so() -> None:
    with pytest.raises(ConfigError, match="no hidden layer"):
        units_of("1:1", ())


# --- switched off ---


@every_network
def test_what_is_left_is_what_a_network_with_those_columns_zeroed_says(name: str) -> None:
    network, model = networks(CONFIGS[name])
    widths = model.config.hidden_widths
    units = (Unit(1, 2), Unit(1, 5), Unit(len(widths), 7))
    held = Held.of(model, labelled(37))
    after = held.predictions(units)
    with torch.no_grad():
        for unit in units:
            network.state_dict()[f"layers.{unit.layer}.weight"][:, unit.number] = 0
        pixels = torch.from_numpy(normalise(images(37), NORMALISATION))
        expected = torch.softmax(network(pixels), dim=1).numpy()
    np.testing.assert_allclose(after.probabilities, expected, atol=2e-6)
    np.testing.assert_allclose(switched_off(model, units).probabilities(images(37)), expected, atol=2e-6)
    np.testing.assert_allclose(held.predictions().probabilities, model.probabilities(images(37)), atol=2e-6)


def test_accuracy_of_each_class_is_counted_and_weights_stay_as_they_are() -> None:
    _, model = networks(CONFIGS["relu"])
    before = {name: array.copy() for name, array in model.weights.items()}
    pictures = labelled(45)
    found = Ablation.of(Held.of(model, pictures), [Unit(1, number) for number in range(20)])
    # Without any hidden unit the biases decide: every image gets the same label.
    constant = int(model.weights["layers.1.bias"].argmax())
    expected = np.where(np.arange(10) == constant, 1.0, 0.0)
    np.testing.assert_array_equal(found.accuracies(found.after), expected)
    correct = model.probabilities(pictures.images).argmax(axis=1) == pictures.labels
    mine = np.array([correct[pictures.labels == label].mean() for label in range(10)])
    np.testing.assert_allclose(found.change, expected - mine)
    for name, array in before.items():
        np.testing.assert_array_equal(model.weights[name], array)


def test_a_class_without_images_has_no_accuracy() -> None:
    _, model = networks(CONFIGS["relu"])
    pictures = ImageDataset("made up", images(6), np.zeros(6, np.int64), DIGIT_NAMES)
    found = Ablation.of(Held.of(model, pictures), [Unit(1, 0)])
    assert np.isnan(found.change[1:]).all()
    assert not np.isnan(found.change[0])


def test_a_drawing_without_units_has_them_dark_and_unconnected() -> None:
    _, model = networks(TrainConfig(widths=(40, 30)))
    off, chosen, image = (Unit(1, 1), Unit(2, 7)), Unit(1, 3), images(1)[0]
    drawing = drawing_without(model, off, image, chosen=chosen)
    _, first, second, _ = drawing.layers
    assert {1, 3} <= set(first.units)
    assert (first.values[first.units.index(1)], second.values[second.units.index(7)]) == (0, 0)
    said = switched_off(model, off).layers(image[None])
    assert first.values[first.units.index(3)] == pytest.approx(said[1][0, 3])
    assert not [link for link in drawing.connections if (link.layer - 1, link.source) in {(1, 1), (2, 7)}]


# --- outgoing ---


@pytest.mark.parametrize("name", ["relu", "cnn"])
def test_outgoing_weights_of_the_last_layer_are_its_column(name: str) -> None:
    _, model = networks(CONFIGS[name])
    np.testing.assert_array_equal(outgoing_weights(model, Unit(1, 3)), model.weights["layers.1.weight"][:, 3])


def test_outgoing_weights_of_an_earlier_layer_are_the_slope_of_a_network_that_lets_everything_through() -> None:
    _, model = networks(CONFIGS["normed"])
    doubles = {name: array.astype(np.float64) for name, array in model.weights.items()}
    open_one = NumpyModel("a-run", model.config.replace(activation="none"), doubles, NORMALISATION)
    said = np.zeros((1, 16))
    more = said + np.eye(16)[4]
    slope = [open_one.dense(2, open_one.dense(1, at)) for at in (more, said)]
    np.testing.assert_allclose(outgoing_weights(model, Unit(1, 4)), (slope[0] - slope[1])[0], rtol=1e-4)


# --- survey ---


@every_network
def test_a_survey_in_chunks_counts_what_all_images_at_once_say(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _, model = networks(CONFIGS[name])
    monkeypatch.setattr("core.explain.survey._CHUNK", 16)
    found = survey(model, images(50))
    said = model.layers(images(50))[1:-1]
    assert len(found) == len(said)
    for layer, values, weights in zip(found, said, model.dense_weights[1:], strict=True):
        order = np.argsort(-values, axis=0, kind="stable")[:24].T
        np.testing.assert_allclose(layer.values, np.take_along_axis(values.T, order, axis=1), atol=1e-5)
        np.testing.assert_allclose(np.take_along_axis(values.T, layer.exciting, axis=1), layer.values, atol=1e-5)
        np.testing.assert_allclose(layer.active, (values > 0).mean(axis=0), atol=1e-6)
        np.testing.assert_allclose(layer.use, np.abs(values).mean(axis=0) * np.abs(weights).mean(axis=0), rtol=1e-4)
        assert (np.diff(layer.use[layer.order]) <= 0).all()


def test_of_wide_networks_fewer_images_are_looked_at() -> None:
    class Sized:
        class_names = DIGIT_NAMES

        def __init__(self, **settings: object) -> None:
            self.config = TrainConfig(**settings)

    assert affordable(Sized(), 10_000) == 10_000
    assert affordable(Sized(widths=(4096, 4096)), 10_000) == 599
    assert affordable(Sized(widths=(4096,) * 5), 10_000) == 500
    assert affordable(Sized(widths=(4096,) * 5), 30) == 30


# --- excitation ---


def test_of_a_sum_of_pixels_the_best_image_is_found() -> None:
    _, model = networks(CONFIGS["relu"])
    weights = model.weights["layers.0.weight"][3].astype(np.float64)
    found = excite(model, Unit(1, 3), images(4), length=5.0)
    # Where ink is from 0 to 1 and of bounded length, weights × ink is largest at clip(λ · weights, 0, 1).
    scale = brentq(lambda factor: np.linalg.norm(np.clip(factor * weights, 0, 1)) - 5, 0, 1e4)
    best = weights @ np.clip(scale * weights, 0, 1)
    reached = weights @ (found.image.reshape(-1) / 255)
    assert np.linalg.norm(found.image / 255) <= 5.0 + 0.03
    assert reached == pytest.approx(best, rel=0.01)
    assert found.value == pytest.approx(model.layers(found.image[None])[1][0, 3])


@every_network
def test_climbing_never_loses_and_always_gives_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.explain.excitation._STEPS", 20)
    _, model = networks(CONFIGS[name])
    unit = Unit(len(model.config.hidden_widths), 4)
    start = images(3)
    length = usual_length(start)
    found = excite(model, unit, start, length)
    begun = model.layers(start)[unit.layer][:, unit.number].max()
    assert found.value >= begun - 1e-3
    again = excite(model, unit, start, length)
    assert found.value == again.value
    np.testing.assert_array_equal(found.image, again.image)


def test_a_dead_unit_stays_dead() -> None:
    _, model = networks(CONFIGS["relu"])
    model.weights["layers.0.bias"][3] = -1e6
    assert excite(model, Unit(1, 3), images(2), 9.0).value == 0


# --- sums ---


@every_network
def test_terms_add_up_to_what_pytorch_says(name: str) -> None:
    network, model = networks(CONFIGS[name])
    sums: dict[int, np.ndarray] = {}
    for index, layer in enumerate(network.layers):
        layer.register_forward_hook(lambda _m, _i, out, index=index: sums.update({index: out.detach().numpy()[0]}))
    with torch.no_grad():
        network(torch.from_numpy(normalise(images(1), NORMALISATION)))
    said = [layer[0] for layer in model.layers(images(1))]
    for layer in range(1, len(said)):
        for unit, found in enumerate(unit_sums(model, said, layer, range(len(said[layer])))):
            assert found.total == pytest.approx(sums[layer - 1][unit], abs=1e-4)
            parts = sum(term.weight * term.value for term in found.terms) + found.rest + found.bias
            assert parts == pytest.approx(found.total, abs=1e-6)
            assert len(found.terms) + found.others == len(said[layer - 1])
            sizes = [abs(term.product) for term in found.terms]
            assert sizes == sorted(sizes, reverse=True)
            is_output = layer == len(said) - 1
            assert (found.normed is None) == (is_output or not model.config.batch_norm)
            if found.normed is not None:
                assert np.tanh(found.normed) == pytest.approx(said[layer][unit], abs=1e-5)
