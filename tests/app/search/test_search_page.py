"""Search: what the form says is in the URL, what a search has found is on the board; nobody trains here."""

from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import closing

import pytest
from streamlit.testing.v1 import AppTest

from core.config import TrainConfig
from core.runs.status import RunOrigin
from core.runs.store import RunStore
from core.search.plan import Budget, Plan
from core.search.records import SearchStatus
from core.search.search import Search
from core.search.searches import Book, Searches
from core.search.study import Study
from tests.app.conftest import OpenPage, live_data
from tests.core.search.fakes import FakeTrainer, plan_of
from ui.search import charts
from ui.shell.background import Work

OTHER = "b" * 32


def search_done(
    store: RunStore,
    owner: str | None,
    trials: int = 6,
    vary: tuple[str, ...] = ("dropout=0:0.5", "optimizer=adam,sgd"),
    sampler: str = "random",
) -> Study:
    """A search that has ended, trained by nobody."""
    trainer = FakeTrainer(store)
    study = Book(store).create(plan_of(*vary, sampler=sampler, trials=trials, prunes=False), owner)
    list(Search(study, trainer, session=owner or "", clock=trainer.clock, sleep=trainer.sleep).run())
    return study


@pytest.fixture(autouse=True)
def importance(monkeypatch: pytest.MonkeyPatch) -> None:
    """What matters is known at once: a worker would load scikit-learn."""
    known: Future = Future()
    known.set_result({"dropout": 0.75, "optimizer": 0.25})
    monkeypatch.setattr(charts, "find_work", lambda _key: Work(known))


@pytest.fixture
def mine(store: RunStore, me: str) -> Iterator[Study]:
    study = search_done(store, me)
    yield study
    if study.name in {record.name for record in Book(store).records()}:
        Book(store).delete(study.name)


def button(page: AppTest, label: str):
    return next(one for one in page.button if one.label == label)


@pytest.mark.slow
def test_the_form_shows_what_the_address_says(open_page: OpenPage) -> None:
    page = open_page(
        "search",
        vary=["learning_rate=0.001:0.05:log", "optimizer=adam,sgd"],
        sampler="random",
        budget="trials",
        trials="7",
    )
    assert not page.warning
    assert page.multiselect("varied_settings").value == ["learning_rate", "optimizer"]
    assert page.select_slider("vary_learning_rate_1").value == (0.001, 0.05)
    assert page.session_state["vary_optimizer_values"] == ["adam", "sgd"]
    assert page.number_input("trials").value == 7
    page.select_slider("vary_learning_rate_1").set_range(0.002, 0.02).run()
    assert not page.exception
    assert page.query_params["vary"] == ["learning_rate=0.002:0.02:log", "optimizer=adam,sgd"]


def test_a_part_of_the_address_that_is_none_gets_a_sentence_and_the_rest_is_kept(open_page: OpenPage) -> None:
    page = open_page("search", vary=["dropout=0.1:0.4", "mood=1:2", "seed=1,2"])
    assert [warning.value for warning in page.warning] == [
        "There is no setting called “mood” to vary.",
        "Seed cannot be varied: the best of several seeds is luck, which no other run repeats.",
    ]
    assert page.multiselect("varied_settings").value == ["dropout"]
    assert page.query_params["vary"] == "dropout=0.1:0.4"


def test_what_has_no_effect_is_not_offered(open_page: OpenPage) -> None:
    page = open_page("search", architecture="linear")
    assert page.multiselect("varied_settings").value == ["learning_rate", "dropout"]
    assert "Hidden size" not in page.multiselect("varied_settings").options
    assert "vary" not in page.query_params, "the address leaves out what is usual"


