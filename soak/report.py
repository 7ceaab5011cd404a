"""What a soak has found: a table for people, JSON for programs."""

import json
import os
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from soak.faults import Loss, Outcome

RESULTS = Path(__file__).parent / "results"
LOST, NOT_DONE = 1, 4
"""Exit codes; 2 is an argument that cannot be, 3 a part that hangs."""


@dataclass(frozen=True)
class Row:
    """One part of a soak.

    Parameters
    ----------
    seed, times
        Of the first fault, and how many were asked for.
    seconds
        That the part took.
    """

    part: str
    seed: int
    times: int
    seconds: float
    outcome: Outcome

    @property
    def verdict(self) -> str:
        """What is to be said of it in a few words."""
        if self.outcome.losses:
            return f"{len(self.outcome.losses)} LOST"
        if not self.outcome.done:
            return "NOT DONE"
        return "held" if self.is_all else f"held, but only {self.outcome.done:,} of {self.times:,} done"

    @property
    def is_all(self) -> bool:
        """Whether everything that was asked for has been done."""
        return self.outcome.done >= self.times


def table(rows: list[Row]) -> str:
    """All parts, and their figures below."""
    head = ("part", "first seed", "faults", "seconds", "")
    cells = [
        head,
        *(
            (row.part, str(row.seed), f"{row.outcome.done:,} of {row.times:,}", f"{row.seconds:.0f}", row.verdict)
            for row in rows
        ),
    ]
    widths = [max(len(line[column]) for line in cells) for column in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]
    for row in rows:
        lines += ["", f"{row.part}: {_figures(row.outcome.figures)}"] if row.outcome.figures else []
        lines += [f"  LOST  {told(row.part, loss)}" for loss in row.outcome.losses[:20]]
    return "\n".join(lines)


def told(part: str, loss: Loss) -> str:
    """A loss, and how to see it again."""
    together = "" if loss.times is None else f" --times {loss.times}"
    return f'{loss.what}\n        again: make soak ARGS="--only {part} --seed {loss.seed}{together}"'


def conclusion(rows: list[Row]) -> str:
    """All of it in a sentence or two: what was lost, and what the rest says nothing of, for it was not done."""
    lost = sum(len(row.outcome.losses) for row in rows)
    missing = [f"{row.part} {row.outcome.done:,} of {row.times:,}" for row in rows if not row.is_all]
    words = f"{lost:,} LOST." if lost else "Nothing was lost."
    return f"{words} Not all was done: {', '.join(missing)}; --minutes gives a part more time." if missing else words


def exit_code(rows: list[Row]) -> int:
    """1 after a loss, ``NOT_DONE`` where a part has done nothing and thereby shown nothing, else 0."""
    if any(row.outcome.losses for row in rows):
        return LOST
    return 0 if all(row.outcome.done for row in rows) else NOT_DONE


def write_json(rows: list[Row], path: Path | None) -> Path:
    """Write all of it to ``path``, or to a file of this moment under ``soak/results``."""
    now = datetime.now(UTC)
    path = path or RESULTS / f"{now:%Y%m%d-%H%M%S}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "machine": platform.machine()}
    content = {"ended": now.isoformat(timespec="seconds"), **machine, "parts": [asdict(row) for row in rows]}
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return path


def _figures(figures: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:,.1f}" if value % 1 else f"{name} {value:,.0f}" for name, value in figures.items())
