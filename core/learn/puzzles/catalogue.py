"""All puzzles, in the order in which they are offered."""

from core.learn.puzzles import files, layers, notebook, recurrent, series, steps, tutorial
from core.learn.puzzles.puzzle import Puzzle

_ORDER = (
    "batch-size",
    "loader",
    "letters",
    "test-from-train",
    "transposed",
    "never-scaled",
    "header-row",
    "unshuffled-split",
    "half-download",
    "magic-number",
    "tiny-chunks",
    "black-on-white",
    "softmax-twice",
    "dropout-gradient",
    "test-curve",
    "feedback",
    "converged",
    "pile-up",
    "product-without-sum",
    "no-bend",
    "stale-output",
)
_MODULES = (files, layers, notebook, recurrent, series, steps, tutorial)
_ALL = {puzzle.slug: puzzle for module in _MODULES for puzzle in module.PUZZLES}

PUZZLES: tuple[Puzzle, ...] = tuple(_ALL[slug] for slug in _ORDER)