@pytest.mark.slow
def test_start_hands_over_what_is_shown(
    open_page: OpenPage, me: str, mine: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[tuple[Plan, str]] = []

    def start(_self: Searches, plan: Plan, owner: str) -> str:
        begun.append((plan, owner))
        return mine.name

    monkeypatch.setattr(Searches, "start", start)
    page = open_page("search", study="", vary="dropout=0:0.3", epochs="3", budget="trials", trials="4", prune="false")
    button(page, "Start search").click().run()
    assert not page.exception
    ((plan, owner),) = begun
    assert [varied.text() for varied in plan.space] == ["dropout=0:0.3"]
    assert (plan.config, plan.budget.trials, plan.prunes, owner) == (TrainConfig(epochs=3), 4, False, me)
    assert page.query_params["study"] == mine.name


@pytest.mark.slow
def test_the_board_has_the_best_first(open_page: OpenPage, mine: Study) -> None:
    page = open_page("search")
    assert not page.exception
    assert page.selectbox("study").value == mine.name, "a browser’s own newest search"
    best = mine.standing().best
    assert best is not None
    shown = {metric.label: metric.value for metric in page.metric}
    assert shown["Trials"] == "6"
    assert shown["Best validation accuracy"].rstrip("%") in f"{100 * best.val_accuracy:.2f}"
    table = page.dataframe[0].value
    assert list(table["Validation"]) == sorted(table["Validation"], reverse=True)
    assert table["Trial"].iloc[0] == best.number
    assert table["Run"].iloc[0] == f"train?run={best.run_id}"
    assert "Dropout 75%, Optimiser 25%" in live_data(page, "search_importance")["alt"]
    for key in ("search_history", "search_slice", "search_parallel", "search_epochs"):
        assert live_data(page, key)["figure"]


@pytest.mark.slow
def test_the_winner_is_adopted_and_its_search_deleted(
    open_page: OpenPage, mine: Study, store: RunStore, me: str
) -> None:
    best = mine.standing().best
    assert best is not None
    page = open_page("search", study=mine.name)
    page.button("adopt_winner").click().run()
    assert not page.exception
    (said,) = page.success
    assert store.summary(best.run_id).title in said.value
    assert page.session_state["dropout"] == pytest.approx(best.params["dropout"]), "the sidebar has its settings"
    assert page.session_state["optimizer"] == best.params["optimizer"]
    (link,) = [link.proto for link in page.get("page_link")]
    assert f"run={best.run_id}" in link.query_string
    assert "training_size=100" in link.query_string
    run = store.summary(best.run_id)
    assert (run.origin, run.owner) == (RunOrigin.TRAINED, me)
    page = open_page("search", study=mine.name)
    page.button("delete_search").click().run()
    assert not page.exception
    assert [run.run_id for run in store.runs() if run.study == mine.name] == [best.run_id]
    store.delete(best.run_id)


@pytest.mark.slow
def test_another_sessions_search_can_be_looked_at_and_nothing_else(
    open_page: OpenPage, store: RunStore, me: str
) -> None:
    study = search_done(store, OTHER, trials=2)
    assert open_page("search").selectbox("study").value == "", "never another person’s by itself"
    page = open_page("search", study=study.name)
    assert page.metric[1].value == "2"
    assert button(page, "Stop search").disabled
    assert page.button("adopt_winner").disabled
    assert page.button("resume_search").disabled
    Book(store).delete(study.name)


def test_a_search_of_the_command_line_is_everybodys_unless_a_process_is_at_it_or_there_is_a_teacher(
    open_page: OpenPage, store: RunStore, me: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = search_done(store, None, trials=2)
    best = study.standing().best
    assert best is not None
    assert store.summary(best.run_id).owner is None
    page = open_page("search", study=study.name)
    assert any(
        option.startswith(study.name) and "from the command line" in option
        for option in page.selectbox("study").options
    )
    assert not page.button("resume_search").disabled

    with closing(RunStore(store.settings)) as elsewhere:
        study.begin(elsewhere.lease().server_id)
        page.run()
        assert button(page, "Stop search").disabled
        assert "Another process runs this search" in button(page, "Stop search").help
        assert page.button("resume_search").disabled
        assert "delete_search" not in {one.key for one in page.button}

    # This server’s own, and nobody is at it: its end could not be kept.
    study.begin(store.lease().server_id)
    page.run()
    assert any("It ended unexpectedly" in warning.value for warning in page.warning)
    assert button(page, "Stop search").disabled
    assert not page.button("resume_search").disabled
    assert not page.button("delete_search").disabled
    study.end(SearchStatus.COMPLETED, 1.0)

    with monkeypatch.context() as with_a_key:
        with_a_key.setattr("ui.shell.rights.has_key", lambda: True)
        page.run()
        assert page.button("adopt_winner").disabled
        assert "only a teacher can change it" in page.button("adopt_winner").help
        assert page.button("resume_search").disabled

    page.run()
    page.button("adopt_winner").click().run()
    assert not page.exception
    run = store.summary(best.run_id)
    assert (run.origin, run.owner) == (RunOrigin.TRAINED, me)
    page.button("delete_search").click().run()
    assert not page.exception
    assert study.name not in {record.name for record in Book(store).records()}
    store.delete(best.run_id)


def test_a_finished_grid_offers_nothing_that_cannot_work(open_page: OpenPage, store: RunStore, me: str) -> None:
    vary = ("backend=torch,numpy", "optimizer=adam,adamw,sgd")
    skipped = "1 combination cannot be trained and is skipped. The NumPy backend has SGD, momentum and Adam only"
    page = open_page("search", study="", vary=list(vary), sampler="grid")
    assert any(f"The grid has 6 combinations. {skipped}" in markdown.value for markdown in page.markdown)

    study = search_done(store, me, 4, vary, "grid")
    page = open_page("search", study=study.name)
    assert page.button("resume_search").label == "Search 1 trial more"
    assert not page.button("resume_search").disabled
    trainer = FakeTrainer(store)
    longer = Book(store).to_go_on_with(study.name, Budget.of(trials=100))
    list(Search(longer, trainer, session=me, clock=trainer.clock, sleep=trainer.sleep).run())
    page.run()
    assert "resume_search" not in {one.key for one in page.button}
    captions = [caption.value for caption in page.caption]
    assert "This search has tried all 5 combinations of its grid." in captions
    assert any(caption.startswith(skipped) for caption in captions)
    Book(store).delete(study.name)


@pytest.mark.slow
def test_what_a_search_that_was_cut_off_has_begun_does_not_run(open_page: OpenPage, store: RunStore, me: str) -> None:
    study = Book(store).create(plan_of("dropout=0:0.5", trials=6, prunes=False), me)
    study.begin("a server that is gone")
    assert study.ask() is not None
    page = open_page("search", study=study.name)
    assert list(page.dataframe[0].value["State"]) == ["interrupted"]
    Book(store).delete(study.name)


def test_a_search_that_is_gone_gets_a_sentence(open_page: OpenPage) -> None:
    page = open_page("search", study="no-such-thing")
    assert [warning.value for warning in page.warning] == [
        "There is no search “no-such-thing”: it may have been deleted."
    ]
