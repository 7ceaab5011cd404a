"""Seconds per epoch of ``fit()`` against other libraries, the tutorial loop, the matrix products alone and NumPy."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from benchmarks.report import Row
from scripts.serve import ROOT

WHAT = "784-128-10, batch 64, 60,000 images, Adam"
REACHES = {"scikit-learn": 0.5, "tutorial loop": 0.15, "matrix products": 1.45}
AHEAD = 1.0
"""Of every other."""
PEERS_PYTHON = ROOT / ".venv-bench" / "bin" / "python"
"""Has the peers; what is not there is said in their rows."""
NUMPY, NUMPY_REACH = "fit with NumPy", 1.3


def measure(quick: bool) -> dict[str, Sequence[Row]]:
    """One thread for all first, two threads second, each in a process of its own."""
    sections: dict[str, Sequence[Row]] = {}
    for threads in (1, 2):
        measured = _run_peers(threads, quick)
        sections[f"Seconds per epoch, {WHAT}; threads: {threads}"] = _rows(measured, "wall", threads)
        if threads == 1:
            # Other programs on the machine stretch the time on the clock, but hardly this.
            sections[f"Processor seconds per epoch, {WHAT}; threads: 1"] = _rows(measured, "processor", threads)
    return sections


def _run_peers(threads: int, quick: bool) -> dict[str, Any]:
    # Both must be said before PyTorch is imported; two busy OpenMP threads that spin slow each other down tenfold.
    count = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(threads))
    environment = os.environ | count | {"OMP_WAIT_POLICY": "passive"}
    python = str(PEERS_PYTHON) if PEERS_PYTHON.exists() else sys.executable
    command = [python, "-m", "benchmarks.peers", "--threads", str(threads), "--rounds", "3" if quick else "5"]
    answer = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True)
    # Libraries greet on standard output.
    measured: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
    return measured


def _rows(measured: dict[str, Any], clock: str, threads: int) -> list[Row]:
    seconds = measured[clock]
    fit, by_numpy = tuple(seconds["fit"]), tuple(seconds[NUMPY])
    peers = {name: tuple(values) for name, values in seconds.items() if name not in ("fit", NUMPY)}
    ratios = [Row("fit()", fit, base=(name, values), reach=REACHES.get(name, AHEAD)) for name, values in peers.items()]
    # A second thread helps NumPy's matrix products alone; workers and the command line train with one.
    reach = NUMPY_REACH if threads == 1 else None
    numpy_row = Row("fit(), NumPy backend", by_numpy, base=("fit() with PyTorch", fit), reach=reach)
    absent = [Row(name, (), note=why) for name, why in measured["missing"].items()]
    return [*(Row(name, values) for name, values in peers.items()), *absent, *ratios, numpy_row]
