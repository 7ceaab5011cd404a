"""What each puzzle claims to have measured, computed again in another way."""

import csv
import gzip
import io
import math
import os
import re
import struct
import subprocess
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from core.data.mnist import MNIST_DIRECTORY
from core.learn.puzzles import files, layers, notebook, recurrent, series, steps, tutorial
from core.learn.puzzles.catalogue import PUZZLES
from core.learn.puzzles.training import FROM_SCRATCH, small_splits, train
from core.learn.source import source_of
from core.training.numpy_learner import NumpyLearner

ROOT = Path(__file__).parents[3]


def values(finding, name: str) -> tuple:
    reading = finding.reading(name)
    return reading.wrong, reading.right


@pytest.mark.parametrize("puzzle", PUZZLES, ids=lambda puzzle: puzzle.slug)
def test_puzzle_is_whole(puzzle) -> None:
    assert len(puzzle.choices) >= 3
    assert len(set(puzzle.choices)) == len(puzzle.choices)
    assert 0 <= puzzle.answer < len(puzzle.choices)
    assert 2 <= len(re.findall(r"[.!?]”?(?:\s|$)", puzzle.explanation)) <= 7
    assert len(source_of(puzzle.code).splitlines()) < 60
    assert re.fullmatch(r"[a-z-]+", puzzle.slug)


def test_slugs_are_unique_and_answers_are_not_always_in_the_same_place() -> None:
    assert len({puzzle.slug for puzzle in PUZZLES}) == len(PUZZLES) >= 14
    assert {puzzle.answer for puzzle in PUZZLES} == {0, 1, 2}


def test_batch_size() -> None:
    finding = steps.measure_batch_size(640)
    assert values(finding, "Batch size") == (int.__xor__(2, 6), 64)
    assert values(finding, "Updates in one epoch of 60,000") == (15_000, 938)
    assert values(finding, "Updates in one epoch of 640") == (160, 10)
    assert all(0 < seconds < 60 for seconds in values(finding, "Seconds for it"))


@pytest.mark.slow
def test_which_batch_size_is_better_depends_on_the_rate() -> None:
    """PyTorch's own steps reach the accuracies that are claimed for 64."""
    finding = steps.measure_batch_size()
    splits = small_splits(5_120, scaling="standardise")
    images, labels = (torch.tensor(x) for x in (NumpyLearner(steps._WIDE, splits).images, splits.train.labels))
    for rate, meant_is_better in zip(steps.RATES, (True, False), strict=True):
        wrong, right = values(finding, f"Accuracy after it, learning rate {rate:g}")
        assert (wrong + 0.02 < right) if meant_is_better else (right + 0.02 < wrong)
        learner = NumpyLearner(steps._WIDE, splits)
        p = torch_parameters(learner.network)
        optimizer = torch.optim.SGD(p.values(), lr=rate)
        for batch in np.random.default_rng([0, 0]).permutation(5_120).reshape(80, 64):
            optimizer.zero_grad()
            torch.nn.CrossEntropyLoss()(torch_scores(p, images[batch]), labels[batch]).backward()
            optimizer.step()
        scores = torch_scores(p, torch.tensor(learner.val_images)).argmax(dim=1).numpy()
        assert (scores == splits.validation.labels).mean() == pytest.approx(right, abs=0.003)
    assert "sixty-four images at 0.1" in finding.sentence
    assert "four images at 0.03" in finding.sentence


def test_loader_cannot_stack_pictures() -> None:
    wrong, right = values(notebook.measure_loader(), "The first batch")
    assert wrong.startswith("TypeError")
    assert "PIL" in wrong
    assert right == "(4, 1, 28, 28)"


