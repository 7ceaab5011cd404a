"""Where the engine's workers come from: an embedded Dask cluster, or an existing one by address."""

import logging
import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import dask
import psutil
from distributed import Client, Nanny, Scheduler, Security, SpecCluster

from core.engine.worker import WorkerSetup
from core.errors import EngineError
from core.settings import Settings

CONNECT_SECONDS = 5
CLOSE_SECONDS = 0.6
TRAINING, ANALYSIS = "training", "analysis"
TRAINING_KEY = "train-"
"""What the key of every training's task begins with, whichever server it is of."""

_DASK_CONFIG = {
    # The profiler samples the training thread and costs it a sixth of its speed.
    "distributed.worker.profile.enabled": False,
    # A job whose worker dies must not silently start over.
    "distributed.scheduler.allowed-failures": 0,
    "distributed.comm.timeouts.connect": f"{CONNECT_SECONDS}s",
    "distributed.admin.low-level-log-length": 200,
    "distributed.nanny.environ": {},
}
# Two busy OpenMP threads on two cores spin against each other, up to ten times slower: one thread, and passive waiting.
_WORKER_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "passive",
}


@dataclass(frozen=True)
class Connection:
    """A client, the embedded cluster if there is one, and what its workers call their slots.

    ``training`` and ``analysis`` are Dask resources that a task of that sort asks for: on the embedded cluster analyses
    have a worker of their own and never wait for a training.
    """

    client: Client
    cluster: SpecCluster | None
    training: dict[str, float]
    analysis: dict[str, float]
    comm: Any = None

    @property
    def is_alive(self) -> bool:
        """Whether this is still the connection that was made: a client that connects again hears no events."""
        return self.client.status == "running" and self.client.scheduler_comm is self.comm

    def free_slots(self, held: Sequence[str], own: str) -> list[str]:
        """Addresses of workers that could begin a training now, the least busy first.

        Parameters
        ----------
        held
            Workers that this server's trainings were given to, once for each.
        own
            What this server's keys begin with, after ``TRAINING_KEY``: those are counted by ``held``.
        """
        busy = self.client.processing()
        slots: list[tuple[int, str]] = []
        for address, worker in self.client.scheduler_info(n_workers=-1)["workers"].items():
            if worker.get("status", "running") != "running":
                continue
            keys = [str(key) for key in busy.get(address, ())]
            others = sum(key.startswith(TRAINING_KEY) and not key.startswith(TRAINING_KEY + own) for key in keys)
            room = worker["resources"].get(TRAINING, 0) if self.training else worker["nthreads"]
            slots += [(len(keys), address)] * (int(room) - others - held.count(address))
        return [address for _, address in sorted(slots)]

    def close(self) -> None:
        """End the client and, with it, an embedded cluster, within about a second."""
        if self.cluster is None:
            with suppress(TimeoutError):
                self.client.close(timeout=1)
            return
        workers = [nanny.pid for nanny in self.cluster.workers.values()]
        with suppress(TimeoutError):
            self.client.close(timeout=CLOSE_SECONDS)
        # Not with a timeout of Dask's own: the closing it then gives up is waited for again when the process ends.
        closing = threading.Thread(target=self.cluster.close, name="closing", daemon=True)
        closing.start()
        closing.join(CLOSE_SECONDS)
        # Whoever has not left by now holds nothing that is worth waiting for.
        for pid in filter(None, workers):
            with suppress(psutil.NoSuchProcess):
                psutil.Process(pid).kill()
        closing.join(CLOSE_SECONDS)


def connect(settings: Settings) -> Connection:
    """Start or find the workers; they are still cold.

    Raises
    ------
    EngineError
        If the scheduler that the settings name does not answer.
    """
    dask.config.set(_DASK_CONFIG)
    # What a user should know of a lost worker is said by the dispatcher.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    connection = _embedded(settings) if settings.scheduler is None else _existing(settings)
    connection.client.register_plugin(WorkerSetup())
    return connection


def _embedded(settings: Settings) -> Connection:
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
        "silence_logs": logging.CRITICAL,
    }
    names = [(f"{TRAINING}-{i}", TRAINING) for i in range(settings.workers)] + [(ANALYSIS, ANALYSIS)]
    cluster = SpecCluster(
        name=f"digitlab-{os.getpid()}",
        scheduler={
            "cls": Scheduler,
            "options": common | {"port": 0, "dashboard": False, "dashboard_address": "127.0.0.1:0"},
        },
        workers={name: {"cls": Nanny, "options": worker | {"resources": {kind: 1}}} for name, kind in names},
        security=security,
        silence_logs=logging.CRITICAL,
    )
    client = Client(cluster, set_as_default=False)
    return Connection(client, cluster, {TRAINING: 1}, {ANALYSIS: 1}, client.scheduler_comm)


def _existing(settings: Settings) -> Connection:
    address = str(settings.scheduler)
    security = None
    if settings.tls_directory is not None:
        ca, cert, key = (str(settings.tls_directory / f"{name}.pem") for name in ("ca", "cert", "key"))
        security = Security(require_encryption=True, tls_ca_file=ca, tls_client_cert=cert, tls_client_key=key)
    try:
        client = Client(address, security=security, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError, ValueError, TypeError, RuntimeError) as error:
        raise EngineError(
            f"The scheduler at {address} does not answer: check DIGITLAB_SCHEDULER, DIGITLAB_TLS and the cluster."
        ) from error
    declared = [worker["resources"] for worker in client.scheduler_info(n_workers=-1)["workers"].values()]

    def slot(kind: str) -> dict[str, float]:
        return {kind: 1.0} if any(resources.get(kind) for resources in declared) else {}

    return Connection(client, None, slot(TRAINING), slot(ANALYSIS), client.scheduler_comm)
