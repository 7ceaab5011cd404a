"""Study: one search as Optuna keeps it: asked for the next trial, told its result."""

import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from core.config import TrainConfig
from core.errors import ConfigError, SearchError
from core.runs.names import is_run_id, new_run_id
from core.search.plan import Plan, Sampler
from core.search.possible import draw_possible, grid_of, none_possible
from core.search.records import (
    AGAIN,
    CREATED,
    ERROR,
    OWNER,
    PLAN,
    RUN,
    SEARCH_ERROR,
    SERVER,
    SPENT,
    STATUS,
    SearchRecord,
    SearchStatus,
    Standing,
    TrialRecord,
    TrialState,
    already_running,
    no_such_search,
    record_of,
)
from core.search.space import distributions, trial_config

if TYPE_CHECKING:
    import optuna

FIRST_TRIALS = 10
"""Drawn at random before TPE has something to go by; those that cannot be trained are not among them."""
MOST_SKIPPED = 10
"""Draws in a row that cannot be trained; then one that can is looked for, however rare it is."""
TRIALS_BEFORE_PRUNING = 5
EPOCHS_BEFORE_PRUNING = 1


class Asked:
    """A trial that is under way.

    Attributes
    ----------
    number
        0 for the first of its search.
    config
        What is to be trained.
    """

    def __init__(self, trial: "optuna.Trial", config: TrainConfig) -> None:
        self._trial = trial
        self.number, self.config = trial.number, config

    def is_of(self, run_id: str) -> None:
        """Its run."""
        self._trial.set_user_attr(RUN, run_id)

    def report(self, epoch: int, val_accuracy: float) -> None:
        """An epoch is done."""
        self._trial.report(val_accuracy, epoch)

    @property
    def is_hopeless(self) -> bool:
        """Whether most trials were better at the same epoch."""
        return self._trial.should_prune()


