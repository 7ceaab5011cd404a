"""What takes long asks now and then whether anybody still waits for it."""

from collections.abc import Callable

from core.errors import StoppedError

ShouldStop = Callable[[], bool]
"""Whether to stop. A function that has it as a parameter, ``should_stop``, is given one by the engine."""


def never() -> bool:
    """Where nobody can stop it."""
    return False


def look(should_stop: ShouldStop) -> None:
    """Raise StoppedError if nobody waits any more."""
    if should_stop():
        raise StoppedError("It was stopped.")
