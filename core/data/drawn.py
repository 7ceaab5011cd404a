"""Names of datasets that somebody drew on this server: they say whose, and nobody else is shown what is in them."""

import hashlib
import re
from typing import Final

EVERYBODY: Final = None
"""The mark of those who may see all drawings: workers, the command line, anyone with the files themselves."""

NOBODY: Final = ""
"""The mark of those who have drawn nothing."""

COMMAND_LINE: Final = "the command line"
"""The command line as an owner: like its runs, drawings kept there are nobody’s own."""

_MARK = r"[0-9a-f]{16}"
_NAME = re.compile(rf"drawn-({_MARK})-[0-9a-f]{{12}}")


def mark_of(owner: str) -> str:
    """What stands for an owner in the names of datasets: nobody finds the owner’s id by it."""
    return hashlib.sha256(f"drawn by {owner}".encode()).hexdigest()[:16]


def drawn_name(mark: str, content: str) -> str:
    """The name of a dataset with this content, any text that tells it from all others of the same owner."""
    return f"drawn-{mark}-{hashlib.sha256(content.encode()).hexdigest()[:12]}"


def drawn_by(name: str) -> str | None:
    """The mark of the person who drew a dataset; None for every dataset that was not drawn here."""
    found = _NAME.fullmatch(name)
    return None if found is None else found[1]


def may_see(name: str, viewer: str | None) -> bool:
    """Whether a dataset is shown to somebody, by their mark; :data:`EVERYBODY` sees all."""
    return viewer is EVERYBODY or drawn_by(name) in (None, viewer) or is_shared(name)


def owner_of(name: str, said: str) -> str:
    """The mark of a dataset’s owner; empty where it is nobody’s own.

    Parameters
    ----------
    said
        What its file says, where it was not drawn.
    """
    if (mark := drawn_by(name)) is not None:
        return "" if is_shared(name) else mark
    return said if re.fullmatch(_MARK, said) else ""


def is_shared(name: str) -> bool:
    """Whether a dataset was drawn here for everybody, on the command line."""
    return drawn_by(name) == mark_of(COMMAND_LINE)
