"""What commands say: one JSON object a line on standard output, text for people on standard error."""

import json
import math
import sys
from typing import Any


def say(line: dict[str, Any]) -> None:
    """Write one JSON object as a line, at once; a number that is none becomes ``null``, for JSON has no NaN."""
    sys.stdout.write(json.dumps(_finite(line), allow_nan=False) + "\n")
    sys.stdout.flush()


def tell(sentence: str) -> None:
    """Write a line for people."""
    sys.stderr.write(sentence + "\n")


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: _finite(part) for name, part in value.items()}
    return [_finite(part) for part in value] if isinstance(value, list | tuple) else value
