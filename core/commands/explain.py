"""``explain``: what each pixel of an image says for and against the answer."""

from argparse import Namespace
from typing import TYPE_CHECKING, Any

from core.commands.chosen import chosen_reader
from core.commands.output import say, tell
from core.commands.predict import SOME_UNREADABLE, answers_in

if TYPE_CHECKING:
    from core.models.numpy_model import NumpyModel
    from core.reading.answers import Answer


def explain(options: Namespace) -> int:
    """Read pictures as predict does, and say what each of the 784 pixels says for the answer and for the runner-up.

    Returns
    -------
    int
        2 if anything could not be read: a line on standard error says what and why.
    """
    from core.reading.answers import Answer
    from core.reading.sources import Unreadable

    reader, code = chosen_reader(options.run), 0
    for answer in answers_in(options.images, reader):
        if isinstance(answer, Answer):
            say(_line(answer, reader.model, options.method))
            continue
        if isinstance(answer, Unreadable):
            code = SOME_UNREADABLE
        tell(answer.sentence)
    return code


def _line(answer: "Answer", model: "NumpyModel", method: str) -> dict[str, Any]:
    """What predict says of the image, and its pixels; without ink there is nothing to explain."""
    from core.explain.attributions import attribute
    from core.explain.method import Method

    said = {"path": answer.found.path} | answer.fields(model.class_names) | {"method": method}
    if answer.label is None:
        return said | dict.fromkeys(("runner_up", "logits", "logits_without_ink", "for_label", "for_runner_up"))
    found = attribute(model, answer.found.image, Method(method))
    return said | {
        "runner_up": found.classes[1],
        "logits": found.logits.tolist(),
        "logits_without_ink": found.blank.tolist(),
        "for_label": found.values[0].tolist(),
        "for_runner_up": found.values[1].tolist(),
    }
