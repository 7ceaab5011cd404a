"""A run’s judge as JSON, with which a browser says whether an answer is worth believing, as the server does.

::

    {"run_id": "brave-otter-3f2a91",
     "confidence_needed": 0.8,        calibrated confidence below it is “unsure”
     "temperature": 1.21,             or null: probabilities count as they are
     "loss": "cross_entropy",         what they are made from: their logarithm, or with “squared_error” they themselves
     "familiarity": {"threshold": 0.19,               strangeness above it is “not_a_digit”
                     "block": 4, "picture_share": 0.33,
                     "axes": A, "references": A},     or null: nothing is refused
     "why_not": ""}                   a sentence, where something is left out

Arrays ``A`` are those of :mod:`core.exports.browser_json`, ``(D, Q)`` and ``(M, Q)``; what they mean is in
:mod:`core.analysis.familiarity` and :mod:`core.analysis.temperature`.
"""

from typing import Any

from core.analysis.familiarity import Familiarity, picture_of_description
from core.analysis.verdict import CONFIDENCE_NEEDED
from core.api.answers import encoded
from core.exports.browser_json import array_json
from core.reading.reader import Reader


def judge_json(run_id: str, reader: Reader) -> bytes:
    """The file, in ASCII."""
    judge, model = reader.judge, reader.model
    return encoded(
        {
            "run_id": run_id,
            "confidence_needed": CONFIDENCE_NEEDED,
            "temperature": None if judge.temperature is None else judge.temperature.value,
            "loss": model.config.loss,
            "familiarity": None if judge.familiarity is None else _said(judge.familiarity, model.hidden_units),
            "why_not": judge.why_not,
        }
    )


def _said(familiarity: Familiarity, hidden_units: int) -> dict[str, Any]:
    block, share = picture_of_description(hidden_units)
    return {
        "threshold": familiarity.threshold,
        "block": block,
        "picture_share": share,
        "axes": array_json(familiarity.axes),
        "references": array_json(familiarity.references),
    }
