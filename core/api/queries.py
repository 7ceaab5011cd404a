"""What stands behind the question mark: each parameter once, and none that is not known."""

from collections.abc import Collection
from typing import Final

from starlette.datastructures import QueryParams

from core.api.errors import ApiError
from core.runs.names import is_run_id

RUN: Final = "run"


def run_named(query: QueryParams, default: str) -> str:
    """The run that is asked for; ``default`` where none is named.

    Raises
    ------
    ApiError
        400, if it cannot be a run’s id, is given twice, or there are other parameters.
    """
    run_id = parameters(query, (RUN,)).get(RUN, default)
    # What a file’s run is called may be no id of ours.
    if run_id != default and not is_run_id(run_id):
        raise ApiError(
            400, f"A run’s ID consists of lower-case letters, digits and hyphens, unlike “{_shown(run_id)}”."
        )
    return run_id


def whole_number(query: dict[str, str], name: str, default: int, most: int, *, least: int = 0) -> int:
    """A number of a query.

    Raises
    ------
    ApiError
        400, if it is none or out of its range.
    """
    text = query.get(name, str(default))
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
    if not least <= number <= most:
        raise ApiError(400, f"“{name}” must be a whole number from {least:,} to {most:,}, not “{_shown(text)}”.")
    return number


def parameters(query: QueryParams, known: Collection[str]) -> dict[str, str]:
    """The parameters of a query.

    Raises
    ------
    ApiError
        400, if one is given twice, or is not among those that are known.
    """
    found: dict[str, str] = {}
    for name, value in query.multi_items():
        if name not in known:
            raise ApiError(400, f"There is no parameter “{_shown(name)}”; {_listed(known)}.")
        if name in found:
            raise ApiError(400, f"“{name}” is given twice: give it once.")
        found[name] = value
    return found


def _listed(known: Collection[str]) -> str:
    return f"there is {', '.join(known)}" if known else "there are none"


def _shown(text: str) -> str:
    return "".join(letter for letter in text[:60] if letter.isprintable())
