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
        Has ``run(plan)``.
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

    def run(self) -> Callable[[Plan], Outcome]:
        """What does it."""
        done: Callable[[Plan], Outcome] = import_module(self.module).run
        return done


PARTS: Mapping[str, Part] = MappingProxyType(
    {
        "kill": Part("soak.kill", "kill -9 of worker, scheduler, server, database", 100, 20.0, 300.0),
        "fuzz": Part("soak.fuzz", "damaged inputs", 100_000, 13.0),
    }
)
