"""Reading Kaggle's CSV against np.genfromtxt and pandas, on the same file."""

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.report import Row
from core.data.importing.kaggle_csv import read_kaggle_csv
from core.data.importing.kaggle_writer import write_kaggle_csv
from core.data.importing.named_file import NamedFile
from core.data.mnist import load_mnist

ROWS, QUICK_ROWS = 42_000, 4_200
LEAST_TIMES_FASTER = 5


def measure(quick: bool) -> dict[str, Sequence[Row]]:
    """All three in turn, once for each round; of the whole table genfromtxt takes most of a minute."""
    rows = QUICK_ROWS if quick else ROWS
    rounds = 3 if quick else 1
    with tempfile.TemporaryDirectory(prefix="digitlab-") as folder:
        path = Path(folder, "train.csv")
        with path.open("wb") as stream:
            write_kaggle_csv(load_mnist("train").subset(np.arange(rows)), stream)
        readers: dict[str, Callable[[], object]] = {
            "read_kaggle_csv()": lambda: read_kaggle_csv(NamedFile(path.name, path)),
            "pandas.read_csv": lambda: pd.read_csv(path).to_numpy(),
            "np.genfromtxt": lambda: np.genfromtxt(path, delimiter=",", skip_header=1),
        }
        taken: dict[str, list[float]] = {name: [] for name in readers}
        for _ in range(rounds):
            for name, read in readers.items():
                started = time.perf_counter()
                read()
                taken[name].append(time.perf_counter() - started)
    ours, pandas, genfromtxt = (tuple(values) for values in taken.values())
    faster = tuple(other / mine for other, mine in zip(genfromtxt, ours, strict=True))
    return {
        f"Reading {rows:,} rows of Kaggle's CSV": [
            Row("np.genfromtxt", genfromtxt),
            Row("pandas.read_csv", pandas),
            Row("read_kaggle_csv()", ours, base=("pandas.read_csv", pandas)),
            Row("times faster than np.genfromtxt", faster, "×", reach=LEAST_TIMES_FASTER, bound="at least"),
        ]
    }
