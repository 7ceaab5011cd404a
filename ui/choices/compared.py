"""Which runs are compared, as the URL has them: on Runs, which leads to Compare, and on Compare."""

from collections.abc import Sequence
from typing import Final

MOST_COMPARED: Final = 12
"""Runs: more lines cannot be told apart."""
COMPARED: Final = "runs"
"""In the URL: ids, separated by commas."""


def compare_query(run_ids: Sequence[str]) -> dict[str, str]:
    """What a link to Compare says of its runs."""
    return {COMPARED: ",".join(run_ids)}
