"""ARFF, the tables of Weka and OpenML: the names of their columns, and where their rows begin."""

import re
from collections.abc import Sequence

_ATTRIBUTE = re.compile(r"@attribute\s+(?:'([^']*)'|\"([^\"]*)\"|(\S+))", re.IGNORECASE)


def is_arff(head: bytes) -> bool:
    """Whether a text begins as Weka's and OpenML's tables do."""
    text = b"\n".join(line for line in head.splitlines() if line.strip() and not line.startswith(b"%"))
    return text[:10].lower().startswith(b"@relation")


def arff_names(lines: Sequence[bytes]) -> tuple[list[str], int] | None:
    """Names of the attributes of an ARFF table, and the number of lines before its rows."""
    if not is_arff(b"\n".join(lines[:200])):
        return None
    names = []
    for number, line in enumerate(lines, 1):
        text = line.decode("utf-8", "replace").strip()
        if match := _ATTRIBUTE.match(text):
            names.append(next(part for part in match.groups() if part is not None).lower())
        elif text.lower().startswith("@data"):
            return names, number
    return names, len(lines)
