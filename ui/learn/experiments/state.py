"""What a session keeps of the experiments."""

from dataclasses import dataclass, field

from core.config import TrainConfig
from core.learn.experiments.records import Outcome


@dataclass
class ExperimentsState:
    """What was expected of each experiment, by its name; and what is still to be queued, by name and set of seeds."""

    expected: dict[str, Outcome] = field(default_factory=dict)
    waiting: dict[tuple[str, int], list[TrainConfig]] = field(default_factory=dict)
