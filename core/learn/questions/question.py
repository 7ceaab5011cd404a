"""Question: one of the 31, its answer, and what shows that the answer is true."""

from dataclasses import dataclass

from core.config import TrainConfig


@dataclass(frozen=True)
class Trial:
    """One of the training runs that a question offers to run side by side."""

    label: str
    config: TrainConfig


@dataclass(frozen=True)
class Question:
    """A question of the notebook, word for word, with what answers it.

    Parameters
    ----------
    answer
        Two to six sentences, Markdown.
    demo
        What can be run or changed right there: a name that the page knows.
    link, link_label
        Where it is used, as ``page?name=value&…``.
    trials
        What a demo that trains is to train.
    settings
        Names that a demo needs, for instance of the settings that it offers.
    """

    number: int
    text: str
    answer: str
    demo: str
    link: str
    link_label: str
    trials: tuple[Trial, ...] = ()
    settings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Chapter:
    """A heading of the notebook and its questions."""

    title: str
    questions: tuple[Question, ...]
