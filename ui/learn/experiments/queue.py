"""The training runs of an experiment: found again, estimated, queued as there is room."""

from collections.abc import Sequence

from core.config import TrainConfig
from core.errors import DigitLabError
from core.learn.experiments.records import Experiment, find_runs, seeds_of
from core.runs.listing import RunQuery
from core.runs.records import Run
from core.runs.status import RunOrigin
from ui.jobs.state import JobsState
from ui.learn.experiments.state import ExperimentsState
from ui.shell.page import show_error
from ui.shell.resources import dataset_entry, engine, run_store
from ui.shell.state import page_state

_SECONDS_A_RUN = 1.5
"""What a training run takes beside its steps: to be started, to load its images, to be kept."""


def runs_of(experiment: Experiment, number: int) -> tuple[Run | None, ...]:
    """For each variant and seed of a set the run that shows it, if there is one."""
    configs = experiment.configs(seeds_of(number))
    return find_runs(configs, run_store().listing.find(RunQuery(configs=configs)) if configs else [])


def seconds_of(configs: Sequence[TrainConfig]) -> float:
    """How long it takes to train these, with all workers."""
    estimates = [engine().estimate_seconds(config, dataset_entry(config.dataset)) for config in configs]
    return sum((estimate or 0) + _SECONDS_A_RUN for estimate in estimates) / max(1, engine().workers or 1)


def begin(experiment: Experiment, number: int, missing: Sequence[TrainConfig]) -> None:
    """Queue what there is room for; the rest follows as runs end.

    Raises
    ------
    EngineError
        If there is no room at all.
    """
    # Seed by seed: what has ended when somebody stops can be compared.
    ordered = sorted(missing, key=lambda config: config.seed)
    if ordered and not engine().room(page_state(JobsState).session_id):
        _submit(experiment, ordered[0])
    page_state(ExperimentsState).waiting[experiment.name, number] = ordered
    queue_more(experiment, number)


def queue_more(experiment: Experiment, number: int) -> None:
    """Queue as many of those that wait as there is room for now; each is queued once, whatever comes of it."""
    waiting = page_state(ExperimentsState).waiting.get((experiment.name, number), [])
    room = engine().room(page_state(JobsState).session_id)
    try:
        for _ in range(min(room, len(waiting))):
            _submit(experiment, waiting[0])
            del waiting[0]
    except DigitLabError as error:
        waiting.clear()
        show_error(error)


def is_waiting(experiment: Experiment, number: int) -> bool:
    """Whether this session has runs of a set still to queue."""
    return bool(page_state(ExperimentsState).waiting.get((experiment.name, number)))


def stop_waiting(experiment: Experiment, number: int) -> None:
    """Queue no more."""
    page_state(ExperimentsState).waiting.pop((experiment.name, number), None)


def _submit(experiment: Experiment, config: TrainConfig) -> None:
    variant = next(one for one in experiment.variants if one.config.replace(seed=config.seed) == config)
    job = engine().submit(config, session=page_state(JobsState).session_id, origin=RunOrigin.EXPERIMENT)
    run_store().rename(job.run_id, experiment.run_name(variant, config.seed))
