"""What commands say: one JSON object a line on standard output, text for people on standard error."""

import json
import sys
from typing import Any


def say(line: dict[str, Any]) -> None:
    """Write one JSON object as a line, at once."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def tell(sentence: str) -> None:
    """Write a line for people."""
    sys.stderr.write(sentence + "\n")
