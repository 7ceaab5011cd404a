"""What a session keeps of the test results that it has seen."""

from dataclasses import dataclass, field


@dataclass
class ResultsState:
    """Ids of the runs whose test results this session has been counted for."""

    looked_at: set[str] = field(default_factory=set)
