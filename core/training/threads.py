"""How many threads a training run is fastest with: measured once for each machine and kind of network, and kept.

A second thread makes the small network of the defaults twice as slow on one processor and faster on another.
"""

import math
import os
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field, TypeAdapter

from core.atomic import write_atomically
from core.config import TrainConfig
from core.data.dataset import DIGIT_NAMES, IMAGE_SIDE, ImageDataset, Normalisation, Splits
from core.settings import cores

TIE = 0.05
"""Several threads must be faster than one by more than this share: what they gain less is noise."""
MOST_COUNTED = 8
BUDGET_SECONDS = 0.3
_BLOCK_SECONDS = 0.005
_MOST_ROUNDS = 20
_WIDEST, _MOST_LAYERS, _LARGEST_BATCH = 1_024, 3, 256
"""Of the network that is measured: a larger one gains from threads as this one does, and would take seconds."""
FILE = "threads.json"

_Seconds = dict[int, Annotated[float, Field(gt=0, allow_inf_nan=False)]]
_KEPT = TypeAdapter(dict[str, dict[str, _Seconds]])
"""Machine → kind of network → threads → seconds of a training step."""
Measure = Callable[[TrainConfig, Sequence[int]], dict[int, float]]


@dataclass(frozen=True)
class ThreadBudget:
    """The threads that one training run may use.

    Parameters
    ----------
    most
        At most this many, and never more than there are cores.
    home
        Where measurements are kept that say how many of them pay; None: all of them are used, unmeasured.
    """

    most: int = 1
    home: Path | None = None

    def threads(self, config: TrainConfig) -> int:
        """How many a run of this kind is to use; measures it, in about a third of a second, if nobody has yet."""
        most = min(self.most, cores())
        return most if self.home is None or most == 1 else fastest_here(config, thread_counts(most), self.home)


ONE_THREAD = ThreadBudget()


def thread_counts(most: int) -> tuple[int, ...]:
    """What is compared: powers of two, and ``most`` itself up to ``MOST_COUNTED``."""
    most = min(most, MOST_COUNTED)
    return tuple(sorted({1, most, *(2**power for power in range(4) if 2**power <= most)}))


def fastest(seconds: Mapping[int, float]) -> int:
    """The count of threads that takes the least, unless one thread takes hardly more."""
    best = min(seconds, key=lambda count: (seconds[count], count))
    return best if seconds[best] < seconds[1] * (1 - TIE) else 1


def use_threads(count: int, config: TrainConfig | None = None) -> None:
    """Let this thread of the process train with this many.

    Parameters
    ----------
    config
        Whose backend is to be told as well; PyTorch always is, and NumPy’s learner asks it.
    """
    import torch

    torch.set_num_threads(count)
    if config is not None and config.backend == "numpy":
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

        threadpool_limits(count, user_api="blas")


def fastest_here(
    config: TrainConfig,
    counts: Sequence[int],
    home: Path,
    measure: Measure | None = None,
    load: Callable[[], float] | None = None,
) -> int:
    """The count of threads that such a network is fastest with, as measured before or, if need be, now.

    Parameters
    ----------
    measure
        As :func:`measure_threads`, which is asked where nothing is left out.
    load
        Processes that wanted to run of late. With more than there are cores, none is idle: one thread, unmeasured.
    """
    from core.training.torch_learner import best_device

    if config.backend == "torch" and best_device().type != "cpu":
        return 1
    machine, kind = machine_name(), kind_of_network(config)
    seconds = _kept(home).get(machine, {}).get(kind, {})
    if not set(counts) <= seconds.keys():
        if (load or _load)() > (os.cpu_count() or 1):
            return 1
        seconds = (measure or measure_threads)(config, counts)
        _keep(home, machine, kind, seconds)
    return fastest({count: seconds[count] for count in counts})


