"""Where the engine's workers come from: an embedded Dask cluster, or an existing one by address."""

import asyncio
import logging
import multiprocessing
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import dask
from distributed import Client, Nanny, Scheduler, Security, SpecCluster
from distributed.utils import get_mp_context

from core.engine.certificates import security_of
from core.engine.reach import greet, why_not
from core.engine.worker import ANALYSIS, TRAINING, WorkerSetup
from core.errors import EngineError
from core.settings import Settings
from core.training.threads import ONE_THREAD, ThreadBudget

CONNECT_SECONDS = 5
ANSWER_SECONDS = 10.0
LOST_AGAIN = "Workers are lost while they are starting, as where memory runs out: close other programs, and try again."

FORKS = sys.platform == "linux"
"""Whether workers are forked from one process that has imported PyTorch; macOS and Windows cannot do that safely."""
PRELOADED = "core.engine.preloaded"

logger = logging.getLogger("digitlab.engine")

_DASK_CONFIG = {
    # The profiler samples the training thread and costs it a sixth of its speed.
    "distributed.worker.profile.enabled": False,
    # A job whose worker dies must not silently start over.
    "distributed.scheduler.allowed-failures": 0,
    "distributed.comm.timeouts.connect": f"{CONNECT_SECONDS}s",
    "distributed.admin.low-level-log-length": 200,
    # How late its event loops are, and what their processes use: Dask looks 50 times and twice a second in each of
    # them, which nobody reads, and which took a tenth of a processor from a server that had nothing to do.
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.nanny.environ": {},
    # Read by a worker when it imports Dask and PyTorch, so they have to be there before.
    "distributed.nanny.pre-spawn-environ.DASK_LOGGING__DISTRIBUTED": "critical",
    "distributed.nanny.pre-spawn-environ.OMP_WAIT_POLICY": "passive",
    "distributed.worker.multiprocessing-method": "forkserver" if FORKS else "spawn",
}
# Two busy OpenMP threads on two cores spin against each other, up to ten times slower: one thread, unless a training
# run is given more, and passive waiting.
_WORKER_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "passive",
}


@dataclass(frozen=True)
class Cluster:
    """A client, and the embedded cluster if there is one.

    ``alone`` is what a training run may use of the processor while it is the only one; how many cores are idle on
    a cluster of others nobody knows.
    """

    client: Client
    embedded: SpecCluster | None
    alone: ThreadBudget = ONE_THREAD


def open_cluster(settings: Settings) -> Cluster:
    """Start or find the workers; they are still cold.

    Raises
    ------
    EngineError
        If the scheduler that the settings name does not answer.
    """
    dask.config.set(_DASK_CONFIG)
    keep_dask_quiet()
    return _embedded(settings) if settings.scheduler is None else _existing(settings)


def keep_dask_quiet() -> None:
    """Have Dask log what is wrong with our own code, and nothing of workers and schedulers that were lost.

    What a user should know of those is said by the dispatcher. Dask's own ``silence_logs`` would turn down every
    handler of its logger, regardless of who added it and what else it is for.
    """
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    # Dask gives its client a level of its own, at which each connection that ends while it is made leaves a traceback.
    logging.getLogger("distributed.client").addFilter(_is_of_our_own)


def _is_of_our_own(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    return error is not None and not isinstance(error, OSError | asyncio.CancelledError)


def ask_scheduler(client: Client, operation: str, **arguments: Any) -> Any:
    """What the scheduler says to a question of Dask's own, such as ``identity`` or ``processing``.

    Raises
    ------
    TimeoutError
        If it does not answer within ``ANSWER_SECONDS``, or stopped meanwhile.
    """
    try:
        return client.sync(getattr(client.scheduler, operation), **arguments, callback_timeout=ANSWER_SECONDS)
    except OSError as error:
        raise TimeoutError(f"The scheduler does not answer: {error}") from error


def _embedded(settings: Settings) -> Cluster:
    if FORKS:
        # Dask names what it would load itself; asked for once, it leaves ours alone.
        get_mp_context()
        multiprocessing.set_forkserver_preload([PRELOADED])
    security = Security.temporary()
    common: dict[str, Any] = {"host": "127.0.0.1", "protocol": "tls://", "security": security}
    worker = common | {
        "nthreads": 1,
        "memory_limit": 0,
        "dashboard": False,
        "dashboard_address": "127.0.0.1:0",
        # What a killed worker leaves there is removed by the next one.
        "local_directory": str(settings.home),
        "env": dict(_WORKER_ENVIRONMENT),
    }
    names = [(f"{TRAINING}-{i}", TRAINING) for i in range(settings.workers)] + [(ANALYSIS, ANALYSIS)]
    scheduler = common | {"port": 0, "dashboard": False, "dashboard_address": "127.0.0.1:0"}
    workers = {name: {"cls": Nanny, "options": worker | {"resources": {kind: 1}}} for name, kind in names}
    cluster = _started(
        partial(
            SpecCluster,
            name=f"digitlab-{os.getpid()}",
            scheduler={"cls": Scheduler, "options": scheduler},
            workers=workers,
            security=security,
            # At the end of the process nobody waits for workers that are still starting: they go with it.
            shutdown_on_close=False,
        )
    )
    client = Client(cluster, set_as_default=False)
    client.register_plugin(WorkerSetup())
    return Cluster(client, cluster, ThreadBudget(settings.threads, settings.home))


def _started(start: Callable[[], SpecCluster]) -> SpecCluster:
    """Workers that have started; if one was lost while it did, all of them are started once more.

    Raises
    ------
    EngineError
        If that happens twice.
    """
    for _ in range(2):
        try:
            return start()
        except Exception as error:
            if not _was_lost(error):
                raise
            logger.warning("A worker was lost while it was starting.")
    raise EngineError(LOST_AGAIN)


def _was_lost(error: BaseException | None) -> bool:
    """Whether Dask says so, if not in its last word: after that it stumbles over the end of what it had begun."""
    while error is not None:
        if isinstance(error, RuntimeError) and "failed to start" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def _existing(settings: Settings) -> Cluster:
    address = str(settings.scheduler)
    security = security_of(address, settings.tls_directory)
    greet(address, security, settings.tls_directory)
    try:
        client = Client(address, security=security, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError, ValueError, TypeError, RuntimeError) as error:
        raise EngineError(why_not(address, settings.tls_directory, error)) from error
    return Cluster(client, None)
