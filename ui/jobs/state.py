"""What a session keeps of the training runs that it starts and watches."""

from dataclasses import dataclass, field

from core.config import TrainConfig
from ui.shell.browser import browser_id


@dataclass
class JobsState:
    """Who this session is, and what it follows.

    Parameters
    ----------
    session_id
        The browser’s; tells the engine whose job is whose, and a run who began it.
    watched_run_id
        The run that Train follows.
    is_new
        Whether that run has been chosen since Train was last drawn.
    chosen_with
        What the sidebar held when somebody chose that run; None if nobody did.
    slowed_at
        When this session last asked for slow motion, in seconds of ``time.monotonic``.
    """

    session_id: str = field(default_factory=browser_id)
    watched_run_id: str | None = None
    is_new: bool = False
    chosen_with: TrainConfig | None = None
    slowed_at: float = 0.0
