"""What has been read and done on the way: kept for the session, and carried by the link."""

from core.learn.cards.catalogue import CARDS
from core.learn.lesson.steps import STEPS
from ui.learn.state import LearnState
from ui.shell.state import page_state
from ui.shell.url import checked_param, write_param

DONE = "done"
NAMES = (*(card.name for card in CARDS), *(step.name for step in STEPS))
"""Of everything that can be done, in order."""


def read_progress() -> None:
    """Take up what a link says has been done, and have the URL say all that has."""
    said = checked_param(
        DONE, names_done, "Learn has no card or step “{value}”: what is done is not taken from this link."
    )
    page_state(LearnState).done |= said or set()
    _write()


def mark_done(name: str, *, is_done: bool = True) -> None:
    """Count a card or step as done, or no longer."""
    done = page_state(LearnState).done
    if is_done:
        done.add(name)
    else:
        done.discard(name)
    _write()


def is_done(name: str) -> bool:
    """Whether a card has been read, or a step is done."""
    return name in page_state(LearnState).done


def names_done(text: str) -> set[str]:
    """What a link says has been done.

    Raises
    ------
    ValueError
        If a name is not one of ``NAMES``.
    """
    names = text.split(",")
    if not set(names) <= set(NAMES):
        raise ValueError(text)
    return set(names)


def _write() -> None:
    done = page_state(LearnState).done
    said = ",".join(name for name in NAMES if name in done)
    write_param(DONE, *([said] if said else []))
