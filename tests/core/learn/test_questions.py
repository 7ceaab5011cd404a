"""The 31 questions: whole, in order, with code that is there and links that open something."""

import ast
import re
from pathlib import Path
from urllib.parse import parse_qsl

import numpy as np
import pytest

from core.analysis.intervals import wilson_interval
from core.config import TrainConfig
from core.data.bundled import load_sklearn_digits
from core.data.dataset import ImageDataset
from core.data.splits import make_splits
from core.learn.glossary import WORDS
from core.learn.lessons.curves import activation_lines, loss_at
from core.learn.puzzles.catalogue import PUZZLES
from core.learn.questions.catalogue import CHAPTERS, QUESTIONS
from core.learn.source import file_of, place_of, source_of
from core.models.functional import logit_gradient
from core.models.shapes import multiplications, parameter_count
from ui.learn.sources import SOURCES

ROOT = Path(__file__).parents[3]
MOST_LINES = 45
SEEDS = (ROOT / "docs" / "SEEDS.md").read_text(encoding="utf-8")


def test_the_questions_are_those_of_the_notebook_in_order() -> None:
    # The document that lists what the notebook asks, and which test shows the answer, question by question.
    asked = dict(re.findall(r"^\| Q(\d+) (.+?) \|", SEEDS, re.MULTILINE))
    assert {str(question.number): question.text for question in QUESTIONS} == asked
    assert [question.number for question in QUESTIONS] == list(range(1, 32))
    assert [chapter.title for chapter in CHAPTERS][:2] == [
        "Setting up the environment",
        "Loading and preprocessing the data",
    ]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: f"q{question.number}")
def test_question_is_answered(question) -> None:
    sentences = re.findall(r"[.!?](?=\s|$)", question.answer)
    assert 2 <= len(sentences) <= 7
    # A link is one line, on a phone as well.
    assert len(question.link_label) <= 48
    for reference in SOURCES[question.number]:
        source = source_of(reference)
        assert 1 < len(source.splitlines()) < MOST_LINES, reference
        if ":" in reference:
            ast.parse(source)


def answer(number: int) -> str:
    return next(question.answer for question in QUESTIONS if question.number == number)


def test_numbers_in_answers_are_those_that_the_product_computes(mnist_train: ImageDataset, mnist_test: ImageDataset):
    splits = make_splits(mnist_train, mnist_test)
    assert f"{len(mnist_train):,} images to learn from and {len(mnist_test):,} to test on" in answer(5)
    assert f"{len(splits.validation):,} of the {len(mnist_train):,}" in answer(5)
    interval = wilson_interval(97, 100)
    assert f"{interval.low:.0%} to {interval.high:.0%}" in answer(16)
    digits = load_sklearn_digits()
    assert f"{len(digits.train):,} digits by 13 writers" in answer(29)
    weights = [parameter_count(TrainConfig(architecture=kind)) for kind in ("cnn", "mlp")]
    assert "a third of the weights" in answer(27)
    assert weights[0] / weights[1] == pytest.approx(1 / 3, rel=0.2)
    products = [multiplications(TrainConfig(architecture=kind)) for kind in ("cnn", "mlp")]
    assert "3.5 times the multiplications" in answer(27)
    assert products[0] / products[1] == pytest.approx(3.5, rel=0.02)
    assert "the ninth image, a 5" in answer(15)
    assert mnist_test.labels[8] == 5
    _, slope = activation_lines("sigmoid")
    assert f"nowhere above {slope.y.max():g}" in answer(9)


def test_the_gradient_of_question_10_is_what_it_says() -> None:
    assert "probability minus label" in answer(10)
    scores, targets = np.array([[3.0, -1.0, 0.5]]), np.array([[0.0, 1.0, 0.0]])
    expected = np.exp(scores) / np.exp(scores).sum() - targets
    np.testing.assert_allclose(logit_gradient("cross_entropy", scores, targets), expected)
    assert "logit minus label" in answer(10)
    np.testing.assert_allclose(logit_gradient("squared_error", scores, targets), scores - targets)
    # The surer the mistake, the less squared error on probabilities learns; cross entropy does not mind.
    sure, surer = loss_at(0.01), loss_at(0.001)
    assert surer.squared_error_pull < sure.squared_error_pull < 0.05
    assert surer.cross_entropy_pull > sure.cross_entropy_pull > 0.9


@pytest.mark.parametrize(
    "target",
    sorted({question.link for question in QUESTIONS} | {word.shown_at for word in WORDS}),
)
def test_links_open_something(target: str) -> None:
    page, _, query = target.partition("?")
    assert (ROOT / "pages" / f"{page}.py").is_file()
    values = dict(parse_qsl(query, strict_parsing=True)) if query else {}
    if page == "train":
        config = TrainConfig.from_mapping(values)
        for name, value in values.items():
            assert str(getattr(config, name)).lower() == value.lower() or float(value) == getattr(config, name)
    if values.get("part") == "questions":
        assert 1 <= int(values["question"]) <= 31
    if values.get("part") == "puzzles" and "puzzle" in values:
        assert values["puzzle"] in {puzzle.slug for puzzle in PUZZLES}


def test_every_training_that_is_offered_is_small() -> None:
    trials = [trial for question in QUESTIONS for trial in question.trials]
    assert len({trial.config for trial in trials}) == len(trials)
    for trial in trials:
        assert trial.config.epochs * trial.config.training_size <= 60_000


def test_source_is_what_stands_in_the_file() -> None:
    text = source_of("core.learn.source:source_of")
    assert text in Path(file_of("core.learn.source:source_of")).read_text(encoding="utf-8")
    assert source_of("core.errors:DataError").startswith("class DataError(DigitLabError):")
    assert source_of("core.models.numpy_mlp:NumpyMLP.forward").startswith("def forward(self")
    assert source_of("core.models.flat:FlatNetwork.load_weights").startswith("@torch.no_grad()")
    assert source_of("core.data.dataset:DIGIT_NAMES") == 'DIGIT_NAMES = tuple("0123456789")'
    assert place_of("core.errors:DataError") == "core/errors.py · DataError"
    assert place_of("requirements.txt") == "requirements.txt"


@pytest.mark.parametrize(
    "reference", ["core.errors:Nothing", "core.nowhere:x", "nowhere.txt", "core.errors:DataError.x"]
)
def test_what_is_not_there_is_not_shown(reference: str) -> None:
    with pytest.raises(LookupError):
        source_of(reference)
