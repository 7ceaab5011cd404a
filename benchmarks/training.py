"""Seconds per epoch of ``fit()`` against scikit-learn, the tutorial loop and the matrix products alone."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from statistics import median

from benchmarks.report import Row
from scripts.serve import ROOT


def measure(quick: bool) -> dict[str, Sequence[Row]]:
    """One thread for all first, two threads second, each in a process of its own."""
    return {
        f"Seconds per epoch, 784-128-10, batch 64, 60,000 images, Adam; threads: {threads}": _rows(threads, quick)
        for threads in (1, 2)
    }


def _rows(threads: int, quick: bool) -> list[Row]:
    # Both must be said before PyTorch is imported; two busy OpenMP threads that spin slow each other down tenfold.
    count = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(threads))
    environment = os.environ | count | {"OMP_WAIT_POLICY": "passive"}
    command = [sys.executable, "-m", "benchmarks.peers", "--threads", str(threads), "--rounds", "3" if quick else "5"]
    command += ["--tutorial-rounds", "1" if quick else "5"]
    answer = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True)
    seconds: dict[str, list[float]] = json.loads(answer.stdout)
    fit = tuple(seconds.pop("fit"))
    reaches = {"scikit-learn": 0.75, "tutorial loop": 0.15, "matrix products": 2.2}
    peers = [Row(name, tuple(values)) for name, values in seconds.items()]
    ratios = [Row("fit()", fit, base=(name, median(values)), reach=reaches[name]) for name, values in seconds.items()]
    return [*peers, *ratios]
