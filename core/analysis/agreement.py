"""Agreement: what several networks read in one image, counted."""

from collections import Counter
from collections.abc import Iterable, Sequence


def votes(read: Iterable[str]) -> list[tuple[str, int]]:
    """What was read and how often, most often first; of what was read equally often, by name."""
    return sorted(Counter(read).items(), key=lambda vote: (-vote[1], vote[0]))


def agreement_sentence(names: Sequence[tuple[str, int]]) -> str:
    """How far networks agree, in Markdown; empty of none.

    Parameters
    ----------
    names
        What they read, in words, and how many do, as :func:`votes` has them.
    """
    runs = sum(count for _, count in names)
    if len(names) == 1:
        return f"The only run here reads {names[0][0]}." if runs == 1 else f"All {runs} runs here read {names[0][0]}."
    said = [f"{count} {'reads' if count == 1 else 'read'} {name}" for name, count in names]
    return f"Of the {runs} runs here, {', '.join(said)}." if said else ""
