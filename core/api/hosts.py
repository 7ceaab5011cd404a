"""Names that can only mean the machine that asks: any other may be one that a page elsewhere lets point here."""

import ipaddress
from functools import lru_cache
from typing import Final

from starlette.types import Scope

HEALTH: Final = "/api/v1/health"
"""Where to ask whether the server answers."""
_LOCAL: Final = "localhost"


@lru_cache(maxsize=100)
def is_of_this_machine(host: str) -> bool:
    """Whether a name, with or without a port, can only mean the machine that asks."""
    name = host.strip().lower()
    if name.startswith("["):
        name = name[1:].partition("]")[0]
    elif name.count(":") == 1:
        name = name.partition(":")[0]
    name = name.removesuffix(".")
    if name == _LOCAL or name.endswith(f".{_LOCAL}"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def is_probe(scope: Scope, *paths: str) -> bool:
    """Whether a request only asks, at one of these paths, whether the server answers.

    Load balancers and Kubernetes call it by its IP address; the answer has nothing that a page elsewhere may not see.
    """
    return scope["type"] == "http" and scope["method"] in ("GET", "HEAD") and scope["path"] in paths


def shown(host: str) -> str:
    """A ``Host`` header as a sentence can show it."""
    return "".join(letter for letter in host[:80] if letter.isprintable())
