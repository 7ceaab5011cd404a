"""The training runs of an experiment: found again, estimated, queued as there is room."""

from collections.abc import Sequence
from datetime import UTC, datetime

from core.config import TrainConfig
from core.errors import DigitLabError
from core.learn.experiments.pace import expected_seconds, pace, seconds_left
from core.learn.experiments.records import Experiment, find_runs, has_result, seeds_of
from core.runs.query import RunQuery
from core.runs.records import Run
from core.runs.status import RunOrigin
from ui.jobs.state import JobsState
from ui.learn.experiments.state import ExperimentsState
from ui.shell.resources import dataset_entry, engine, run_store
from ui.shell.sentences import refuse_click
from ui.shell.state import page_state

_LAST = 10
"""Runs of other experiments that say how long runs take here, while none of this one has ended."""


def runs_of(experiment: Experiment, number: int) -> tuple[Run | None, ...]:
    """For each variant and seed of a set the run that shows it, if there is one."""
    configs = experiment.configs(seeds_of(number))
    return find_runs(configs, run_store().listing.find(RunQuery(configs=configs)) if configs else [])


def missing_of(experiment: Experiment, number: int, runs: Sequence[Run | None]) -> list[TrainConfig]:
    """What is still to be trained, of a set with these runs."""
    return [config for config, run in zip(experiment.configs(seeds_of(number)), runs, strict=True) if run is None]


def estimated_seconds(configs: Sequence[TrainConfig], runs: Sequence[Run | None]) -> float:
    """How long it takes until all of these have ended, with all workers.

    By the measured speed of this machine, corrected by what the runs that have ended took: those of other experiments
    where there are none.

    Parameters
    ----------
    configs, runs
        Of a set; None where nothing has begun.
    """
    ended = [run for run in runs if run is not None and has_result(run)]
    measured = ended or run_store().listing.find(RunQuery(origin=RunOrigin.EXPERIMENT, has_ended=True, limit=_LAST))
    longer = pace([_expected(run.config) for run in measured], measured)
    pairs = zip(configs, runs, strict=True)
    missing = [(config, run) for config, run in pairs if run is None or not has_result(run)]
    predicted = [longer * _expected(config) for config, _ in missing]
    started = [None if run is None else run.started for _, run in missing]
    return seconds_left(predicted, started, datetime.now(UTC), engine().workers or 1)


def _expected(config: TrainConfig) -> float:
    return expected_seconds(engine().estimate_seconds(config, dataset_entry(config.dataset)))


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
        refuse_click(error)


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
