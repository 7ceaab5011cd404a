"""Headers of a request as a dict: Starlette’s own looks through all of them, and decodes them, for each name."""

from collections.abc import Mapping
from typing import Final

from starlette.types import Scope

Headers = Mapping[str, str]
_FOUND: Final = "digitlab.headers"


def headers_of(scope: Scope) -> Headers:
    """Values by name in lower case; where a name comes twice, both with a comma between, as HTTP has it."""
    known: Headers | None = scope.get(_FOUND)
    if known is not None:
        return known
    found: dict[str, str] = {}
    scope[_FOUND] = found
    for name, value in scope["headers"]:
        key, text = name.decode("latin-1"), value.decode("latin-1")
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found
