"""Rows of measurements, as a table of text and as JSON."""

import json
import math
import os
import platform
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

RESULTS = Path(__file__).parent / "results"
Of = Literal["median", "p95"]
Bound = Literal["at most", "at least"]


@dataclass(frozen=True)
class Row:
    """One thing that was measured several times.

    Parameters
    ----------
    values
        In ``unit``; none if it could not be measured.
    of
        Which number of them stands for all: the median or the 95th percentile.
    base
        What the ratio divides by: a name and its values, in the same unit. As many as ``values`` were measured in
        turn with them: then the ratio is the median of the ratios turn by turn, which a machine that is busy now and
        idle then does not bend.
    reach
        What is aimed at, for the ratio if there is a base, else for the number itself; None is reported only.
    note
        Why it could not be measured.
    """

    name: str
    values: tuple[float, ...]
    unit: str = "s"
    of: Of = "median"
    base: tuple[str, tuple[float, ...]] | None = None
    reach: float | None = None
    bound: Bound = "at most"
    note: str = ""

    @property
    def number(self) -> float:
        """The median or the 95th percentile; NaN if it could not be measured."""
        if not self.values:
            return math.nan
        return statistics.median(self.values) if self.of == "median" else percentile(self.values, 95)

    @property
    def ratio(self) -> float | None:
        """How many times the base it is."""
        if self.base is None:
            return None
        if len(self.base[1]) != len(self.values):
            return self.number / statistics.median(self.base[1])
        return statistics.median(mine / other for mine, other in zip(self.values, self.base[1], strict=True))

    @property
    def reached(self) -> bool | None:
        """Whether the aim is met; None without one."""
        if self.reach is None:
            return None
        number = self.number if self.ratio is None else self.ratio
        return number <= self.reach if self.bound == "at most" else number >= self.reach

    def as_plain(self) -> dict[str, Any]:
        """Everything, for JSON."""
        return {
            "name": self.name,
            "unit": self.unit,
            "values": list(self.values),
            "of": self.of,
            "number": self.number if self.values else None,
            "base": None if self.base is None else self.base[0],
            "ratio": self.ratio,
            "reach": self.reach,
            "bound": self.bound if self.reach is not None else None,
            "reached": self.reached,
            "note": self.note,
        }


@dataclass(frozen=True)
class Section:
    """Rows that were measured together, and how busy the machine was as they began and ended (load averages)."""

    title: str
    rows: tuple[Row, ...]
    load: tuple[float, float]


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that so many percent of them do not exceed, nearest rank."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * int(percent) // 100) - 1)]


def load_average() -> float:
    """Processes that wanted to run, over the last minute; NaN where the system does not say."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")


def table(section: Section) -> str:
    """The section as aligned text."""
    head = ("", "result", "spread", "n", "ratio", "reach", "")
    lines = [head, *(_cells(row) for row in section.rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    load = f"load {section.load[0]:.1f} … {section.load[1]:.1f} on {os.cpu_count()} cores"
    body = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    return "\n".join([f"{section.title} ({load})", *body, ""])


def write_json(sections: Iterable[Section], path: Path | None) -> Path:
    """Write all sections to ``path``, or to a file of this moment under ``benchmarks/results``."""
    now = datetime.now(UTC)
    path = path or RESULTS / f"{now:%Y%m%d-%H%M%S}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "measured": now.isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "sections": [
            {"title": section.title, "load": section.load, "rows": [row.as_plain() for row in section.rows]}
            for section in sections
        ],
    }
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return path


def _cells(row: Row) -> tuple[str, ...]:
    if not row.values:
        return row.name, row.note, "", "0", "", "", ""
    suffix = "" if row.of == "median" else " p95"
    lowest, highest = min(row.values), max(row.values)
    spread = f"{_number(lowest, row.unit)} … {_number(highest, row.unit)}" if len(row.values) > 1 else ""
    ratio = "" if row.base is None else f"{row.ratio:.2f} × {row.base[0]}"
    sign = "≤" if row.bound == "at most" else "≥"
    reach = ""
    if row.reach is not None:
        aim = f"{row.reach:g} ×" if row.base is not None else f"{_number(row.reach, row.unit)} {row.unit}"
        reach = f"{sign} {aim}"
    reached = {None: "", True: "reached", False: "MISSED"}[row.reached]
    return (
        row.name,
        f"{_number(row.number, row.unit)} {row.unit}{suffix}",
        spread,
        str(len(row.values)),
        ratio,
        reach,
        reached,
    )


def _number(value: float, unit: str) -> str:
    return f"{value:.3f}" if unit in ("s", "shift") else f"{value:.2f}" if unit in ("%", "points") else f"{value:.0f}"
