"""What can be tried at each question: one small function per demo, imported when it is shown."""

from collections.abc import Mapping
from types import MappingProxyType, ModuleType

from core.errors import DigitLabError
from core.learn.questions.question import Question
from ui.shell.page import show_error

DEMOS: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(("packages", "imports", "idx_file", "normalisation", "splits", "batches"), "data")
    | dict.fromkeys(("architecture", "initial_weights", "activation", "loss", "optimiser", "schedule"), "network")
    | dict.fromkeys(("train", "losses", "fine_tune"), "training")
    | dict.fromkeys(("predict", "accuracy", "curves", "confusion", "improvement", "save_load"), "run")
    | dict.fromkeys(("augmentation", "robustness", "other_digits", "deploy"), "images")
)
"""Name of a demo → module: ``loss`` is ``demo_loss(question)`` in ``ui/learn/demos/network.py``."""


def show_demo(question: Question) -> None:
    """Draw the demo of a question."""
    try:
        getattr(_module(DEMOS[question.demo]), f"demo_{question.demo}")(question)
    except DigitLabError as error:
        show_error(error)


def _module(group: str) -> ModuleType:
    match group:
        case "data":
            from ui.learn.demos import data

            return data
        case "network":
            from ui.learn.demos import network

            return network
        case "training":
            from ui.learn.demos import training

            return training
        case "run":
            from ui.learn.demos import run

            return run
        case _:
            from ui.learn.demos import images

            return images
