"""The search, its book, and what becomes of trials: with a trainer that only pretends."""

import itertools
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from core.config import TrainConfig
from core.engine.job import SCHEDULER_LOST, WORKER_LOST, TrainingJob
from core.engine.recorder import NOT_KEPT
from core.errors import ConfigError, DivergedError, RunError, SearchError
from core.runs.schema import DATABASE_FILE
from core.runs.status import RunOrigin, RunStatus
from core.runs.store import RunStore
from core.search.plan import Budget, Plan, Sampler
from core.search.records import PLAN, STORE_AWAY, UNEXPECTED, SearchStatus, TrialRecord, TrialState, said_of_skipped
from core.search.search import END_SECONDS, Search
from core.search.searches import Book, Searches, adopt
from core.search.space import read_space
from core.search.study import FIRST_TRIALS, MOST_SKIPPED, Asked, Study
from core.search.under_way import LOST_AGAIN, MOST_FAILURES
from core.settings import Settings
from scripts.serve import wait_until
from tests.core.search.fakes import BASE, EPOCHS, FakeTrainer, by_dropout, plan_of

NO_DECAY = ("backend=torch,numpy", "weight_decay=0.0001:0.1:log")
"""No draw with NumPy can be trained."""
RARE = (
    "backend=numpy",
    "optimizer=adam,adamw",
    "batch_norm=true,false",
    "architecture=mlp,cnn",
    "mixup=0,0.1,0.2,0.3,0.4,0.5",
)
"""Of 48 combinations one can be trained."""


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the tables of both: Optuna takes as long to make its own as to search in them."""
    settings = Settings.from_environment({"DIGITLAB_HOME": str(tmp_path_factory.mktemp("tables"))})
    store = RunStore(settings)
    Book(store)
    with store.database.connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    store.close()
    return settings.home / DATABASE_FILE


@pytest.fixture
def settings(settings: Settings, tables: Path) -> Settings:
    settings.make_home()
    shutil.copy(tables, settings.home)
    return settings


@pytest.fixture
def book(store: RunStore) -> Book:
    return Book(store)


@pytest.fixture
def trainer(store: RunStore) -> FakeTrainer:
    return FakeTrainer(store)


def search_of(study: Study, trainer: FakeTrainer, **options) -> Search:
    return Search(study, trainer, clock=trainer.clock, sleep=trainer.sleep, **options)


def run_search(book: Book, trainer: FakeTrainer, plan: Plan, **options) -> tuple[Study, list[TrialRecord]]:
    study = book.create(plan)
    return study, list(search_of(study, trainer, **options).run())


def in_memory(plan: Plan) -> Study:
    """A search that is only asked and told: the database is most of the time that this takes."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return Study.create(optuna.storages.InMemoryStorage(), plan, None)


def after_trials(trials: int, study: Study):
    return lambda: study.standing().ended >= trials


def states(trials: list[TrialRecord]) -> list[str]:
    return [trial.state.value for trial in trials]


@pytest.mark.slow
def test_a_search_trains_as_many_trials_as_it_may_and_finds_the_best(
    book: Book, trainer: FakeTrainer, store: RunStore
) -> None:
    study, told = run_search(book, trainer, plan_of(trials=7, prunes=False), session="a" * 32)
    assert states(told) == ["completed"] * 7
    runs = {run.run_id: run for run in store.runs()}
    assert len(runs) == 7
    for trial in told:
        run = runs[trial.run_id]
        assert (run.origin, run.study, run.owner) == (RunOrigin.SEARCH, study.name, "a" * 32)
        assert run.config == BASE.replace(**trial.params)
        assert trial.val_accuracy == run.val_accuracy == pytest.approx(by_dropout(run.config, 3))
        assert run.name == f"{study.name.rpartition('-')[0]}: trial {trial.number}"
        assert run.test_accuracy is None
    best = study.standing().best
    assert best is not None
    assert best.params["dropout"] == min(trial.params["dropout"] for trial in told)
    assert book.record(study.name).status is SearchStatus.COMPLETED


