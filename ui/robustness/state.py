"""What a session keeps of Robustness."""

from dataclasses import dataclass, field


@dataclass
class RobustnessState:
    """Measurements that begin by themselves and that somebody has stopped, by the key of their part."""

    stopped: set[str] = field(default_factory=set)
