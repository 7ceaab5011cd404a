"""What a session keeps of Robustness."""

from dataclasses import dataclass, field


@dataclass
class RobustnessState:
    """What was begun and what was stopped.

    Parameters
    ----------
    stopped
        Measurements that begin by themselves and that somebody has stopped, by the key of their part.
    together
        Keys of what was last asked for of several changes at once: moved on, nobody waits for it.
    """

    stopped: set[str] = field(default_factory=set)
    together: tuple[str, ...] = ()