@pytest.mark.slow
def test_stale_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The torchvision that can be imported is an empty one: test_snippets imports the whole, in seconds."""
    (tmp_path / "torchvision").mkdir()
    for name in ("__init__.py", "datasets.py"):
        (tmp_path / "torchvision" / name).touch()
    run = subprocess.run

    def with_an_empty_one(command: list[str], **options: Any) -> "subprocess.CompletedProcess[str]":
        is_missing = "Missing" in command[-1]
        return run(command, env=None if is_missing else os.environ | {"PYTHONPATH": str(tmp_path)}, **options)

    monkeypatch.setattr(subprocess, "run", with_an_empty_one)
    wrong, right = values(notebook.measure_stale_notebook(), "from torchvision import datasets")
    # The very line of the document.
    assert wrong == "ModuleNotFoundError: No module named 'torch'"
    assert right == "imported"


def raw_labels(part: str) -> np.ndarray:
    content = gzip.decompress((MNIST_DIRECTORY / f"{part}-labels-idx1-ubyte.gz").read_bytes())
    assert struct.unpack(">ii", content[:8])[0] == 2049
    return np.frombuffer(content, np.uint8, offset=8)


def raw_images(part: str) -> np.ndarray:
    content = gzip.decompress((MNIST_DIRECTORY / f"{part}-images-idx3-ubyte.gz").read_bytes())
    return np.frombuffer(content, np.uint8, offset=16).reshape(-1, 784)


def demo_answers(images: np.ndarray) -> np.ndarray:
    """The demo network by hand, from its file."""
    import json

    w = load_file(ROOT / "demo" / "checkpoint.safetensors")
    run = json.loads((ROOT / "demo" / "run.json").read_text())
    x = (images / 255 - run["environment"]["mean"]) / run["environment"]["std"]
    hidden = np.maximum(x @ w["layers.0.weight"].T + w["layers.0.bias"], 0)
    return (hidden @ w["layers.1.weight"].T + w["layers.1.bias"]).argmax(axis=1)


def test_letters() -> None:
    finding = notebook.measure_letters()
    labels = np.concatenate([raw_labels("train"), raw_labels("t10k")])
    assert values(finding, "Classes") == (26 + 26 + 10, len(set(labels.tolist())))
    assert finding.reading("Labels beyond 9").right == int((labels > 9).sum()) == 0
    assert finding.reading("Letters that are read as a digit").right == 52
    assert notebook.letter_image("A").max() == 255


@pytest.mark.slow
def test_black_on_white() -> None:
    finding = notebook.measure_black_ink(500)
    images, labels = raw_images("t10k")[:500], raw_labels("t10k")[:500]
    wrong, right = ((demo_answers(x) == labels).mean() for x in (255 - images, images))
    assert values(finding, "Accuracy") == pytest.approx((wrong, right), abs=0.003)
    assert values(finding, "Mean of the corner pixels") == (255, 0)
    few = (demo_answers(255 - images[:64]) == labels[:64]).mean()
    as_it_is, uploaded = values(finding, "The first 64: as they are, and through Draw’s upload")
    assert as_it_is == pytest.approx(few, abs=0.02)
    assert uploaded > 0.9


@pytest.mark.slow
def test_test_images_from_training_images() -> None:
    finding = series.measure_test_from_train(rows=700, cut=500, epochs=15)
    images = raw_images("train")[:700]
    unique = len(np.unique(images, axis=0))
    assert unique == 700
    assert values(finding, "Test images") == (500, 200)
    assert values(finding, "Test images that were trained on") == (500, 700 - unique)
    wrong, right = values(finding, "Accuracy that is reported")
    assert wrong > 0.99
    assert right < 0.95


@pytest.mark.slow
def test_transposed() -> None:
    finding = series.measure_transposed()
    assert values(finding, "Shape of x_train") == ("(784, 30000)", "(30000, 784)")
    assert values(finding, "Images to test on") == (30_000, 42_000 - 30_000)
    assert values(finding, "Brightest pixel of x_train[0]") == (
        raw_images("train")[:30_000, 0].max(),
        raw_images("train")[0].max(),
    )
    assert "cannot reshape" in finding.reading("x_train[0] as an image").wrong


@pytest.mark.slow
def test_pixels_that_are_never_scaled() -> None:
    finding = series.measure_never_scaled(1_000)
    wrong, right = values(finding, "Mean size of a hidden sum at the start")
    # The same weights on the same pixels: sums grow by the very factor of the pixels.
    assert wrong / right == pytest.approx(255, rel=0.01)
    learner = NumpyLearner(
        FROM_SCRATCH.replace(initialisation="uniform", initial_range=0.5), small_splits(1_000, scaling="none")
    )
    labels = torch.tensor(small_splits(1_000).validation.labels)
    loss = torch.nn.functional.cross_entropy(torch.from_numpy(learner.validation_logits()), labels)
    assert finding.reading("Loss at the start, nats per image").wrong == pytest.approx(float(loss), rel=1e-4)
    accuracies = values(finding, "Accuracy after 3 epochs")
    assert accuracies[0] < accuracies[1]
    best = values(finding, f"The best of {len(series.RATES)} learning rates")
    assert best[0] < 0.5 < best[1]
    assert best[1] >= accuracies[1]


@pytest.mark.slow
def test_header_row() -> None:
    finding = series.measure_header_row(40)
    names = next(csv.reader(io.StringIO("label," + ",".join(f"pixel{i}" for i in range(784)))))
    assert finding.reading("NaN values in the first row read").wrong == len(names)
    assert values(finding, "Images from 40 without a header") == (39, 40)
    assert values(finding, "Images with a header") == (40, 40)


def test_unshuffled_split() -> None:
    finding = series.measure_unshuffled_split(rows=1_000, cut=700)
    ordered = sorted(raw_labels("train")[:1_000].tolist())
    known = sorted(set(ordered[:700]))
    assert finding.reading("Digits to train on").wrong == ", ".join(map(str, known))
    unseen = np.isin(ordered[700:], known, invert=True).mean()
    assert values(finding, "Test images of digits that were not trained on") == (unseen, 0)
    wrong, right = values(finding, "Accuracy on the rest")
    assert wrong <= np.isin(ordered[700:], known).mean() < right


def test_half_a_download() -> None:
    finding = files.measure_half_download()
    whole = (MNIST_DIRECTORY / files.IMAGES).read_bytes()
    half = zlib.decompressobj(wbits=31)
    half.decompress(whole[: len(whole) // 2])
    assert not half.eof
    assert values(finding, "Bytes that are missing after them") == (len(whole) - len(whole) // 2, 0)
    assert values(finding, "Downloads started in three runs") == (1, 2)
    assert values(finding, "What reading the file says")[0].startswith("EOFError")
    assert values(finding, "What reading the file says")[1] == "nothing"
    assert "is cut off" in finding.reading("What Digit Lab says of the half file").right


def test_magic_number() -> None:
    finding = files.measure_magic_number()
    content = gzip.decompress((MNIST_DIRECTORY / files.IMAGES).read_bytes())
    magic, *shape = struct.unpack(">iiii", content[:16])
    assert magic == 2051
    assert values(finding, "Shape of what is read") == (f"({len(content) - 8},)", str(tuple(shape)))
    assert finding.reading("Largest “label”").wrong == max(content[8:])
    assert values(finding, "First four bytes") == ("00 00 08 03", "00 00 08 01")


def test_tiny_chunks() -> None:
    finding = files.measure_tiny_chunks()
    size = (MNIST_DIRECTORY / files.TRAINING).stat().st_size
    assert values(finding, "Pieces") == (math.ceil(size / 128), math.ceil(size / 2**20))
    slow, quick = values(finding, "Milliseconds to copy")
    assert slow > quick > 0


def torch_parameters(network) -> dict[str, torch.Tensor]:
    return {name: torch.tensor(array, requires_grad=True) for name, array in network.parameters.items()}


def torch_scores(p: dict[str, torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    hidden = torch.relu(x @ p["layers.0.weight"].T + p["layers.0.bias"])
    return hidden @ p["layers.1.weight"].T + p["layers.1.bias"]


def first_batches(count: int, config=FROM_SCRATCH) -> tuple[NumpyLearner, list[tuple[torch.Tensor, torch.Tensor]]]:
    learner = NumpyLearner(config, small_splits(640, 100))
    learner.begin_epoch(1, np.arange(640))
    batches = [
        (torch.tensor(learner.images[i * 64 : i * 64 + 64]), torch.tensor(learner.labels[i * 64 : i * 64 + 64]))
        for i in range(count)
    ]
    return learner, batches


def test_softmax_twice_is_what_autograd_says() -> None:
    learner, ((x, y),) = first_batches(1)
    p = torch_parameters(learner.network)
    torch.nn.CrossEntropyLoss()(torch.softmax(torch_scores(p, x), 1), y).backward()
    steps.softmax_twice(learner, 0)
    for name, array in learner.network.parameters.items():
        moved = (p[name].detach().numpy() - array) / learner.config.learning_rate
        np.testing.assert_allclose(moved, p[name].grad.numpy(), atol=1e-6)


@pytest.mark.slow
def test_softmax_twice_has_its_limits() -> None:
    finding = steps.measure_softmax_twice(1_000, 30)
    wrong, right = values(finding, "Loss of a perfect network, nats per image")
    assert (wrong, right) == pytest.approx((-math.log(math.e / (math.e + 9)), 0), abs=1e-9)
    assert finding.reading("Highest “probability” of any image").wrong <= math.e / (math.e + 9)
    # Ten times the epochs do not bring back what the second softmax takes.
    accuracies = values(finding, "Accuracy after 30 epochs")
    assert accuracies[0] < 0.8 < accuracies[1]


@pytest.mark.slow
def test_gradients_pile_up_as_in_torch_without_zero_grad() -> None:
    learner, batches = first_batches(3)
    p = torch_parameters(learner.network)
    optimizer = torch.optim.SGD(p.values(), lr=learner.config.learning_rate)
    piled = steps._Steps(pile_up=True)
    for index, (x, y) in enumerate(batches):
        torch.nn.CrossEntropyLoss()(torch_scores(p, x), y).backward()
        optimizer.step()
        piled.step(learner, index)
    for name, array in learner.network.parameters.items():
        np.testing.assert_allclose(array, p[name].detach().numpy(), atol=1e-5)
    wrong, right = values(steps.measure_gradients_pile_up(2_000), "Accuracy after 3 epochs")
    assert wrong < right


@pytest.mark.slow
def test_converged_is_not_accurate() -> None:
    finding = steps.measure_converged(1_000)
    validation = small_splits(1_000, 1_000).validation.labels
    shares = np.bincount(validation) / len(validation)
    assert finding.reading("Accuracy").wrong in shares
    assert finding.reading("Accuracy").wrong < 0.2 < finding.reading("Accuracy").right
    # The best that biases alone can do is the entropy of the classes, about ln 10.
    assert finding.reading("Loss, nats per image").wrong == pytest.approx(-(shares * np.log(shares)).sum(), abs=0.02)
    assert finding.reading("Change in the loss over the last 2 epochs").wrong < 0.005


def test_product_without_a_sum() -> None:
    finding = layers.measure_product_without_sum()
    assert values(finding, "One unit")[0] == "(784,)"
    assert "broadcast" in finding.reading("The whole layer").wrong
    assert finding.reading("The whole layer").right == "(128,)"


@pytest.mark.slow
def test_layers_without_a_bend_are_one() -> None:
    finding = layers.measure_no_bend(1_000, epochs=6, seeds=2)
    wrong, right = values(finding, "Largest difference to one merged layer")
    assert wrong < 1e-3 < 0.5 < right
    assert re.fullmatch(r"\d\d\.\d\d% to \d\d\.\d\d%", str(finding.reading("Accuracy after 6 epochs, 2 seeds").wrong))


def published_tutorial(images: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The tutorial's lines, letter by letter, for one epoch."""
    rng = np.random.default_rng(884736743)
    weights_1 = 0.2 * rng.random((784, 100)) - 0.1
    weights_2 = 0.2 * rng.random((100, 10)) - 0.1
    for layer_0, label in zip(images, np.eye(10)[labels], strict=True):
        layer_1 = np.dot(layer_0, weights_1)
        layer_1 = (layer_1 >= 0) * layer_1
        dropout_mask = rng.integers(low=0, high=2, size=layer_1.shape)
        layer_1 *= dropout_mask * 2
        layer_2_delta = label - np.dot(layer_1, weights_2)
        layer_1_delta = np.dot(weights_2, layer_2_delta) * (layer_1 >= 0)
        layer_1_delta *= dropout_mask
        weights_1 += 0.005 * np.outer(layer_0, layer_1_delta)
        weights_2 += 0.005 * np.outer(layer_1, layer_2_delta)
    return weights_1, weights_2


