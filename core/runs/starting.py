"""The start of a run, or its continuation: where it is trained, and where it was trained before."""

import time
from dataclasses import replace

from core.runs import rows
from core.runs.files import RunFiles
from core.runs.ownership import Ownership
from core.runs.records import RunEnvironment
from core.runs.status import RunStatus


def record_start(run_id: str, environment: RunEnvironment, files: RunFiles, ownership: Ownership) -> None:
    """Keep that a worker has begun, as :meth:`core.runs.store.RunStore.record_start` says."""
    with ownership.owned(run_id, status=RunStatus.RUNNING.value, started=time.time()) as connection:
        if files.has_checkpoint(run_id):
            environment = _continued(environment, rows.read_run(connection, run_id).environment)
        rows.update_run(connection, run_id, {"environment": rows.environment_to_json(environment)})


def _continued(environment: RunEnvironment, before: RunEnvironment) -> RunEnvironment:
    """The environment of a run that continues from a checkpoint that was written in another one."""
    places = dict.fromkeys((*before.earlier, *_place(before)))
    return replace(environment, earlier=tuple(place for place in places if place not in _place(environment)))


def _place(environment: RunEnvironment) -> tuple[tuple[str, str], ...]:
    """Device and PyTorch, on which the last bits of the weights depend; none where they are not known."""
    version = environment.versions.get("torch", "")
    return ((environment.device, version),) if environment.device and version else ()
