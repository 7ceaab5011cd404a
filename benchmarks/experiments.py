"""``python -m benchmarks.experiments [NAME,…] [--tune]``: ten sets of seeds of each of Learn's experiments.

What they say goes into ``core/learn/experiments/agreement.json``, which the page shows. An experiment whose variants or
rule have changed is measured again; the others are left alone.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from multiprocessing import get_context
from statistics import fmean

from core.atomic import write_atomically
from core.learn.experiments.agreement import PLACE, SETS, agreement_on
from core.learn.experiments.catalogue import EXPERIMENTS, TUNED, experiment_named
from core.learn.experiments.records import SEEDS, Experiment, Variant
from core.learn.experiments.repeat import repeat, train

_FACTORS = (1 / 3, 1.0, 3.0)
_TUNING_SEEDS = (900_001, 900_002, 900_003)


def main() -> int:
    """Measure what is missing, and write the table after each experiment."""
    repeated = [experiment.name for experiment in EXPERIMENTS if experiment.variants]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.experiments", description=__doc__)
    parser.add_argument("names", nargs="?", default=",".join(repeated), help="experiments: %(default)s")
    parser.add_argument("--tune", action="store_true", help="try three rates for each variant that has its own")
    parser.add_argument("--processes", type=int, default=os.cpu_count(), help="at once, one thread each: %(default)s")
    arguments = parser.parse_args()
    chosen = arguments.names.split(",")
    if unknown := [name for name in chosen if name not in repeated]:
        parser.error(f"there is no experiment “{unknown[0]}” with seeds; there are {', '.join(repeated)}")
    with ProcessPoolExecutor(arguments.processes, get_context("spawn"), _use_one_thread) as pool:
        for name in chosen:
            if not arguments.tune:
                measure(experiment_named(name), pool)
            elif name in TUNED:
                tune(experiment_named(name), pool)
    return 0


def measure(experiment: Experiment, pool: ProcessPoolExecutor) -> None:
    """Ten sets of seeds, unless the table has them."""
    if agreement_on(experiment) is not None:
        print(f"{experiment.name}: is in the table.", file=sys.stderr, flush=True)
        return
    started = time.perf_counter()
    sets = list(pool.map(_holds, [experiment.name] * SETS, range(1, SETS + 1)))
    _write(experiment, sets)
    seconds = time.perf_counter() - started
    for part, found in enumerate(zip(*sets, strict=True)):
        counts = ", ".join(f"{word} {found.count(value)}" for word, value in _WORDS)
        print(f"{experiment.name}, part {part + 1}: {counts}", flush=True)
    print(f"{experiment.name}: {seconds:.0f} s", flush=True)


_WORDS = (("holds", True), ("does not hold", False), ("not decided", None))


def tune(experiment: Experiment, pool: ProcessPoolExecutor) -> None:
    """Print what a third, the same and three times the rate of each variant reach, with other seeds."""
    for variant in experiment.variants:
        rates = [float(f"{variant.config.learning_rate * factor:.1g}") for factor in _FACTORS]
        means = pool.map(_means, [variant] * len(rates), rates)
        reached = ", ".join(
            f"{rate:g}: {accuracy:.2%} at a loss of {loss:.4f}"
            for rate, (accuracy, loss) in zip(rates, means, strict=True)
        )
        print(f"{experiment.name}, {variant.label}: {reached}", flush=True)


def _means(variant: Variant, rate: float) -> tuple[float, float]:
    """Accuracy and loss on the validation images."""
    configs = Variant(variant.label, variant.config.replace(learning_rate=rate)).with_seeds(_TUNING_SEEDS)
    results = [train(config)[0] for config in configs]
    return fmean(one.accuracy for one in results), fmean(one.val_loss for one in results)


def _holds(name: str, number: int) -> list[bool | None]:
    return [check.holds for check in repeat(experiment_named(name), number)]


def _write(experiment: Experiment, sets: Sequence[list[bool | None]]) -> None:
    table = json.loads(PLACE.read_text(encoding="utf-8")) if PLACE.exists() else {"experiments": {}}
    table |= {"made_by": "python -m benchmarks.experiments", "seeds": SEEDS, "torch": version("torch"), "threads": 1}
    known = {one.name for one in EXPERIMENTS}
    table["experiments"] = {name: row for name, row in table["experiments"].items() if name in known}
    table["experiments"][experiment.name] = {"fingerprint": experiment.fingerprint, "sets": list(sets)}
    rows = table.pop("experiments")
    # A row on a line: what has changed is seen at once.
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(row)}" for name, row in rows.items())
    head = json.dumps(table)[:-1]
    write_atomically(PLACE, f'{head}, "experiments": {{\n{lines}\n}}}}\n'.encode())


def _use_one_thread() -> None:
    import torch

    torch.set_num_threads(1)


if __name__ == "__main__":
    sys.exit(main())
