"""What a session keeps of the trainings that it starts and watches."""

import uuid
from dataclasses import dataclass, field


@dataclass
class JobsState:
    """Who this session is, and what it follows.

    Parameters
    ----------
    session_id
        Random; tells the engine whose job is whose.
    watched_run_id
        The run that Train follows.
    """

    session_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    watched_run_id: str | None = None