@pytest.mark.slow
def test_as_many_train_at_once_as_there_are_workers_and_one_waits(book: Book, trainer: FakeTrainer) -> None:
    most = 0
    study = book.create(plan_of(trials=6))
    for _ in search_of(study, trainer).run():
        most = max(most, len(trainer.under_way))
    assert most <= 3
    assert len(trainer.submitted) == 6


@pytest.mark.slow
def test_time_ends_a_search_and_what_is_under_way_is_cut_off(book: Book, trainer: FakeTrainer, store: RunStore) -> None:
    study, told = run_search(book, trainer, plan_of(minutes=0.2, prunes=False))
    record = book.record(study.name)
    assert record.status is SearchStatus.COMPLETED
    assert 12 <= record.spent <= 14
    # Two workers, an epoch a second, three epochs a trial and a second to begin each.
    assert states(told).count("completed") in (6, 7, 8)
    assert set(states(told)) == {"completed", "stopped"}
    assert {run.run_id for run in store.runs()} == {t.run_id for t in told if t.state is TrialState.COMPLETED}


@pytest.mark.slow
def test_a_search_has_a_winner_however_little_time_it_has(book: Book, trainer: FakeTrainer) -> None:
    study, told = run_search(book, trainer, plan_of(minutes=0.01))
    assert states(told).count("completed") >= 1
    assert study.standing().best is not None


@pytest.mark.slow
def test_what_is_worse_than_most_at_the_same_epoch_is_stopped(book: Book, trainer: FakeTrainer) -> None:
    plan = plan_of("dropout=0,0.01,0.02,0.03,0.04,0.5", sampler="grid", trials=100)
    study, told = run_search(book, trainer, plan)
    by_value = {trial.params["dropout"]: trial for trial in told}
    late = [trial for trial in told if trial.number >= 5 + 3]
    assert len(told) == 6
    assert states(told).count("completed") >= 5
    for trial in late:
        assert (trial.state is TrialState.PRUNED) == (trial.params["dropout"] > 0.02)
    best = study.standing().best
    assert best is not None
    assert best.params["dropout"] == 0
    assert by_value[0].state is TrialState.COMPLETED


@pytest.mark.slow
def test_hopeless_trials_are_pruned_and_never_the_best(book: Book, trainer: FakeTrainer) -> None:
    plan = plan_of("dropout=0:0.5", trials=14)
    study, told = run_search(book, trainer, plan)
    pruned = [trial for trial in told if trial.state is TrialState.PRUNED]
    assert pruned
    assert all(trial.val_accuracy is not None for trial in pruned)
    assert study.standing().best in study.standing().completed


@pytest.mark.slow
def test_settings_that_diverge_count_and_are_kept_away_from(book: Book, trainer: FakeTrainer) -> None:
    diverged = str(DivergedError(1, 5, 1.0))
    trainer.fails = lambda config: diverged if config.dropout > 0.1 else None
    study, told = run_search(book, trainer, plan_of(trials=12))
    failed = [trial for trial in told if trial.state is TrialState.FAILED]
    assert len(failed) > MOST_FAILURES
    assert {trial.error for trial in failed} == {diverged}
    # TPE learns from pruned trials, and never looks at failed ones.
    assert {frozen.state.name for frozen in study.frozen() if frozen.number in {t.number for t in failed}} == {"PRUNED"}


@pytest.mark.slow
def test_a_search_that_only_fails_ends_with_the_reason(book: Book, trainer: FakeTrainer) -> None:
    trainer.fails = lambda _: "There is no dataset “shapes”."
    study = book.create(plan_of(trials=50))
    with pytest.raises(
        SearchError, match="5 trials failed one after the other, the last one with: There is no dataset"
    ):
        list(search_of(study, trainer).run())
    record = book.record(study.name)
    assert (record.status, record.error[:8]) == (SearchStatus.FAILED, "5 trials")
    assert len(trainer.submitted) <= MOST_FAILURES + 3


