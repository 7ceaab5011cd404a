"""``python -m benchmarks [--only PART,…] [--quick] [--json FILE]``; ``--help`` names the parts."""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import (
    corruptions,
    engine,
    finder,
    importing,
    ink,
    labels,
    live,
    many_runs,
    memory,
    pages,
    presets,
    scaling,
    search,
    serving,
    training,
)
from benchmarks.report import Row, Section, load_average, table, write_json

PARTS: dict[str, Callable[[bool], dict[str, Sequence[Row]]]] = {
    "training": training.measure,
    "engine": engine.measure,
    "pages": pages.measure,
    "many_runs": many_runs.measure,
    "live": live.measure,
    "memory": memory.measure,
    "presets": presets.measure,
    "long_presets": presets.measure_long,
    "importing": importing.measure,
    "finder": finder.measure,
    "ink": ink.measure,
    "search": search.measure,
    "serving": serving.measure,
    "corruptions": corruptions.measure,
    "labels": labels.measure,
    "scaling": scaling.measure,
}
WHERE_NAMED = ("long_presets",)
"""Measured only where it is named: with it everything would take longer than anybody waits for."""


def main() -> int:
    """Measure, print tables as they come, write everything as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure speed and memory.")
    parser.add_argument(
        "--only",
        metavar="PART,…",
        default=",".join(name for name in PARTS if name not in WHERE_NAMED),
        help="parts to run: %(default)s; and, where it is named, " + ", ".join(WHERE_NAMED),
    )
    parser.add_argument("--quick", action="store_true", help="fewer repetitions: numbers for a first look")
    parser.add_argument("--json", metavar="FILE", type=Path, help="where the numbers go as well")
    arguments = parser.parse_args()
    chosen = arguments.only.split(",")
    if unknown := [name for name in chosen if name not in PARTS]:
        parser.error(f"there is no part “{unknown[0]}”; there are {', '.join(PARTS)}")
    sections: list[Section] = []
    for name in chosen:
        print(f"Measuring {name} …", file=sys.stderr, flush=True)
        before, started = load_average(), time.monotonic()
        for title, rows in PARTS[name](arguments.quick).items():
            sections.append(Section(title, tuple(rows), (before, load_average())))
            print(table(sections[-1]), flush=True)
        print(f"{name} took {time.monotonic() - started:.0f} s.", file=sys.stderr, flush=True)
    print(f"Written to {write_json(sections, arguments.json)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
