"""What the demos compute, against PyTorch, scikit-learn, SciPy and the files themselves."""

import gzip
import hashlib
import importlib.metadata

import numpy as np
import pytest
import torch
from scipy import ndimage, stats

from core.analysis.balance import class_balance
from core.config import TrainConfig
from core.data.importing.assemble import frame_all
from core.data.mnist import MNIST_DIRECTORY
from core.data.splits import make_splits
from core.drawings.preprocessing import normalise
from core.figures.lessons import bowl_chart, histogram, line_chart
from core.learn.lessons.compare import compare_answers, sign_test
from core.learn.lessons.curves import START, activation_lines, descent, first_signal, height, loss_at, loss_lines
from core.learn.lessons.environment import import_seconds, required_packages
from core.learn.lessons.files import FILES, OFFERS, file_facts, try_to_load
from core.learn.lessons.images import accuracy, reading_milliseconds, shifted
from core.learn.lessons.splits import hold_out, published_labels
from core.learn.puzzles.notebook import demo_network


def test_packages_are_those_of_the_file() -> None:
    packages = {package.name: package for package in required_packages()}
    assert {"torch", "torchvision", "streamlit", "numpy"} <= set(packages)
    assert packages["numpy"].installed == importlib.metadata.version("numpy")
    assert packages["numpy"].wanted.startswith(">=")


def test_an_import_takes_time() -> None:
    assert 0 < import_seconds("safetensors") < 30


@pytest.mark.parametrize("name", FILES)
def test_file_facts(name: str) -> None:
    facts = file_facts(name)
    content = gzip.decompress((MNIST_DIRECTORY / f"{name}.gz").read_bytes())
    assert facts.sha256 == hashlib.sha256(content).hexdigest()
    assert facts.is_published
    assert facts.unpacked == len(content) == 4 + 4 * len(facts.sizes) + int(np.prod(facts.sizes))
    assert facts.magic == bytes([0, 0, 8, len(facts.sizes)])


@pytest.mark.parametrize(
    ("offer", "words"),
    [
        ("The file as it was saved", "every number is the same"),
        ("Its first half", "damaged"),
        ("One unit less than its config says", "do not fit"),
        ("Weights without a config", "does not say"),
        ("What torch.save writes", "pickle"),
    ],
)
def test_model_files(offer: str, words: str) -> None:
    assert set(OFFERS) >= {offer}
    attempt = try_to_load(demo_network(), offer)
    assert words in attempt.words
    assert attempt.is_loaded == ("same" in words)


def test_the_pickle_begins_as_torch_writes_it(tmp_path) -> None:
    torch.save({"weight": torch.zeros(2)}, tmp_path / "model.pt")
    assert (tmp_path / "model.pt").read_bytes()[:2] == try_to_load(
        demo_network(), "What torch.save writes"
    ).first_bytes[:2]


