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
        return "held" if self.outcome.done >= self.times else "held as far as there was time"


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
    return f'{loss.what}\n        again: make soak ARGS="--only {part} --seed {loss.seed}"'


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