def kind_of_network(config: TrainConfig) -> str:
    """What has the same number of threads: ``torch mlp 128, batches of 64``; sizes are rounded to powers of two."""
    measured = _stand_in(config)
    sizes = "-".join(str(_power_of_two(width)) for width in measured.hidden_widths)
    filters = f"{_power_of_two(config.filters)} filters" if config.architecture == "cnn" else ""
    words = [measured.backend, measured.architecture, filters, sizes]
    words += [name for name in ("batch_norm", "augments") if getattr(measured, name)]
    return f"{' '.join(filter(None, words))}, batches of {_power_of_two(measured.batch_size)}"


def machine_name() -> str:
    """Processor, PyTorch and the instructions that PyTorch uses: what a measurement holds for."""
    import torch

    return f"{_processor()}, torch {torch.__version__}, {torch.backends.cpu.get_cpu_capability()}"


def measure_threads(config: TrainConfig, counts: Sequence[int]) -> dict[int, float]:
    """Seconds of a training step of such a network, by count of threads; imports PyTorch."""
    import torch

    from core.training.fit import make_learner

    measured = _stand_in(config)
    learner = make_learner(measured, _made_up_splits(measured.batch_size), torch.device("cpu"))
    learner.begin_epoch(1, np.arange(measured.batch_size))

    def run(count: int, steps: int) -> None:
        use_threads(count, measured)
        for _ in range(steps):
            learner.train_batch(0, 1e-5)

    try:
        return compare(run, counts)
    finally:
        use_threads(1, measured)


def compare(
    run: Callable[[int, int], None], counts: Sequence[int], clock: Callable[[], float] = time.perf_counter
) -> dict[int, float]:
    """Seconds of a step by count of threads: the fastest of blocks that take turns, so that all see the same machine.

    Parameters
    ----------
    run
        Takes this many steps with this many threads: count, steps.
    """
    began = clock()

    def seconds_of(count: int, steps: int) -> float:
        started = clock()
        run(count, steps)
        return max(clock() - started, 1e-9) / steps

    for count in counts:
        # The first step starts the threads, and finds memory.
        run(count, 1)
    seconds = {count: seconds_of(count, 1) for count in counts}
    steps = {count: max(1, int(_BLOCK_SECONDS / taken)) for count, taken in seconds.items()}
    for turn in range(_MOST_ROUNDS):
        if turn and clock() - began > BUDGET_SECONDS:
            break
        seconds = {count: min(least, seconds_of(count, steps[count])) for count, least in seconds.items()}
    return seconds


def _load() -> float:
    """Over the last minute; 0 where the system does not say."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


def _kept(home: Path) -> dict[str, dict[str, _Seconds]]:
    """What has been measured before; nothing of a file that is missing, damaged or somebody else’s."""
    with suppress(OSError, ValueError):
        return _KEPT.validate_json((home / FILE).read_bytes())
    return {}


def _keep(home: Path, machine: str, kind: str, seconds: _Seconds) -> None:
    # Read again: another worker may have written meanwhile. What two write at once is measured once more.
    everything = _kept(home)
    everything.setdefault(machine, {})[kind] = {count: float(f"{value:.3g}") for count, value in seconds.items()}
    with suppress(OSError):
        write_atomically(home / FILE, _KEPT.dump_json(everything, indent=1))


def _stand_in(config: TrainConfig) -> TrainConfig:
    widths = ",".join(str(min(width, _WIDEST)) for width in config.hidden_widths[:_MOST_LAYERS])
    changes = {"widths": widths} if widths else {}
    return config.replace(batch_size=min(config.batch_size, _LARGEST_BATCH), **changes)


def _power_of_two(number: int) -> int:
    return int(2 ** round(math.log2(number)))


def _made_up_splits(images: int) -> Splits:
    """Noise for pixels: how long a product takes does not depend on what is multiplied."""
    random = np.random.default_rng(0)
    count = max(images, len(DIGIT_NAMES))
    pixels = random.integers(0, 256, (count, IMAGE_SIDE, IMAGE_SIDE), dtype=np.uint8)
    data = ImageDataset("noise", pixels, np.arange(count) % len(DIGIT_NAMES))
    few = data.subset(np.arange(len(DIGIT_NAMES)))
    return Splits(data, few, few, Normalisation(0.5, 0.3))


def _processor() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()