@pytest.mark.parametrize("kind", ["relu", "tanh", "sigmoid", "none"])
def test_activations_are_pytorchs(kind: str) -> None:
    value, slope = activation_lines(kind)
    z = torch.tensor(value.x, requires_grad=True)
    function = {"relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid, "none": lambda z: z}[kind]
    h = function(z)
    np.testing.assert_allclose(value.y, h.detach().numpy(), atol=1e-12)
    h.sum().backward()
    np.testing.assert_allclose(slope.y, z.grad.numpy(), atol=1e-12)


@pytest.mark.parametrize("p", [0.01, 0.3, 0.9])
def test_losses_pull_as_autograd_says(p: float) -> None:
    at = loss_at(p)
    for name in ("cross_entropy", "squared_error"):
        score = torch.tensor(np.log(p / (1 - p)), requires_grad=True)
        shares = torch.softmax(torch.stack([score, torch.zeros((), dtype=torch.float64)]), 0)
        wanted = torch.tensor([1.0, 0.0], dtype=torch.float64)
        loss = -torch.log(shares[0]) if name == "cross_entropy" else ((shares - wanted) ** 2).sum() / 2
        loss.backward()
        assert getattr(at, name) == pytest.approx(float(loss.detach()))
        assert getattr(at, f"{name}_pull") == pytest.approx(-float(score.grad))
    assert len(loss_lines()) == 2


@pytest.mark.parametrize(("kind", "rate"), [("sgd", 0.03), ("momentum", 0.01), ("adam", 0.3)])
def test_descent_is_torch_optims(kind: str, rate: float) -> None:
    place = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    make = {
        "sgd": lambda: torch.optim.SGD([place], lr=rate),
        "momentum": lambda: torch.optim.SGD([place], lr=rate, momentum=0.9),
        "adam": lambda: torch.optim.Adam([place], lr=rate),
    }
    optimizer = make[kind]()
    for _ in range(12):
        optimizer.zero_grad()
        ((place[0] ** 2 + 20 * place[1] ** 2) / 2).backward()
        optimizer.step()
    way = descent(kind, rate, 12)
    assert way.shape == (13, 2)
    np.testing.assert_allclose(way[-1], place.detach().numpy(), atol=1e-6)


def test_a_descent_that_flies_off_ends() -> None:
    assert len(descent("sgd", 1.0, 100)) < 20
    assert height(np.array(START)) == 18


def test_first_weights(small_splits) -> None:
    pixels = normalise(small_splits.train.images[:100], small_splits.normalisation)
    labels = small_splits.train.labels[:100]
    signals = {kind: first_signal(kind, "relu", pixels, labels) for kind in ("he", "xavier", "uniform", "zeros")}
    weight = torch.empty(64, 784)
    torch.nn.init.kaiming_uniform_(weight, nonlinearity="relu")
    assert signals["he"].bound == pytest.approx(float(weight.abs().max()), rel=0.01)
    torch.nn.init.xavier_uniform_(weight)
    assert signals["xavier"].bound == pytest.approx(float(weight.abs().max()), rel=0.01)
    assert signals["zeros"].spreads == (0.0,) * 5
    assert max(signals["zeros"].gradients) == 0
    # He makes up for what ReLU takes, Xavier does not: √2 in each of the three layers of 64.
    assert signals["he"].spreads[3] / signals["xavier"].spreads[3] == pytest.approx(2**1.5, rel=0.3)


@pytest.mark.parametrize("kind", ["stratified", "random", "in_order"])
def test_holding_out_is_that_of_the_splits(mnist_train, mnist_test, kind: str) -> None:
    splits = make_splits(mnist_train, mnist_test, TrainConfig())
    labels = published_labels(splits)
    np.testing.assert_array_equal(labels, mnist_train.labels)
    config = TrainConfig(split=kind, validation_size=500, split_seed=3, training_size=60_000)
    expected = make_splits(mnist_train, mnist_test, config)
    found = hold_out(splits, kind, 500, 3)
    for part in ("train", "validation", "test"):
        np.testing.assert_array_equal(getattr(found, part).file_indices, getattr(expected, part).file_indices)
    np.testing.assert_array_equal(class_balance(found).counts, class_balance(expected).counts)


def test_sign_test_is_scipys() -> None:
    for plus, minus in ((0, 0), (3, 9), (50, 50), (120, 80)):
        expected = stats.binomtest(plus, plus + minus).pvalue if plus + minus else 1.0
        assert sign_test(plus, minus) == pytest.approx(expected, abs=1e-9)


def test_compare_answers() -> None:
    before, after = np.array([1, 1, 0, 0, 0], bool), np.array([1, 0, 1, 1, 0], bool)
    found = compare_answers(before, after)
    assert (found.both_right, found.repaired, found.lost, found.both_wrong) == (1, 2, 1, 1)
    assert found.gain == pytest.approx(after.mean() - before.mean())


@pytest.mark.parametrize(("right", "down"), [(0, 0), (3, -2), (-5, 4)])
def test_shifting_is_scipys(mnist_test, right: int, down: int) -> None:
    images = mnist_test.images[:5]
    expected = ndimage.shift(images, (0, down, right), order=0, mode="constant", cval=0)
    np.testing.assert_array_equal(shifted(images, right, down), expected)


def test_framing_undoes_a_shift(mnist_test) -> None:
    network, few = demo_network(), mnist_test.subset(np.arange(200))
    moved = shifted(few.images, 4, 4)
    assert accuracy(network, moved, few.labels) < 0.4
    assert accuracy(network, frame_all(moved), few.labels) > 0.9


def test_reading_takes_milliseconds(mnist_test) -> None:
    assert 0 < reading_milliseconds(demo_network(), mnist_test.images[0], 3) < 1_000


def test_figures_draw_what_they_are_given_and_say_when_there_is_nothing() -> None:
    chart = line_chart("t", activation_lines("relu"), "x", "y", marked=0.5)
    assert [trace.name for trace in chart.data] == ["f(z)", "slope"]
    assert histogram("t", np.arange(100.0), "x").data[0].y.sum() == 100
    assert len(bowl_chart("t", {"SGD": descent("sgd", 0.01, 3)}).data) == 2
    for empty in (line_chart("t", (), "x", "y"), histogram("t", np.empty(0), "x"), bowl_chart("t", {})):
        assert not empty.data
        assert empty.layout.annotations
