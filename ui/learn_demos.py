"""What can be tried at each question: one small function per demo, imported when it is shown."""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType

from core.errors import DigitLabError
from core.learn.questions.question import Question
from ui.page import show_error

DEMOS: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(("packages", "imports", "idx_file", "normalisation", "splits", "batches"), "data")
    | dict.fromkeys(("architecture", "initial_weights", "activation", "loss", "optimiser", "schedule"), "network")
    | dict.fromkeys(("train",), "training")
    | dict.fromkeys(("predict", "accuracy", "curves", "confusion", "improvement", "save_load"), "run")
    | dict.fromkeys(("augmentation", "robustness", "other_digits", "deploy"), "images")
)
"""Name of a demo → module: ``loss`` is ``demo_loss(question)`` in ``ui/learn_demos_network.py``."""


def show_demo(question: Question) -> None:
    """Draw the demo of a question."""
    module = import_module(f"ui.learn_demos_{DEMOS[question.demo]}")
    try:
        getattr(module, f"demo_{question.demo}")(question)
    except DigitLabError as error:
        show_error(error)
