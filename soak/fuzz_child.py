"""The process that is fed: ``python -m soak.fuzz_child FIRST COUNT SECONDS POSITION``; a line of JSON for each loss."""

import json
import logging
import os
import resource
import sys
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from core.errors import DigitLabError
from soak.fuzzed import files
from soak.fuzzed.addresses import feed_page, feed_parsers
from soak.fuzzed.api import feed_api
from soak.fuzzed.classes import feed_exercise, feed_nickname
from soak.fuzzed.commands import feed_command
from soak.fuzzed.decided import feed_labels
from soak.fuzzed.kept import feed_drawings, feed_reflection, feed_run
from soak.fuzzed.models import feed_model
from soak.fuzzed.routes import feed_route
from soak.sandbox import Watch

ROOM_MB = 3_000
"""Address space beyond what the process has once everything is loaded: what asks for more gets a MemoryError."""
LASTING = 40
"""Characters of a traceback’s lines that are kept, from its end."""

TARGETS: dict[str, tuple[int, Callable[[Random], None]]] = {
    "tables": (1_000, files.feed_table),
    "arrays": (1_200, files.feed_arrays),
    "archives": (1_000, files.feed_archive),
    "pictures": (1_300, files.feed_picture),
    "predicted": (400, files.feed_reading),
    "models": (1_350, feed_model),
    "runs’ folders": (300, feed_run),
    "drawings": (200, feed_drawings),
    "labels": (100, feed_labels),
    "reflections": (100, feed_reflection),
    "requests": (800, feed_api),
    "values of addresses": (1_450, feed_parsers),
    "exercises": (200, feed_exercise),
    "nicknames": (100, feed_nickname),
    "routes": (450, feed_route),
    "whole addresses": (20, feed_page),
    "commands": (20, feed_command),
    "other libraries’ files": (10, files.feed_foreign),
}
"""What is fed, with its share of 10,000 inputs."""


def main(first: int, count: int, seconds: float, position: Path) -> int:
    """Feed so many inputs, as long as there is time; the last line is the summary."""
    deadline = time.monotonic() + seconds
    warnings.simplefilter("ignore")
    logging.disable(logging.ERROR)
    home = Path(os.environ["DIGITLAB_HOME"])
    _warm_up()
    watch, done, ends, spent = Watch(home), Counter[str](), Counter[str](), Counter[str]()
    slowest = (0.0, first)
    before = _memory_mb()
    _limit_memory()
    with position.open("w") as place:
        for seed in range(first, first + count):
            if time.monotonic() > deadline:
                break
            place.seek(0)
            place.write(f"{seed:>12}")
            place.flush()
            began = time.monotonic()
            name, end = _feed(seed, watch)
            took = time.monotonic() - began
            slowest = max(slowest, (took, seed))
            done[name] += 1
            spent[name] += took
            ends[end] += 1
    _say(done=done, ends=ends, spent=spent, slowest=slowest, grown_mb=_memory_mb() - before, peak_mb=_peak_mb())
    return 0


def target_of(random: Random) -> str:
    """What is fed next."""
    return random.choices(list(TARGETS), [share for share, _ in TARGETS.values()])[0]


def _feed(seed: int, watch: Watch) -> tuple[str, str]:
    """Feed one input; its target, and whether it was read, refused or lost."""
    random = Random(seed)
    name = target_of(random)
    # Streamlit keeps what a page has computed as pickles of its own, in memory.
    watch.allowed = ("pickle.find_class",) if name == "whole addresses" else ()
    end = "read"
    try:
        TARGETS[name][1](random)
    except DigitLabError as error:
        end = "refused"
        try:
            files.check_sentence(str(error))
        except AssertionError as unfit:
            _say(seed=seed, target=name, lost=str(unfit))
            end = "lost"
    except BaseException as error:  # noqa: BLE001 – whatever comes is what is looked for
        end = "lost"
        where = "".join(traceback.format_tb(error.__traceback__)[-3:])
        _say(seed=seed, target=name, lost=f"{type(error).__name__}: {str(error)[:300]}", where=where)
    for happened in watch.take():
        end = "lost"
        _say(seed=seed, target=name, lost=happened)
    return name, end


def _warm_up() -> None:
    """Whatever is loaded with the first use is there before anything is measured."""
    for number, (name, (_, feed)) in enumerate(TARGETS.items()):
        if name in ("other libraries’ files", "commands"):
            continue
        try:
            feed(Random(number))
        except (DigitLabError, AssertionError):
            continue


def _limit_memory() -> None:
    size = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (size + ROOM_MB * 10**6, resource.RLIM_INFINITY))


def _memory_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def _say(**line: Any) -> None:
    sys.__stdout__.write(json.dumps(line) + "\n")
    sys.__stdout__.flush()


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), Path(sys.argv[4])))
