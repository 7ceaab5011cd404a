"""What commands say: one JSON object a line on standard output, text for people on standard error."""

import json
import math
import sys
from typing import Any
from unicodedata import category

_ORDERS = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Categories of what terminals obey: control characters, turns of direction, ends of lines; and half characters."""
_NOTHING = "\N{REPLACEMENT CHARACTER}"


def say(line: dict[str, Any]) -> None:
    """Write one JSON object as a line, at once; a number that is none becomes ``null``, for JSON has no NaN."""
    sys.stdout.write(json.dumps(_finite(line), allow_nan=False) + "\n")
    sys.stdout.flush()


def tell(sentence: str) -> None:
    """Write a line for people; a name in it cannot give the terminal orders, or begin a line of its own."""
    sys.stderr.write("".join(_NOTHING if category(letter) in _ORDERS else letter for letter in sentence) + "\n")


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: _finite(part) for name, part in value.items()}
    return [_finite(part) for part in value] if isinstance(value, list | tuple) else value