def test_the_tutorial_is_run_as_published() -> None:
    images, labels = raw_images("train")[:60] / 255, raw_labels("train")[:60].astype(np.int64)
    ours = tutorial.train_tutorial(images, labels, right=False, epochs=1)
    first, second = published_tutorial(images, labels)
    np.testing.assert_allclose(ours.first, first, atol=1e-12)
    np.testing.assert_allclose(ours.second, second, atol=1e-12)


def test_the_right_gradient_is_autograds() -> None:
    images, labels = raw_images("train")[:40] / 255, raw_labels("train")[:40].astype(np.int64)
    ours = tutorial.train_tutorial(images, labels, right=True, epochs=1)
    rng = np.random.default_rng(884736743)
    w = [torch.tensor(0.2 * rng.random(shape) - 0.1, requires_grad=True) for shape in ((784, 100), (100, 10))]
    for x, label in zip(torch.tensor(images), labels, strict=True):
        mask = torch.tensor(rng.integers(low=0, high=2, size=100))
        scores = (torch.relu(x @ w[0]) * mask * 2) @ w[1]
        loss = ((torch.eye(10, dtype=torch.float64)[label] - scores) ** 2).sum() / 2
        for weight, gradient in zip(w, torch.autograd.grad(loss, w), strict=True):
            weight.data -= 0.005 * gradient
    np.testing.assert_allclose(ours.first, w[0].detach().numpy(), atol=1e-12)
    np.testing.assert_allclose(ours.second, w[1].detach().numpy(), atol=1e-12)


