"""The glossary and the table of arrays."""

import ast
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from core.config import TrainConfig
from core.learn.arrays import GROUPS, network_arrays
from core.learn.glossary import BY_TERM, WORDS, read_glossary, search
from core.models.functional import logit_gradient, softmax
from core.models.numpy_mlp import NumpyMLP
from core.models.shapes import parameter_shapes
from ui.shell.terms import explained

ROOT = Path(__file__).parents[3]


def test_words_are_unique_in_order_and_enough() -> None:
    terms = [word.term.lower() for word in WORDS]
    assert 75 <= len(terms) <= 100
    assert all(before < after for before, after in pairwise(terms))
    wanted = {"convergence", "epoch", "batch", "feed-forward", "recurrent", "reverse-mode differentiation", "one-hot"}
    assert wanted | {"logits", "softmax", "cross entropy", "overfitting", "regularisation"} <= set(terms)
    more = (
        "accuracy, precision, recall, f1, calibration, confidence, neuron, tensor, mlp, cnn, kernel, pooling, mixup, "
        "warm-up, one-cycle, nats, autograd, feature, batch size, supervised learning, standard deviation, checkpoint, "
        "probe digits, baseline, t-sne, pca, mnist"
    )
    assert set(more.split(", ")) <= set(terms)


def test_every_word_has_a_short_meaning_and_a_page() -> None:
    for word in WORDS:
        assert 30 < len(word.meaning) < 330, word.term
        assert word.meaning.endswith("."), word.term
        assert (ROOT / "pages" / f"{word.shown_at.partition('?')[0]}.py").is_file(), word.term


def test_search_finds_in_terms_before_meanings() -> None:
    found = [word.term for word in search(WORDS, "SOFTMAX")]
    assert found[0] == "Softmax"
    assert "Logits" in found
    assert search(WORDS, "") == WORDS
    assert search(WORDS, "zebra") == ()


@pytest.mark.parametrize("wanted", ["too large", "“too large”", '"too large"', "„Too  large“", "«too large»"])
def test_a_phrase_is_found_with_any_quotation_marks(wanted: str) -> None:
    assert [word.term for word in search(WORDS, wanted)] == ["Initialisation"]


def test_commas_part_wishes_so_that_the_placeholder_itself_finds_all_that_it_names() -> None:
    found = [word.term for word in search(WORDS, "softmax, overfitting, “too large” …")]
    assert set(found[:2]) == {"Softmax", "Overfitting"}
    assert "Initialisation" in found
    assert search(WORDS, "softmax,, zebra") == search(WORDS, "softmax")
    assert search(WORDS, " “…” ") == WORDS


@pytest.mark.slow
def test_every_term_that_a_page_explains_has_an_entry() -> None:
    explained_by = {}
    for file in sorted((ROOT / "ui").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "explained":
                terms = [part.value for part in node.args if isinstance(part, ast.Constant)]
                explained_by.setdefault(file.relative_to(ROOT / "ui").parts[0], set()).update(terms)
    assert set().union(*explained_by.values()) <= set(BY_TERM)
    pages = "train, runs, evaluate, draw, inside, explore, datasets, errors, compare, search, robustness, learn"
    assert set(pages.split(", ")) <= set(explained_by)
    assert explained("Epoch", "Batch").startswith(f"**Epoch**: {BY_TERM['Epoch'].meaning}\n\n**Batch**: ")
    with pytest.raises(KeyError):
        explained("Zebra")


def test_a_line_that_is_no_word_is_left_out() -> None:
    assert read_glossary("a | page | b | c\nnothing\n\n")[0].meaning == "b | c"
    assert len(read_glossary("a | page | b\nnothing\n")) == 1


@pytest.mark.parametrize("widths", ["", "20", "32,16"])
def test_shapes_are_those_of_a_real_step(widths: str) -> None:
    config = TrainConfig(widths=widths, hidden_layers=0, batch_size=7, backend="numpy")
    rows = {array.name: array for array in network_arrays(config)}
    network = NumpyMLP(config)
    network.initialise(np.random.default_rng(0))
    passed = network.forward(np.ones((7, 784), np.float32))
    targets = np.eye(10, dtype=np.float32)[np.arange(7)]
    network.backward(passed, targets)
    for name, gradient in network.gradients.items():
        assert rows[name].shape == rows[f"gradient of {name}"].shape == gradient.shape
    for number, (a, h) in enumerate(zip(passed.inputs[1:], passed.outputs, strict=True), start=1):
        assert rows[f"a{number}"].shape == a.shape
        assert rows[f"z{number}"].shape == rows[f"delta{number}"].shape == h.shape
    assert rows["logits"].shape == passed.logits.shape
    assert rows["probabilities"].shape == softmax(passed.logits).shape
    last = len(config.hidden_widths) + 1
    assert rows[f"delta{last}"].shape == logit_gradient("cross_entropy", passed.logits, targets).shape
    assert rows["targets"].shape == targets.shape


def test_the_from_scratch_series_holds_its_images_in_columns() -> None:
    config = TrainConfig(widths="20", training_size=30_000, test_size=12_000)
    rows = {array.column_name: array for array in network_arrays(config) if array.column_shape}
    # The very lines of the series: np.split(train.T, [1]) of 30,000 rows of a label and 784 pixels.
    y_train, x_train = np.split(np.empty((30_000, 785), np.uint8).T, [1])
    assert rows["x_train"].column_shape == x_train.shape
    assert rows["y_train"].column_shape == y_train.shape
    assert rows["W1"].shape == rows["W1"].column_shape == (20, 784)
    assert rows["B1"].column_shape == (20, 1)
    # What the text above the table says: data and activations are the transpose, weights are not.
    assert {name for name, array in rows.items() if array.is_transposed} == {
        *("x_train", "x_test", "A0", "Y", "Z1", "A1", "Z2", "A2", "dZ1", "dZ2")
    }


def test_weights_of_a_square_layer_are_not_the_other_way_round() -> None:
    rows = {array.column_name: array for array in network_arrays(TrainConfig(widths="10"))}
    assert rows["W2"].shape == rows["W2"].column_shape == (10, 10)
    assert not rows["W2"].is_transposed


def test_every_parameter_of_every_architecture_has_its_row() -> None:
    for config in (TrainConfig(architecture="cnn"), TrainConfig(batch_norm=True), TrainConfig(architecture="linear")):
        rows = {array.name: array for array in network_arrays(config)}
        for name, shape in parameter_shapes(config).items():
            assert rows[name].shape == shape
            assert len(rows[name].axes) == len(shape)
        assert all(array.group in GROUPS for array in rows.values())
