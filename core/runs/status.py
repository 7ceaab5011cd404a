"""Where a run is in its life, and where it comes from."""

from enum import StrEnum

DISK_FULL = "The disk is full: what the run learned last could not be kept. Make room, then continue it."
"""Why a run was interrupted whose checkpoints found no place."""


class RunStatus(StrEnum):
    """Where a run is in its life."""

    QUEUED = "queued"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"
    COMPLETED = "completed"
    FAILED = "failed"
    INTERRUPTED = "interrupted"

    @property
    def is_active(self) -> bool:
        """Whether a worker has it or will have it."""
        return self in (RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.STOPPING)

    @property
    def can_continue(self) -> bool:
        """Whether a run that ended in this way can continue from its last checkpoint."""
        return self in (RunStatus.INTERRUPTED, RunStatus.STOPPED)


class RunOrigin(StrEnum):
    """Where a run comes from."""

    TRAINED = "trained"
    IMPORTED = "imported"
    EXPERIMENT = "experiment"
    SEARCH = "search"
    DEMO = "demo"

    @property
    def is_folded(self) -> bool:
        """Whether lists show its runs only when they are asked for: there are many, some poor on purpose."""
        return self in (RunOrigin.EXPERIMENT, RunOrigin.SEARCH)
