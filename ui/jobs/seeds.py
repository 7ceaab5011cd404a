"""The same settings with several seeds: how much of a result is chance."""

from collections.abc import Iterator
from typing import Final

from core.config import TrainConfig
from core.errors import ConfigError, DigitLabError
from core.runs.query import RunQuery
from core.runs.status import RunStatus
from ui.choices.run import note_choice
from ui.jobs.controls import queue_run
from ui.shell.exercise import current_exercise
from ui.shell.resources import run_store
from ui.shell.sentences import refuse_click

SEEDS: Final = 5
_LAST_SEED = 2**31 - 1
_FAILED = (RunStatus.FAILED, RunStatus.INTERRUPTED, RunStatus.STOPPED)


def queue_seeds(config: TrainConfig) -> list[str]:
    """Ids of five runs that differ from these settings in the seed alone, the first with its own; new ones are queued.

    Where the queue is full, one sentence says so, and those that were found or queued are returned.
    """
    run_ids: list[str] = []
    try:
        run_ids.extend(_runs_with(config))
    except DigitLabError as error:
        refuse_click(error)
    return run_ids


def _runs_with(config: TrainConfig) -> Iterator[str]:
    exercise = current_exercise()
    if exercise.fixes("seed"):
        raise ConfigError("This exercise fixes the seed: there is one run for each setting, not five.")
    config = exercise.applied_to(config)
    for offset in range(SEEDS):
        wanted = config.replace(seed=(config.seed + offset) % (_LAST_SEED + 1))
        found = run_store().listing.find(RunQuery(configs=(wanted,)))
        # A model that was brought in has these settings too, but nobody has seen it train.
        run_ids = [
            run.run_id for run in found if run.status not in _FAILED and (run.status.is_active or run.seconds > 0)
        ]
        run_id = run_ids[0] if run_ids else queue_run(wanted)
        note_choice(run_id)
        yield run_id