@pytest.mark.slow
def test_the_right_gradient_gets_more_digits_right() -> None:
    finding = tutorial.measure_dropout_gradient(epochs=3, count=600)
    wrong, right = values(finding, "Accuracy on all 10,000 test images")
    assert right > wrong > 0.4


@pytest.mark.slow
def test_the_test_curve_is_the_training_curve() -> None:
    finding = tutorial.measure_test_curve(epochs=1, count=100)
    images, labels = raw_images("train")[:100] / 255, raw_labels("train")[:100].astype(np.int64)
    first, second = published_tutorial(images, labels)
    scores = np.maximum(raw_images("t10k")[:100] / 255 @ first, 0) @ second
    shown, real = values(finding, "The “test” curve after 1 epochs")
    assert real == (scores.argmax(axis=1) == raw_labels("t10k")[:100]).mean()
    assert shown == tutorial.train_tutorial(images, labels, right=False, epochs=1).counted


def test_back_through_time_is_what_autograd_says() -> None:
    network = recurrent.recurrent_network(12, seed=3, dtype=np.float64)
    network.parameters["U"][...] = np.random.default_rng(1).normal(0, 0.3, (12, 12))
    images, labels = np.random.default_rng(2).random((5, 28, 28)), np.array([0, 3, 3, 9, 7])
    rnn = torch.nn.RNN(28, 12, batch_first=True).double()
    p = {name: torch.from_numpy(array.copy()) for name, array in network.parameters.items()}
    rnn.weight_ih_l0.data, rnn.weight_hh_l0.data = p["W"], p["U"]
    rnn.bias_ih_l0.data, rnn.bias_hh_l0.data = p["b"], torch.zeros_like(p["b"])
    head = torch.nn.Linear(12, 10).double()
    head.weight.data, head.bias.data = p["V"], p["c"]
    torch.nn.CrossEntropyLoss()(head(rnn(torch.from_numpy(images))[1][0]), torch.from_numpy(labels)).backward()
    ours = recurrent.through_time(network, images, np.eye(10)[labels])
    theirs = [rnn.weight_ih_l0, rnn.weight_hh_l0, rnn.bias_ih_l0, head.weight, head.bias]
    np.testing.assert_allclose(ours, np.concatenate([t.grad.numpy().ravel() for t in theirs]), atol=1e-12)


@pytest.mark.slow
def test_a_network_with_feedback_learns() -> None:
    wrong, right = values(recurrent.measure_feedback(2_000, epochs=4), "Validation accuracy")
    assert wrong < 0.2 < 0.45 < right


def test_the_small_training_learns_and_counts() -> None:
    outcome = train(FROM_SCRATCH, small_splits(1_000, 500))
    assert outcome.updates == 3 * 16
    assert outcome.loss < outcome.first_loss
    assert outcome.accuracy > 0.5
