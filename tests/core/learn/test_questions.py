"""The 31 questions: whole, in order, with code that is there and links that open something."""

import ast
import re
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from core.config import TrainConfig
from core.learn.glossary import WORDS
from core.learn.puzzles.catalogue import PUZZLES
from core.learn.questions.catalogue import CHAPTERS, QUESTIONS
from core.learn.source import file_of, place_of, source_of
from ui.learn.sources import SOURCES

ROOT = Path(__file__).parents[3]
MOST_LINES = 45
WORDS_OF_THE_NOTEBOOK = (
    "How do you install the necessary libraries for working with the MNIST dataset in PyTorch?",
    "How do you import the required modules for MNIST digit classification?",
    "How do you download the MNIST dataset using PyTorch?",
    "How do you normalize the MNIST data for neural network training?",
    "How do you split the MNIST data into training and testing sets?",
    "How do you create data loaders for the MNIST dataset in PyTorch?",
    (
        "How do you define the architecture of a neural network for MNIST digit classification using `nn.Module` in "
        "PyTorch?"
    ),
    "How do you initialize the weights and biases of the neural network?",
    "How do you choose activation functions for the layers in your neural network?",
    "How do you select the appropriate loss function for MNIST digit classification?",
    "How do you configure an optimizer for training the neural network?",
    "How do you set up the training loop for the MNIST neural network in PyTorch?",
    "How do you train the neural network on the MNIST dataset?",
    "How do you monitor training progress during the training process?",
    "How do you make predictions using the trained MNIST neural network?",
    "How do you calculate the accuracy of the MNIST neural network model?",
    "How do you visualize the performance of the MNIST neural network model?",
    "How do you create a confusion matrix to evaluate the performance of the MNIST digit classification model?",
    "How do you save the trained MNIST neural network model in PyTorch?",
    "How do you load a saved MNIST neural network model in PyTorch?",
    "How do you perform hyperparameter tuning to improve the performance of the MNIST neural network?",
    "What regularization techniques can you implement to prevent overfitting in the MNIST neural network?",
    "How do you use learning rate scheduling to adjust the learning rate during training?",
    "How do you apply data augmentation techniques to the MNIST dataset?",
    "How do you fine-tune the MNIST neural network model for better performance?",
    "How do you evaluate the improvements made to the MNIST neural network model?",
    "How do you experiment with different neural network architectures for MNIST digit classification?",
    "How do you apply data augmentation techniques to improve model robustness?",
    "How do you test the MNIST neural network model on different digit datasets?",
    "How do you integrate more advanced regularization methods into the MNIST neural network model?",
    "How do you deploy the MNIST neural network model for real-time digit recognition?",
)


def test_the_questions_are_those_of_the_notebook_in_order() -> None:
    assert tuple(question.text for question in QUESTIONS) == WORDS_OF_THE_NOTEBOOK
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
