"""What every part of a soak is asked for and answers: faults by their seeds, and what was lost."""

import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

SEEDS = 2**31
"""Seeds are below this."""


@dataclass(frozen=True)
class Plan:
    """What a part is asked to do.

    Parameters
    ----------
    seed
        Of the first fault; the next one has the next seed, so that any of them can be repeated alone.
    times
        How many faults.
    minutes
        After which no further fault begins.
    """

    seed: int
    times: int
    minutes: float
    began: float = field(default_factory=time.monotonic)

    @property
    def seconds_left(self) -> float:
        """Until no further fault begins; never negative."""
        return max(0.0, self.began + 60 * self.minutes - time.monotonic())

    def seeds(self) -> Iterator[int]:
        """The seed of each fault, as long as there is time."""
        for number in range(self.times):
            if not self.seconds_left:
                return
            yield (self.seed + number) % SEEDS


@dataclass(frozen=True)
class Loss:
    """Something that must not have happened, and what shows it again.

    Parameters
    ----------
    seed
        Of the fault after which it was seen, or of the first of several.
    times
        How many faults, from that seed on, have to be repeated together; None where the seed alone repeats it.
    """

    seed: int
    what: str
    times: int | None = None


@dataclass
class Outcome:
    """What became of one part.

    Parameters
    ----------
    done
        How many faults there were.
    figures
        What was counted or measured, by its name with the unit.
    """

    done: int = 0
    losses: list[Loss] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)

    def lose(self, seed: int, what: str, times: int | None = None) -> None:
        """Note a loss; ``times`` is as in :class:`Loss`."""
        self.losses.append(Loss(seed, what, times))

    def count(self, name: str, more: float = 1) -> None:
        """Add to a figure."""
        self.figures[name] = self.figures.get(name, 0) + more

    def reach(self, name: str, value: float) -> None:
        """Raise a figure to a value, if it is lower."""
        self.figures[name] = max(self.figures.get(name, value), value)


def lost_by(fault: Callable[..., list[str]], *arguments: object) -> list[str]:
    """What a fault has lost; one that fails itself has lost as well, and the next ones follow all the same."""
    try:
        return fault(*arguments)
    except Exception as error:  # noqa: BLE001 – a run that is gone may show itself as any error
        where = "".join(traceback.format_tb(error.__traceback__)[-3:])
        return [f"{type(error).__name__}: {error}\n{where}".rstrip()]
