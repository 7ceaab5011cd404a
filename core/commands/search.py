"""``search``: the best settings within a budget, chosen on the validation images."""

from argparse import Namespace
from contextlib import closing
from typing import TYPE_CHECKING, Any

from core.commands.interruption import stop_on_control_c
from core.commands.output import say, tell
from core.commands.runs import config_of
from core.config import TrainConfig, is_number, is_whole
from core.errors import ConfigError, EngineError
from core.search.plan import Budget, Plan, Sampler, make_plan
from core.search.records import SearchStatus, TrialRecord, said_of_skipped
from core.search.space import trial_config
from core.settings import Settings

if TYPE_CHECKING:
    from core.search.searches import Book
    from core.search.study import Study


def search(options: Namespace) -> None:
    """Train with many settings and keep the best by validation accuracy; a line per trial, then the best run's id."""
    from core.data.catalogue import Catalogue
    from core.runs.store import RunStore
    from core.search.searches import Book
    from core.training.local import start_weights, teacher_model

    settings = Settings.from_environment()
    plan = None if options.resume else _plan(options)
    with closing(RunStore(settings)) as store:
        book = Book(store)
        if plan is None:
            study = _left(book, options)
            _check_scheduler(settings)
        else:
            Catalogue(settings.home).entry_to_train_on(plan.config.dataset)
            start_weights(store, plan.config)
            teacher_model(store, plan.config)
            _check_scheduler(settings)
            study = book.create(plan, name=options.name or "")
        _search(settings, book, study)


def _plan(options: Namespace) -> Plan:
    budget = _budget(options)
    if budget is None:
        raise ConfigError("A search needs a budget: give either --minutes or --trials.")
    if options.sampler is not None and options.sampler not in set(Sampler):
        raise ConfigError(f"There is no sampler “{options.sampler[:40]}”; there are {', '.join(Sampler)}.")
    sampler = options.sampler or Sampler.TPE
    return make_plan(config_of(options), options.vary, budget, sampler, prunes=not options.no_pruning)


def _budget(options: Namespace) -> Budget | None:
    minutes, trials = options.minutes, options.trials
    if minutes is None and trials is None:
        return None
    if minutes is not None and not is_number(minutes):
        raise ConfigError(f"Minutes must be a number, not “{minutes[:40]}”.")
    if trials is not None and not is_whole(trials):
        raise ConfigError(f"Trials must be a whole number, not “{trials[:40]}”.")
    return Budget.of(
        minutes=None if minutes is None else float(minutes), trials=None if trials is None else int(trials)
    )


def _left(book: "Book", options: Namespace) -> "Study":
    """The search to continue with, which has its settings already."""
    names = TrainConfig.model_fields.keys() & vars(options).keys()
    given = [name for name in (*names, "preset", "vary", "sampler", "name") if vars(options)[name]]
    if given or options.no_pruning:
        flag = f"--{given[0].replace('_', '-')}" if given else "--no-pruning"
        raise ConfigError(f"A search continues with its own settings: leave out {flag}.")
    return book.to_go_on_with(options.resume, _budget(options))


def _check_scheduler(settings: Settings) -> None:
    """Better told now than by every trial.

    Raises
    ------
    EngineError
        If the cluster does not answer, or none of its workers is of use.
    """
    from core.engine.connection import connect

    if settings.scheduler is not None:
        with closing(connect(settings)) as connection:
            try:
                is_there = connection.has_worker()
            except TimeoutError as error:
                raise EngineError(f"The scheduler at {settings.scheduler} does not answer.") from error
        if not is_there:
            tell("The cluster has no worker at the moment: the search begins as soon as one joins.")


def _search(settings: Settings, book: "Book", study: "Study") -> None:
    """Have workers of this command's own, or those of a cluster, train until the search ends."""
    from core.engine.engine import Engine
    from core.search.search import Search

    varied = " ".join(f"--vary {varied.text()}" for varied in study.plan.space)
    tell(f"Search {study.name}: {study.plan.sampler}, {varied}.")
    is_grid = study.plan.sampler is Sampler.GRID
    if is_grid and (skipped := said_of_skipped(study.plan, study.standing())):
        tell(skipped)
    engine = Engine(settings, book.store)
    try:
        with stop_on_control_c() as asked:
            for trial in Search(study, engine, should_stop=asked).run():
                say(_line(study.plan, trial))
    finally:
        engine.close()
    if book.record(study.name).status is SearchStatus.STOPPED:
        tell(f"Continue with: python -m core search --resume {study.name}")
        raise KeyboardInterrupt
    standing = study.standing()
    if not is_grid and (skipped := said_of_skipped(study.plan, standing)):
        tell(skipped)
    best = standing.best
    say(
        {
            "best_run_id": None if best is None else best.run_id,
            "val_accuracy": None if best is None else best.val_accuracy,
            "trials": standing.ended,
        }
    )


def _line(plan: Plan, trial: TrialRecord) -> dict[str, Any]:
    config = trial_config(plan.config, trial.params).model_dump()
    return {"trial": trial.number, "state": trial.state.value, "val_accuracy": trial.val_accuracy, "config": config}
