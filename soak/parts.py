"""What a soak consists of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType

from soak.faults import Outcome, Plan


@dataclass(frozen=True)
class Part:
    """One kind of fault.

    Parameters
    ----------
    module
        Has ``run(plan, outcome)``.
    what
        In a few words.
    times, minutes
        How many faults, and after how many minutes no further one begins; all parts together stay below an hour.
    grace_seconds
        What the last fault may take beyond that, before all of it is ended by force.
    """

    module: str
    what: str
    times: int
    minutes: float
    grace_seconds: float = 120.0
    is_one: bool = False
    """Whether all of it is one fault, which a seed repeats as a whole."""

    def run(self) -> Callable[[Plan, Outcome], None]:
        """What does it, and notes in the outcome how it goes."""
        done: Callable[[Plan, Outcome], None] = import_module(self.module).run
        return done


ALL_MINUTES = 57.0
"""After which nothing more begins, where nobody says otherwise: all of it ends within an hour."""
PARTS: Mapping[str, Part] = MappingProxyType(
    {
        "crowd": Part(
            "soak.crowd", "50 sessions and three browsers at once, a fifth training", 50, 9.0, 420.0, is_one=True
        ),
        "clicks": Part("soak.clicks", "walks of a browser that clicks on whatever there is", 500, 10.0, 300.0),
        "kill": Part("soak.kill", "kill -9 of worker, scheduler, server, database", 100, 20.0, 300.0),
        "neighbours": Part("soak.neighbours", "two servers on one home, of which one goes away", 10, 2.5, 300.0),
        "disk": Part("soak.disk", "a full disk while a checkpoint is written", 6, 3.0, 300.0),
        "clock": Part("soak.clock", "a clock that jumps under servers that share a home", 200, 1.5),
        "fuzz": Part("soak.fuzz", "damaged inputs", 100_000, 10.0),
    }
)