class Study:
    """One search; used by one thread at a time, while others may read it through studies of their own."""

    def __init__(self, storage: "optuna.storages.BaseStorage", name: str) -> None:
        import optuna

        self._optuna, self.name = optuna, name
        try:
            self._study = optuna.load_study(study_name=name, storage=storage)
        except KeyError:
            raise no_such_search(name) from None
        record = self.record()
        self.plan = record.plan
        self._study.sampler, self._study.pruner = self._make_sampler(), self._make_pruner()
        self._distributions = distributions(self.plan.space)
        # Servers that are no other: at first that which was at it when this was opened.
        self._mine = {record.server}
        self._untried: Iterator[Mapping[str, Any]] | None = None
        self._point: Mapping[str, Any] | None = None

    @classmethod
    def create(cls, storage: "optuna.storages.BaseStorage", plan: Plan, owner: str | None, name: str = "") -> "Study":
        """Enter a new search.

        Raises
        ------
        SearchError
            If the name cannot be one, or is taken.
        """
        import optuna

        name = name or new_run_id()
        if not is_run_id(name):
            raise SearchError(
                f"A search’s name consists of lower-case letters, digits and hyphens, unlike “{name[:64]}”."
            )
        try:
            study = optuna.create_study(study_name=name, storage=storage, direction="maximize")
        except optuna.exceptions.DuplicatedStudyError:
            raise SearchError(f"There is already a search “{name}”: resume it, or choose another name.") from None
        attributes = {PLAN: plan.to_json(), OWNER: owner, CREATED: time.time(), STATUS: SearchStatus.STOPPED.value}
        for key, value in attributes.items():
            study.set_user_attr(key, value)
        return cls(storage, name)

    def record(self) -> SearchRecord:
        """What is known of it.

        Raises
        ------
        SearchError
            If it cannot be read.
        """
        return record_of(self.name, self._study.user_attrs)

    def standing(self) -> Standing:
        """Its trials."""
        return Standing([TrialRecord.of(trial) for trial in self.frozen()])

    def frozen(self) -> "list[optuna.trial.FrozenTrial]":
        """Its trials as Optuna has them; not to be changed."""
        return self._study.get_trials(deepcopy=False)

    # --- the process that searches ---

    def begin(self, server: str) -> None:
        """Search in this process from now on.

        Raises
        ------
        SearchError
            If another process has begun since it was opened here.
        """
        if self.record().server not in ("", *self._mine):
            raise already_running(self.name)
        # Before it is written: the store may take it, and its answer be lost.
        self._mine.add(server)
        self._set(SERVER, server)
        self._mine = {server}
        self._set(SEARCH_ERROR, "")
        self._set(STATUS, SearchStatus.RUNNING.value)

    def check_mine(self) -> None:
        """Nothing, while it is this process that searches, or, before it has begun, none has since it was opened.

        Raises
        ------
        SearchError
            If another one has taken it for dead, and goes on.
        """
        if self.record().server not in self._mine:
            raise SearchError(
                f"Search “{self.name}” continues in another process, which believed that this one had stopped."
            )

    def end(self, status: SearchStatus, spent: float, error: str = "") -> None:
        """Nobody searches any more."""
        self.spend(spent)
        self._set(SEARCH_ERROR, error)
        self._set(STATUS, status.value)
        self._set(SERVER, "")

    def spend(self, seconds: float) -> None:
        """How long it has searched in all."""
        self._set(SPENT, seconds)

    def change_plan(self, plan: Plan) -> None:
        """Continue with another budget."""
        self.plan = plan
        self._set(PLAN, plan.to_json())

    # --- trials ---

    def ask(self) -> Asked | None:
        """The next trial; None if a grid has no more.

        Settings that do not go together are skipped, and the sampler learns to keep away from them.

        Raises
        ------
        ConfigError
            If practically none do.
        """
        why, is_grid = "", self.plan.sampler is Sampler.GRID
        for skipped in range(2 * MOST_SKIPPED):
            if is_grid and not self._enqueue_point():
                return None
            if not is_grid and skipped >= MOST_SKIPPED:
                generator = np.random.default_rng([self.plan.config.seed, len(self.frozen())])
                self._study.enqueue_trial(draw_possible(self.plan.config, self.plan.space, generator))
            trial = self._study.ask(self._distributions)
            try:
                return Asked(trial, trial_config(self.plan.config, trial.params))
            except ConfigError as error:
                why = str(error)
                self.tell_failed(trial.number, why, is_poor=True)
                self._study.sampler = self._make_sampler()
        raise ConfigError(none_possible(why))

    def tell(self, number: int, val_accuracy: float) -> TrialRecord:
        """It was trained to its end."""
        return self._tell(number, val_accuracy)

    def tell_pruned(self, number: int) -> TrialRecord:
        """It was stopped because it was unpromising."""
        return self._tell(number, state=self._optuna.trial.TrialState.PRUNED)

    def tell_failed(self, number: int, error: str, *, is_poor: bool = False) -> TrialRecord:
        """Nothing came of it.

        Parameters
        ----------
        is_poor
            Whether the settings are to blame, as where the loss diverged: the sampler then keeps away from them.
        """
        self._set_of_trial(number, ERROR, error)
        states = self._optuna.trial.TrialState
        return self._tell(number, state=states.PRUNED if is_poor else states.FAIL)

    def tell_cut_off(self, number: int) -> TrialRecord:
        """The budget ended before it did."""
        self._set_of_trial(number, AGAIN, value=True)
        return self._tell(number, state=self._optuna.trial.TrialState.FAIL)

    def put_back(self, number: int) -> TrialRecord:
        """It was cut off, and the same settings are tried again before any others."""
        told = self.tell_cut_off(number)
        if told.params:
            self._study.enqueue_trial(dict(told.params))
        return told

    def _enqueue_point(self) -> bool:
        """Let the next trial be a point of the grid that none has had; whether there is one."""
        if self._study.get_trials(deepcopy=False, states=(self._optuna.trial.TrialState.WAITING,)):
            return True
        if self._untried is None:
            # Read once: nobody else begins trials of this search meanwhile.
            self._untried = self._points_left()
        point = self._point = self._point or next(self._untried, None)
        if point is not None:
            # Held until it is there: the store may be away.
            self._study.enqueue_trial(dict(point))
            self._point = None
        return point is not None

    def _points_left(self) -> Iterator[Mapping[str, Any]]:
        """In no order, so that a grid that time cuts off has been everywhere."""
        points, names = grid_of(self.plan.config, self.plan.space).points, [varied.name for varied in self.plan.space]
        trials = (trial for trial in self.standing().trials if trial.state is not TrialState.STOPPED)
        tried = {tuple(map(trial.params.get, names)) for trial in trials}
        order = np.random.default_rng(self.plan.config.seed).permutation(len(points))
        return (points[index] for index in order if tuple(points[index].values()) not in tried)

    def _make_sampler(self) -> "optuna.samplers.BaseSampler":
        # Another seed whenever it goes on: the same one would draw the same trials again.
        trials = self.frozen()
        seed = int(np.random.SeedSequence([self.plan.config.seed, len(trials)]).generate_state(1)[0])
        if self.plan.sampler is not Sampler.TPE:
            return self._optuna.samplers.RandomSampler(seed=seed)
        skipped = sum(trial.state.name == "PRUNED" and RUN not in trial.user_attrs for trial in trials)
        return self._optuna.samplers.TPESampler(seed=seed, n_startup_trials=FIRST_TRIALS + skipped, constant_liar=True)

    def _make_pruner(self) -> "optuna.pruners.BasePruner":
        if not self.plan.can_prune:
            return self._optuna.pruners.NopPruner()
        return self._optuna.pruners.MedianPruner(
            n_startup_trials=TRIALS_BEFORE_PRUNING, n_warmup_steps=EPOCHS_BEFORE_PRUNING - 1
        )

    def _set(self, key: str, value: Any) -> None:
        self._study.set_user_attr(key, value)

    def _tell(
        self, number: int, val_accuracy: float | None = None, state: "optuna.trial.TrialState | None" = None
    ) -> TrialRecord:
        """Tell the result of a trial; one that was told, the answer of the store being lost, is told again."""
        return TrialRecord.of(self._study.tell(number, val_accuracy, state, skip_if_finished=True))

    def _set_of_trial(self, number: int, key: str, value: Any) -> None:
        storage, study_id = self._study._storage, self._study._study_id  # noqa: SLF001 - there is no other way to it
        # Of one that was told already, as above, this is kept.
        with suppress(self._optuna.exceptions.UpdateFinishedTrialError):
            storage.set_trial_user_attr(storage.get_trial_id_from_study_id_trial_number(study_id, number), key, value)
