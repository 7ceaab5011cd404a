"""What a minute of searching finds on two cores: this product, Optuna alone in one process, and random search.

All three get the same space, the same minute from the first trial on, and one thread for each process that trains. The
peers search at the same time, each on a core of its own, and count what has ended within their minute, as the product
does.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path

from benchmarks.report import Row
from core.config import TrainConfig
from core.engine.engine import Engine
from core.runs.store import RunStore
from core.search.plan import Budget, make_plan
from core.search.search import Search
from core.search.searches import Book
from core.settings import Settings
from scripts.serve import wait_until

ROOT = Path(__file__).parents[1]
SECONDS = 60.0
SEEDS = 5
QUICK_SECONDS, QUICK_SEEDS = 15.0, 1
WORKERS = 2
POINTS = 0.1
"""How much less validation accuracy is still as good."""
SPACE = ("learning_rate=0.0003:0.03:log", "hidden_size=64:512:log", "batch_size=32:256:log", "dropout=0:0.5")
CONFIG = TrainConfig(epochs=4)
PEERS = {"Optuna alone, one process": "tpe", "random search, one process": "random"}


def measure(quick: bool) -> dict[str, Sequence[Row]]:
    """Seed by seed, one after the other."""
    seconds, seeds = (QUICK_SECONDS, QUICK_SEEDS) if quick else (SECONDS, SEEDS)
    found: dict[str, list[float]] = {name: [] for name in ("this product", *PEERS)}
    with tempfile.TemporaryDirectory(prefix="digitlab-") as home:
        settings = Settings.from_environment({"DIGITLAB_HOME": home, "DIGITLAB_WORKERS": str(WORKERS)})
        for seed in range(seeds):
            found["this product"].append(_search_here(settings, seed, seconds))
            with ThreadPoolExecutor(len(PEERS)) as at_once:
                alone = partial(_search_alone, seed=seed, seconds=seconds)
                for name, accuracy in zip(PEERS, at_once.map(alone, PEERS.values()), strict=True):
                    found[name].append(accuracy)
    rows = [Row(name, tuple(values), "%") for name, values in found.items()]
    mine = found["this product"]
    for name in PEERS:
        behind = tuple(theirs - ours for theirs, ours in zip(found[name], mine, strict=True))
        rows.append(Row(f"behind {name}", behind, "points", reach=POINTS))
    return {f"Best validation accuracy after {seconds:.0f} s of searching, {WORKERS} cores, {seeds} seeds": rows}


def _search_here(settings: Settings, seed: int, seconds: float) -> float:
    """With an engine whose workers are warm."""
    with closing(RunStore(settings)) as store:
        engine = Engine(settings, store)
        try:
            warm = engine.submit(CONFIG.replace(epochs=1, training_size=100))
            wait_until(lambda: not warm.status.is_active, "the workers are warm", 120)
            plan = make_plan(CONFIG.replace(seed=seed), SPACE, Budget(seconds=seconds))
            study = Book(store).create(plan)
            for _ in Search(study, engine).run():
                pass
            best = study.standing().best
            return 0.0 if best is None else 100 * (best.val_accuracy or 0.0)
        finally:
            engine.close()


def _search_alone(sampler: str, seed: int, seconds: float) -> float:
    """In a fresh process, as a script would do it."""
    command = [sys.executable, "-m", "benchmarks.search", sampler, str(seed), str(seconds)]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return 100 * float(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """``python -m benchmarks.search SAMPLER SEED SECONDS``: Optuna’s own loop around ``fit()``."""
    import optuna
    import torch

    from core.data.catalogue import load_splits
    from core.search.space import distributions, read_space
    from core.training.events import EpochCompleted
    from core.training.fit import fit

    sampler, seed, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    torch.set_num_threads(1)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    config = CONFIG.replace(seed=seed)
    splits, known = load_splits(config), distributions(read_space(SPACE, config))
    samplers = {"tpe": optuna.samplers.TPESampler(seed=seed), "random": optuna.samplers.RandomSampler(seed=seed)}
    pruner = optuna.pruners.MedianPruner() if sampler == "tpe" else optuna.pruners.NopPruner()
    study = optuna.create_study(direction="maximize", sampler=samplers[sampler], pruner=pruner)
    until = time.monotonic() + seconds

    def objective(trial: optuna.Trial) -> float:
        params = {name: trial._suggest(name, one) for name, one in known.items()}  # noqa: SLF001 - as ask() does
        accuracy = 0.0
        for event in fit(config.replace(**params), splits, should_stop=lambda: time.monotonic() > until):
            if isinstance(event, EpochCompleted):
                accuracy = event.metrics.val_accuracy
                trial.report(accuracy, event.metrics.epoch)
                if time.monotonic() > until or trial.should_prune():
                    raise optuna.TrialPruned
        return accuracy

    study.optimize(objective, timeout=seconds)
    ended = [trial.value for trial in study.trials if trial.state.name == "COMPLETE" and trial.value is not None]
    print(json.dumps(max(ended, default=0.0)))


if __name__ == "__main__":
    main()