def go_away(book: Book, is_away: Callable[[], bool], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let whatever Optuna asks of its database fail while it is away."""

    def refuse(*_: Any) -> None:
        if is_away():
            raise OperationalError("UPDATE", {}, Exception("database is locked"))

    event.listen(book.storage._backend.engine, "before_cursor_execute", refuse)
    # New trials are tried five times, with pauses by chance.
    monkeypatch.setattr("optuna.storages._rdb.storage.time", SimpleNamespace(sleep=lambda _: None))


@pytest.mark.parametrize("failing", [37, 61])
def test_a_search_loses_nothing_to_a_store_that_is_away_at_any_moment(
    book: Book, trainer: FakeTrainer, store: RunStore, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    study = book.create(plan_of("dropout=0,0.1,0.2", "bias=true,false", sampler="grid", trials=100, prunes=False))
    search, asked = search_of(study, trainer), itertools.count(1)
    is_away = {"now": True}
    # At its beginning for a while, and then at one question of so many.
    go_away(book, lambda: is_away["now"] and (trainer.now < 5 or next(asked) % failing == 0), monkeypatch)
    told = list(search.run())
    is_away["now"] = False
    trials = study.standing().trials
    done = [tuple(trial.params.values()) for trial in trials if trial.state is TrialState.COMPLETED]
    assert sorted(done) == sorted(itertools.product((0, 0.1, 0.2), (True, False)))
    assert {trial.state for trial in trials} <= {TrialState.COMPLETED, TrialState.STOPPED}
    assert states(told).count("completed") == len(store.runs()) == 6
    assert {trial.run_id for trial in trials if trial.state is TrialState.COMPLETED} == {
        run.run_id for run in store.runs()
    }
    assert book.record(study.name).status is SearchStatus.COMPLETED


def test_a_search_whose_store_stays_away_ends_with_the_reason_and_can_go_on(
    book: Book, trainer: FakeTrainer, store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = book.create(plan_of(trials=3, prunes=False))
    is_away = {"now": False}
    go_away(book, lambda: is_away["now"], monkeypatch)
    running = search_of(study, trainer).run()
    next(running)
    is_away["now"] = True
    with pytest.raises(SearchError, match=STORE_AWAY[:30]):
        list(running)
    assert trainer.under_way == []
    is_away["now"] = False
    # Its end could not be kept either: it still seems to run, in this very process.
    assert book.record(study.name).status is SearchStatus.RUNNING
    book.at_work = {study.name}
    assert book.record(study.name).status is SearchStatus.RUNNING
    book.at_work = ()
    for record in (book.record(study.name), *book.records()):
        assert (record.status, record.error) == (SearchStatus.FAILED, UNEXPECTED)
    again = book.to_go_on_with(study.name)
    list(search_of(again, trainer).run())
    record, standing = book.record(study.name), again.standing()
    assert (record.status, record.error) == (SearchStatus.COMPLETED, "")
    assert (standing.ended, len(standing.completed)) == (3, 3)
    assert {trial.state for trial in standing.trials} == {TrialState.COMPLETED, TrialState.STOPPED}


def test_a_search_keeps_how_it_ended_once_the_store_is_back(
    book: Book, trainer: FakeTrainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = book.create(plan_of(trials=50, prunes=False))
    end: list[float] = []
    go_away(book, lambda: bool(end) and trainer.now < end[0] + END_SECONDS - 5, monkeypatch)
    search = search_of(study, trainer, should_stop=lambda: bool(end))
    running = search.run()
    next(running)
    end.append(trainer.now)
    list(running)
    assert book.record(study.name).status is SearchStatus.STOPPED


def test_runs_that_a_store_that_was_away_cost_are_no_failures_of_a_search(
    book: Book, trainer: FakeTrainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer.workers = MOST_FAILURES + 1
    study = book.create(plan_of(trials=MOST_FAILURES + 1, prunes=False))
    is_away = {"now": False}
    go_away(book, lambda: is_away["now"], monkeypatch)

    def asleep(seconds: float) -> None:
        is_away["now"] = trainer.now in (2, 3)
        if trainer.now == 3:
            trainer.lose, trainer.loss = set(range(MOST_FAILURES + 1)), NOT_KEPT
        trainer.sleep(seconds)

    told = list(Search(study, trainer, clock=trainer.clock, sleep=asleep).run())
    assert states(told).count("stopped") == states(told).count("completed") == MOST_FAILURES + 1
    assert book.record(study.name).status is SearchStatus.COMPLETED


@pytest.mark.parametrize("is_stopped", [True, False])
def test_a_search_that_another_process_took_over_meanwhile_is_left_to_it(
    book: Book, trainer: FakeTrainer, is_stopped: bool
) -> None:
    """Nobody has looked since: it is stopped, or its time is over, before it would."""
    study = book.create(plan_of(minutes=0.1, prunes=False))
    stop: list[str] = []

    def asleep(seconds: float) -> None:
        if trainer.now == 4:
            book.open(study.name).begin("another")
            stop.append("now")
            trainer.now += 0 if is_stopped else 10
        trainer.sleep(seconds)

    search = Search(study, trainer, should_stop=lambda: is_stopped and bool(stop), clock=trainer.clock, sleep=asleep)
    with suppress(SearchError):
        list(search.run())
    record, trials = book.record(study.name), study.standing().trials
    assert (record.server, record.spent) == ("another", 0.0)
    assert {TrialState.RUNNING} <= {trial.state for trial in trials} <= {TrialState.RUNNING, TrialState.COMPLETED}
    assert "WAITING" not in {trial.state.name for trial in study.frozen()}
    assert trainer.under_way == []


def test_a_search_whose_beginning_was_kept_but_never_confirmed_can_begin_and_end(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = book.create(plan_of(trials=2))
    keep = study._study.set_user_attr

    def unanswered(key: str, value: object) -> None:
        keep(key, value)
        raise OperationalError("COMMIT", {}, Exception("the connection is lost"))

    with monkeypatch.context() as patch:
        patch.setattr(study._study, "set_user_attr", unanswered)
        with pytest.raises(OperationalError):
            study.begin("this")
    study.check_mine()
    study.begin("this")
    study.check_mine()
    study.end(SearchStatus.STOPPED, 0.0)
    with pytest.raises(SearchError, match="continues in another process"):
        study.check_mine()


def test_of_two_that_continue_with_a_search_the_second_is_refused(book: Book, trainer: FakeTrainer) -> None:
    study = book.create(plan_of(trials=2, prunes=False))
    late = book.to_go_on_with(study.name)
    study.begin("another")
    with pytest.raises(SearchError, match="is already running"):
        list(search_of(late, trainer).run())
    assert (book.open(study.name).record().server, trainer.submitted) == ("another", [])
    study.end(SearchStatus.STOPPED, 0.0)
    assert len(list(search_of(late, trainer).run())) == 2


def test_a_grid_is_not_done_while_a_combination_is_to_be_tried_again(
    book: Book, trainer: FakeTrainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last one under way is interrupted, and its run cannot go on."""

    def damaged(run_id: str, *, session: str) -> TrainingJob:
        raise RunError(f"The checkpoint of run “{run_id}” is damaged.")

    monkeypatch.setattr(trainer, "resume", damaged)
    trainer.lose = {1}
    study, told = run_search(book, trainer, plan_of("dropout=0,0.1", sampler="grid", trials=10, prunes=False))
    assert sorted(states(told)) == ["completed", "completed", "stopped"]
    assert sorted(trial.params["dropout"] for trial in study.standing().completed) == [0, 0.1]


def one_after_the_other(trainer: FakeTrainer, *lost: int, loss: str = WORKER_LOST) -> None:
    """One worker and no trial ahead: jobs begin in the order in which they were queued."""
    trainer.workers, trainer.room, trainer.loss = 1, 1, loss
    trainer.lose, trainer.lose_after = set(lost), 2


@pytest.mark.slow
@pytest.mark.parametrize("behind", [0, 1, 2])
def test_a_trial_whose_worker_went_away_goes_on_from_its_last_checkpoint(
    book: Book, trainer: FakeTrainer, store: RunStore, monkeypatch: pytest.MonkeyPatch, behind: int
) -> None:
    """Every epoch is in the store and in the study once, also one that is trained again."""
    reported: list[tuple[int, int]] = []
    report = Asked.report

    def counted(asked: Asked, epoch: int, val_accuracy: float) -> None:
        reported.append((asked.number, epoch))
        report(asked, epoch, val_accuracy)

    monkeypatch.setattr(Asked, "report", counted)
    one_after_the_other(trainer, 0)
    trainer.behind = behind
    study, told = run_search(book, trainer, plan_of(trials=2, prunes=False))
    assert [(trial.number, trial.state.value) for trial in told] == [(0, "completed"), (1, "completed")]
    assert trainer.submitted[0].run_id == trainer.submitted[1].run_id == told[0].run_id
    assert reported == [(number, epoch) for number in (0, 1) for epoch in range(1, EPOCHS + 1)]
    for trial, frozen in zip(told, study.frozen(), strict=True):
        epochs = store.get(trial.run_id).epochs
        assert [metrics.epoch for metrics in epochs] == list(range(1, EPOCHS + 1))
        assert frozen.intermediate_values == {metrics.epoch: metrics.val_accuracy for metrics in epochs}


@pytest.mark.slow
def test_a_trial_that_loses_its_worker_twice_fails_and_the_search_goes_on(
    book: Book, trainer: FakeTrainer, store: RunStore
) -> None:
    one_after_the_other(trainer, 0, 1)
    study, told = run_search(book, trainer, plan_of(trials=3, prunes=False))
    assert states(told) == ["failed", "completed", "completed"]
    assert told[0].error == study.standing().trials[0].error == LOST_AGAIN
    assert len(trainer.submitted) == 4
    assert store.get(told[0].run_id).status is RunStatus.INTERRUPTED


def test_a_scheduler_that_goes_away_again_and_again_costs_no_trial(book: Book, trainer: FakeTrainer) -> None:
    one_after_the_other(trainer, 0, 1, 2, loss=SCHEDULER_LOST)
    _, told = run_search(book, trainer, plan_of(trials=1, prunes=False))
    assert states(told) == ["completed"]
    assert len({job.run_id for job in trainer.submitted}) == 1


@pytest.mark.slow
def test_a_trial_that_cannot_go_on_is_tried_again_from_its_beginning(
    book: Book, trainer: FakeTrainer, store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(run_id: str, *, session: str) -> TrainingJob:
        raise RunError(f"The checkpoint of run “{run_id}” is damaged.")

    monkeypatch.setattr(trainer, "resume", damaged)
    trainer.lose = {0}
    _, told = run_search(book, trainer, plan_of(trials=4, prunes=False))
    assert states(told).count("stopped") == 1
    assert states(told).count("completed") == 4
    lost = next(trial for trial in told if trial.state is TrialState.STOPPED)
    again = [trial for trial in told if trial.params == lost.params]
    assert states(again) == ["stopped", "completed"]
    assert not store.exists(lost.run_id)


@pytest.mark.slow
def test_a_run_that_is_stopped_by_hand_counts_as_failed(book: Book, trainer: FakeTrainer) -> None:
    study = book.create(plan_of(trials=3, prunes=False))
    running = search_of(study, trainer).run()
    first = next(running)
    trainer.under_way[0].stop()
    told = [first, *running]
    assert sorted(states(told)) == ["completed", "completed", "failed"]
    assert "Its run was stopped by hand." in {trial.error for trial in told}


def test_a_session_with_too_many_runs_waits(book: Book, trainer: FakeTrainer) -> None:
    trainer.room = 1
    study, told = run_search(book, trainer, plan_of(trials=3, prunes=False))
    assert states(told) == ["completed"] * 3
    assert len(study.standing().trials) == 3


@pytest.mark.slow
def test_a_stopped_search_goes_on_with_the_same_settings_first(
    book: Book, trainer: FakeTrainer, store: RunStore
) -> None:
    study = book.create(plan_of(trials=8, prunes=False))
    told = list(search_of(study, trainer, should_stop=after_trials(3, study)).run())
    cut_off = [dict(trial.params) for trial in told if trial.state is TrialState.STOPPED]
    record = book.record(study.name)
    assert record.status is SearchStatus.STOPPED
    assert len(cut_off) == 3
    done = states(told).count("completed")
    assert len(store.runs()) == done

    again = book.to_go_on_with(study.name)
    later = list(search_of(again, trainer).run())
    assert [dict(trial.params) for trial in again.standing().trials if trial.number >= len(told)][:3] == cut_off
    assert states(later) == ["completed"] * (8 - done)
    assert again.standing().ended == 8
    assert book.record(study.name).spent > record.spent
    drawn = [tuple(trial.params.items()) for trial in again.standing().trials if trial.state is TrialState.COMPLETED]
    assert len(set(drawn)) == 8, "another seed than before, or the same trials would be drawn again"


@pytest.mark.slow
def test_a_search_whose_server_was_killed_is_interrupted_and_goes_on(store: RunStore, open_store) -> None:
    other = open_store()
    study = Book(other).create(plan_of(trials=4, prunes=False))
    killed = FakeTrainer(other)
    running = search_of(study, killed).run()
    next(running)
    left = [trial for trial in study.standing().trials if trial.state is TrialState.RUNNING]
    book = Book(store)
    assert book.record(study.name).status is SearchStatus.RUNNING
    with pytest.raises(SearchError, match="is already running"):
        book.to_go_on_with(study.name)
    # What a kill does: nobody says goodbye, and the lock is gone.
    other._ownership.close()
    store.mark_interrupted()
    assert book.record(study.name).status is SearchStatus.INTERRUPTED

    again = book.to_go_on_with(study.name)
    told = list(search_of(again, FakeTrainer(store)).run())
    assert again.standing().ended == 4
    params = [dict(trial.params) for trial in told]
    assert all(dict(trial.params) in params for trial in left)
    assert not [trial for trial in left if store.exists(trial.run_id)]
    assert book.record(study.name).status is SearchStatus.COMPLETED

    # The first one was only asleep: it finds that another has gone on, and changes nothing.
    for job in killed.under_way:
        job.change(status=RunStatus.INTERRUPTED)
    with pytest.raises(SearchError, match="continues in another process"):
        list(running)
    assert book.record(study.name).status is SearchStatus.COMPLETED
    assert book.standing(study.name).ended == 4


@pytest.mark.slow
def test_a_grid_goes_everywhere_once_also_when_it_was_stopped(book: Book, trainer: FakeTrainer) -> None:
    plan = plan_of("dropout=0,0.1,0.2", "bias=true,false", sampler="grid", minutes=10, prunes=False)
    study = book.create(plan)
    list(search_of(study, trainer, should_stop=after_trials(2, study)).run())
    again = book.to_go_on_with(study.name)
    list(search_of(again, trainer).run())
    done = [tuple(trial.params.values()) for trial in again.standing().completed]
    assert sorted(done) == sorted((dropout, bias) for dropout in (0, 0.1, 0.2) for bias in (True, False))
    for more in (None, Budget.of(trials=100), Budget.of(minutes=60)):
        with pytest.raises(SearchError) as caught:
            book.to_go_on_with(study.name, more)
        assert str(caught.value) == (
            f"Search “{study.name}” has tried all 6 combinations of its grid: begin a new one to try other values."
        )
    assert book.record(study.name).plan == plan


@pytest.mark.slow
def test_more_budget_lets_a_search_go_on(book: Book, trainer: FakeTrainer) -> None:
    study, _ = run_search(book, trainer, plan_of(trials=2))
    with pytest.raises(SearchError, match="is spent: give it more minutes or trials"):
        book.to_go_on_with(study.name)
    with pytest.raises(SearchError, match="is spent: give it more minutes or trials"):
        book.to_go_on_with(study.name, Budget.of(trials=1))
    assert book.record(study.name).plan.budget == Budget(trials=2), "what was refused is not kept"
    more = book.to_go_on_with(study.name, Budget.of(trials=5))
    list(search_of(more, trainer).run())
    assert book.standing(study.name).ended == 5


@pytest.mark.slow
def test_a_grid_leaves_out_what_does_not_go_together_and_says_how_many(book: Book, trainer: FakeTrainer) -> None:
    plan = plan_of("backend=torch,numpy", "optimizer=adam,adamw", sampler="grid", trials=4, prunes=False)
    assert plan.most_trials == 3
    study, told = run_search(book, trainer, plan)
    assert states(told) == ["completed"] * 3
    done = sorted(tuple(trial.params.values()) for trial in told)
    assert done == [("numpy", "adam"), ("torch", "adam"), ("torch", "adamw")]
    assert said_of_skipped(study.plan, study.standing()) == (
        "1 combination cannot be trained and is skipped. "
        "The NumPy backend has SGD, momentum and Adam only: choose PyTorch for AdamW."
    )
    with pytest.raises(SearchError, match="has tried all 3 combinations of its grid"):
        book.to_go_on_with(study.name, Budget.of(trials=100))


@pytest.mark.slow
def test_what_does_not_go_together_costs_no_budget(book: Book, trainer: FakeTrainer, store: RunStore) -> None:
    study, told = run_search(book, trainer, plan_of(*NO_DECAY, trials=14, prunes=False))
    assert states(told) == ["completed"] * 14
    assert [run.config.backend for run in store.runs()] == ["torch"] * 14
    assert study.standing().ended == 14
    assert book.record(study.name).status is SearchStatus.COMPLETED
    skipped = [trial for trial in study.standing().trials if trial.state is TrialState.SKIPPED]
    assert len(skipped) == len(study.frozen()) - 14 > MOST_FAILURES
    assert {trial.params["backend"] for trial in skipped} == {"numpy"}
    assert said_of_skipped(study.plan, study.standing()) == (
        f"{len(skipped)} combinations cannot be trained and are skipped. "
        "The NumPy backend has no weight decay: choose PyTorch for it."
    )


def test_tpe_learns_what_does_not_go_together() -> None:
    """From its eleventh network on, it draws far fewer such settings than chance does."""
    numbers: dict[str, list[int]] = {"tpe": [], "random": []}
    for sampler, of_sampler in numbers.items():
        study = in_memory(plan_of(*NO_DECAY, sampler=sampler, trials=100))
        for _ in range(FIRST_TRIALS + 12):
            asked = study.ask()
            assert asked is not None
            asked.is_of("r-1")
            study.tell(asked.number, 0.5)
            of_sampler.append(asked.number)
    assert numbers["tpe"][:FIRST_TRIALS] == numbers["random"][:FIRST_TRIALS]
    later = {name: found[-1] - found[FIRST_TRIALS - 1] - 12 for name, found in numbers.items()}
    assert 3 * later["tpe"] <= later["random"]


def test_a_combination_in_48_is_looked_for_instead_of_waited_for() -> None:
    study = in_memory(plan_of(*RARE, sampler="tpe", trials=100))
    asked = study.ask()
    assert asked is not None
    assert (asked.config.backend, asked.config.optimizer, asked.config.mixup) == ("numpy", "adam", 0)
    assert asked.number <= MOST_SKIPPED


def test_a_space_with_nothing_to_train_ends_with_the_reason(book: Book, trainer: FakeTrainer) -> None:
    vary, sentence = ("backend=numpy", "weight_decay=0.1:0.2"), "The NumPy backend has no weight decay: choose PyTorch"
    for sampler in Sampler:
        with pytest.raises(ConfigError, match=sentence):
            plan_of(*vary, sampler=sampler, trials=3)
    # As an earlier version has begun it.
    study = book.create(Plan(BASE, read_space(vary, BASE), Budget(seconds=600.0), Sampler.TPE))
    with pytest.raises(ConfigError, match=sentence):
        list(search_of(study, trainer).run())
    record = book.record(study.name)
    assert record.status is SearchStatus.FAILED
    assert record.error == (
        "No combination of the values to try can be trained, for a reason such as this: "
        "The NumPy backend has no weight decay: choose PyTorch for it."
    )
    assert len(study.standing().trials) == study.standing().count(TrialState.SKIPPED) == MOST_SKIPPED
    assert trainer.submitted == []


def test_a_grid_reads_its_trials_once_however_many_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    study = in_memory(plan_of("dropout=0,0.1,0.2,0.3", "bias=true,false", sampler="grid", trials=100))
    read: list[int] = []
    of = TrialRecord.of
    monkeypatch.setattr(TrialRecord, "of", lambda trial: read.append(trial.number) or of(trial))
    points = []
    while (asked := study.ask()) is not None:
        points.append((asked.config.dropout, asked.config.bias))
    assert sorted(points) == sorted(itertools.product((0, 0.1, 0.2, 0.3), (True, False)))
    assert len(read) <= len(points)


@pytest.mark.slow
def test_a_trial_that_is_adopted_is_a_run_like_any_other(book: Book, trainer: FakeTrainer, store: RunStore) -> None:
    study, told = run_search(book, trainer, plan_of(trials=2), session="b" * 32)
    run = adopt(store, told[0].run_id, "a" * 32)
    assert (run.origin, run.owner, run.study) == (RunOrigin.TRAINED, "a" * 32, study.name)
    with pytest.raises(RunError, match="is not a finished trial of a search"):
        adopt(store, run.run_id, None)
    book.delete(study.name)
    assert [left.run_id for left in store.runs()] == [run.run_id]
    assert book.records() == []
    with pytest.raises(SearchError, match="There is no search"):
        book.record(study.name)


@pytest.mark.slow
def test_a_number_that_is_given_away_again_brings_nothing_of_the_former_search(
    book: Book, trainer: FakeTrainer, store: RunStore
) -> None:
    first, _ = run_search(book, trainer, plan_of(trials=2))
    assert book.standing(first.name).ended == 2
    Book(store).delete(first.name)
    second = Book(store).create(plan_of(trials=1), name=first.name)
    assert book.standing(second.name).ended == 0


@pytest.mark.parametrize("name", ["BAD", "a b", "x" * 64, "../x", "ünï"])
def test_a_name_is_a_name(book: Book, name: str) -> None:
    with pytest.raises(SearchError, match="lower-case letters, digits and hyphens"):
        book.create(plan_of(trials=1), name=name)


def test_two_searches_cannot_have_one_name(book: Book) -> None:
    book.create(plan_of(trials=1), name="mine")
    with pytest.raises(SearchError, match="There is already a search “mine”"):
        book.create(plan_of(trials=1), name="mine")


def test_what_somebody_else_keeps_in_optunas_tables_is_left_alone(book: Book) -> None:
    import optuna

    optuna.create_study(storage=book.storage, study_name="theirs")
    newer = book.create(plan_of(trials=1), name="newer")
    newer._set(PLAN, newer.plan.to_json().replace('"hidden_size"', '"mood"'))
    assert book.records() == []
    for name in ("theirs", "newer"):
        with pytest.raises(SearchError, match="cannot be read"):
            book.record(name)


@pytest.mark.slow
def test_a_server_searches_in_threads_one_for_each_session(book: Book, trainer: FakeTrainer) -> None:
    trainer.sleep(0)
    searches = Searches(book, SelfMoving(book.store))
    name = searches.start(plan_of(trials=10_000), "me")
    with pytest.raises(SearchError, match="You have a search under way"):
        searches.start(plan_of(trials=1), "me")
    other = searches.start(plan_of(trials=1), "you")
    wait_until(lambda: book.record(other).status is SearchStatus.COMPLETED, "the other search has ended")
    assert searches.is_here(name)
    with pytest.raises(SearchError, match="is running: stop it before you delete it"):
        book.delete(name)
    with pytest.raises(SearchError, match="is running: stop it before you delete it"):
        searches.delete(name)
    with pytest.raises(SearchError, match="is already running"):
        searches.resume(name, "somebody else")
    searches.stop(name)
    wait_until(lambda: not searches.is_here(name), "the search has stopped")
    assert book.record(name).status is SearchStatus.STOPPED
    searches.resume(name, "me", Budget.of(trials=book.standing(name).ended + 1))
    searches.close()
    assert book.record(name).status in (SearchStatus.STOPPED, SearchStatus.COMPLETED)


class SelfMoving(FakeTrainer):
    """Every run is complete as soon as it is looked at."""

    def submit(self, config: TrainConfig, **options):
        job = super().submit(config, **options)
        job.start()
        self.store.record_start(job.run_id, self.environment)
        while job.status is RunStatus.RUNNING:
            self._train(job)
        return job

    @property
    def environment(self):
        from tests.core.builders import ENVIRONMENT

        return ENVIRONMENT
