"""``python -m soak [--only PART,…] [--seed N] [--times N] [--minutes M] [--json FILE]``; ``--help`` names the parts."""

import argparse
import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

from soak.faults import SEEDS, Outcome, Plan
from soak.overrun import HUNG, ends_within
from soak.parts import ALL_MINUTES, PARTS, Part
from soak.report import LOST, NOT_DONE, Row, conclusion, exit_code, table, told, write_json


def main(arguments: Sequence[str] | None = None) -> int:
    """Do all parts, or those that are asked for; the exit code is what :func:`soak.report.exit_code` says."""
    options = _options(arguments)
    began = time.monotonic()
    rows = [_do(name, PARTS[name], options, ALL_MINUTES - (time.monotonic() - began) / 60) for name in options.only]
    print(f"\n{table(rows)}\n\n{conclusion(rows)}\nWritten to {write_json(rows, options.json)}.")
    return exit_code(rows)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m soak",
        description="Break things on purpose, and look what is lost.",
        epilog=f"Exit codes: 0 – whatever was done has held, and each part has done something (the last lines say if "
        f"that is less than was asked for); {LOST} – something was lost; 2 – an argument cannot be; {HUNG} – a part "
        f"hung; {NOT_DONE} – nothing was lost, but a part has done nothing, and thereby shows nothing.",
    )
    lines = "; ".join(f"{name}: {part.what}" for name, part in PARTS.items())
    parser.add_argument("--only", metavar="PART,…", default=",".join(PARTS), help=f"parts to do: {lines}")
    parser.add_argument("--seed", type=int, help="of the first fault; without --times only this fault is done again")
    parser.add_argument("--times", type=int, help="how many faults of each part")
    parser.add_argument("--minutes", type=float, help="after which a part begins no further fault")
    parser.add_argument("--json", metavar="FILE", type=Path, help="where the results go as well")
    options = parser.parse_args(arguments)
    options.only = options.only.split(",")
    if unknown := [name for name in options.only if name not in PARTS]:
        parser.error(f"there is no part “{unknown[0]}”; there are {', '.join(PARTS)}")
    return options


def _do(name: str, part: Part, options: argparse.Namespace, minutes_left: float) -> Row:
    """One part; whatever it does, it ends."""
    seed = random.SystemRandom().randrange(SEEDS // 2) if options.seed is None else options.seed
    times = options.times or (part.times if options.seed is None or part.is_one else 1)
    minutes = options.minutes or max(0.0, min(part.minutes, minutes_left))
    print(
        f"{name}: {part.what}; {times:,} from seed {seed} on, {minutes:g} minutes at most …",
        file=sys.stderr,
        flush=True,
    )
    began = time.monotonic()
    with ends_within(60 * minutes + part.grace_seconds, name):
        outcome = _outcome(part, Plan(seed, times, minutes))
    row = Row(name, seed, times, time.monotonic() - began, outcome)
    for loss in outcome.losses:
        print(f"  LOST  {told(name, loss)}", file=sys.stderr, flush=True)
    print(f"{name}: {row.verdict}, {row.outcome.done:,} faults in {row.seconds:.0f} s.", file=sys.stderr, flush=True)
    return row


def _outcome(part: Part, plan: Plan) -> Outcome:
    """What becomes of a part; one that fails itself has lost as well, and keeps what it has noted until then."""
    outcome = Outcome()
    try:
        part.run()(plan, outcome)
    except Exception:  # noqa: BLE001 – the other parts are done, and the table is written, all the same
        outcome.lose(plan.seed, traceback.format_exc(), plan.times)
    return outcome


if __name__ == "__main__":
    # Once terminated it ends what it has started, as after Control-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    code = main()
    sys.stdout.flush()
    # Whatever a part has left running waits for nobody.
    os._exit(code)
