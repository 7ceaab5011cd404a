"""What a session keeps of Evaluate."""

from dataclasses import dataclass, field


@dataclass
class EvaluateState:
    """Cells that were clicked last, by the matrix's key: row and column."""

    clicked: dict[str, tuple[int, int]] = field(default_factory=dict)
