"""Class: what an exercise opens and fixes, who is in it by nickname, and whose runs are whose."""

import io
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from PIL import Image
from pydantic import SecretStr
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from core.classroom import board
from core.classroom.exercise import Exercise, read_exercise
from core.classroom.guesses import MOST_OF_ONE
from core.classroom.standings import counts
from core.config import TrainConfig
from core.data.catalogue import Catalogue
from core.data.dataset import DatasetEntry, ImageDataset, SourceDataset
from core.data.drawn import drawn_name, mark_of
from core.errors import DataError, NotYoursError
from core.runs.records import Run
from core.runs.status import RunStatus
from core.runs.store import RunStore
from tests.app.conftest import ROOT, OpenPage, discard, live_data
from tests.core.builders import make_run
from ui.classroom import board as class_board
from ui.classroom.feed import look_again
from ui.learn import challenges
from ui.live import share
from ui.shell import exercise as shell_exercise
from ui.shell import menu, navigation, rights, teacher
from ui.shell.resources import engine
from ui.shell.words import escape_markdown

OTHER = "b" * 32
KEY = "a secret of the staff room"
HOSTILE = ("**b** :red[z]", "<b>$a^2$</b>", "[x](//y.z) :tada:")
SETTINGS = tuple(name for name in TrainConfig.model_fields if name != "start_from")


def said(page: AppTest) -> str:
    parts = (*page.markdown, *page.caption, *page.warning, *page.error, *page.info)
    return "\n".join(str(part.value) for part in parts)


def labels(page: AppTest) -> list[str]:
    return [button.label for button in page.button]


@pytest.fixture
def theirs(store: RunStore) -> Iterator[Run]:
    """A run of another browser, in the exercise “wide”."""
    run = replace(make_run("their-run-000001", owner=OTHER, exercise="wide"), name="theirs")
    store.insert(run)
    yield run
    store.delete(run.run_id)
    for owner in (OTHER, "a" * 32):
        store.members.remove("wide", owner)


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> str:
    """This server has a teacher’s key."""
    settings = teacher.settings().model_copy(update={"teacher_key": SecretStr(KEY)})
    monkeypatch.setattr(teacher, "settings", lambda: settings)
    teacher._guesses.clear()
    return KEY


def give(page: AppTest, key: str) -> AppTest:
    page.text_input(key="class_key").input(key)
    (button,) = [button for button in page.button if button.label == "Unlock"]
    return button.click().run()


# --- what is open and what is fixed ---


def test_cold_it_explains_itself(open_page: OpenPage) -> None:
    page = open_page("class")
    assert "An exercise is a link." in said(page)
    assert not [*page.warning, *page.error]


def test_an_exercise_that_nobody_knows_is_named(open_page: OpenPage, theirs: Run) -> None:
    assert "Nobody has trained for “wiide” yet." in said(open_page("class", exercise="wiide"))
    assert "Nobody has trained" not in said(open_page("class", exercise="wide"))


def test_what_a_link_cannot_say_is_named_and_its_rest_holds(open_page: OpenPage) -> None:
    page = open_page("class", exercise="wide", pages="train,**x**", fix="hidden_size:64")
    (warning,) = page.warning
    assert warning.value == escape_markdown("There is no page “**x**”: this exercise cannot open it.")
    assert "Open pages: **Class, Train**" in said(page)
    assert "Fixed: Hidden size **64**" in said(page)
    assert page.query_params["pages"] == "train"


def test_a_page_that_is_left_out_says_so_and_leads_back(open_page: OpenPage) -> None:
    page = open_page("evaluate", exercise="wide", pages="train")
    assert [title.value for title in page.title] == ["Evaluate"]
    assert "The exercise “wide” does not include this page." in said(page)
    assert [link.proto.label for link in page.main.get("page_link")] == ["Back to the class"]
    assert not page.metric
    page.switch_page("class.py").run()
    assert page.query_params["exercise"] == "wide", "the exercise holds on every page of the session"


def test_a_page_that_comes_later_obeys_by_itself(open_page: OpenPage, monkeypatch, tmp_path) -> None:
    (tmp_path / "later.py").write_text("import streamlit as st\nst.title('Later')\nst.metric('Works', 1)\n")
    entry = menu.MenuPage(str(tmp_path / "later.py"), "Later", "later", "star")
    more = MappingProxyType({**menu.MENU, "Later": (entry,)})
    for module in (menu, navigation):
        monkeypatch.setattr(module, "MENU", more)
    shown = {query: at_later(query) for query in ("", "pages=train", "hide=later", "pages=later")}
    assert [len(page.metric) for page in shown.values()] == [1, 0, 0, 1]
    assert all([title.value for title in page.title] == ["Later"] for page in shown.values())
    assert not any(page.warning for page in shown.values())


def at_later(query: str) -> AppTest:
    """The made-up page, in an exercise with these limits."""
    page = AppTest.from_file(str(ROOT / "pages" / "main.py"), default_timeout=60)
    name, _, value = query.partition("=")
    if name:
        page.query_params["exercise"], page.query_params[name] = "wide", value
    # As a session of a browser would: AppTest finds pages beside the entry script only.
    page._page_hash = calc_hash("later")
    return page.run()


def test_every_setting_of_the_sidebar_can_be_fixed(open_page: OpenPage) -> None:
    page = open_page("train", exercise="wide", fix=[f"{name}" for name in SETTINGS], hidden_size="64")
    shown = {widget.key: widget for widget in (*page.sidebar.text_input, *page.sidebar.toggle)}
    assert {f"{name}_off" for name in SETTINGS} <= shown.keys()
    assert all(shown[f"{name}_off"].disabled for name in SETTINGS)
    assert {shown[f"{name}_off"].help for name in SETTINGS} == {"Fixed by the exercise “wide”."}
    assert not [*page.sidebar.select_slider, *page.sidebar.selectbox]
    assert any("Hidden size stays at 128" in info.value for info in page.info)
    assert "hidden_size" not in page.query_params


def test_every_setting_of_the_sidebar_can_be_hidden(open_page: OpenPage) -> None:
    page = open_page("train", exercise="wide", hide=",".join(SETTINGS), fix="hidden_size:64")
    widgets = (*page.sidebar.text_input, *page.sidebar.toggle, *page.sidebar.select_slider, *page.sidebar.selectbox)
    assert not [widget.key for widget in widgets]
    assert "**784 – 64 – 10**" in said(page)


def test_nothing_sets_what_is_fixed(open_page: OpenPage) -> None:
    page = open_page("train", exercise="wide", fix="hidden_size:64")
    (presets,) = [control for control in page.segmented_control if control.key == "train_preset"]
    presets.set_value("Better").run()
    assert page.sidebar.select_slider(key="hidden_layers").value == 2
    assert page.text_input(key="hidden_size_off").value == "64"
    assert "**784 – 64 – 64 – 10**" in said(page)


def test_no_other_setting_of_the_sidebar_undoes_what_is_fixed(open_page: OpenPage) -> None:
    page = open_page("train", exercise="wide", fix=["hidden_size:64", "mixup:0.4"], widths="2048", backend="numpy")
    assert "**784 – 64 – 10**" in said(page)
    for name in ("widths", "architecture", "backend"):
        assert page.text_input(key=f"{name}_off").disabled
    assert page.text_input(key="widths_off").help == "Fixed by the exercise “wide”."
    stays = ("Backend stays at torch", "Widths per layer stays at none")
    assert [info.value for info in page.info] == [
        escape_markdown(f"{words}: Fixed by the exercise “wide”.") for words in stays
    ]
    assert not {"widths", "backend"} & page.query_params.keys()
    assert "Architecture **Fully connected (MLP)**" in said(open_page("class", exercise="wide", fix="hidden_size:64"))


@pytest.fixture
def queued(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Run]]:
    """Runs that pages queue, which nobody trains; gone afterwards."""
    runs: list[Run] = []

    def submit(config: TrainConfig, *, session: str, exercise: str, **_: object) -> Run:
        runs.append(store.create(config, owner=session, exercise=exercise))
        return runs[-1]

    monkeypatch.setattr(engine(), "submit", submit)
    yield runs
    for run in runs:
        store.record_status(run.run_id, RunStatus.STOPPED)
        store.delete(run.run_id)
    look_again("wide")


def test_a_dataset_that_cannot_be_used_breaks_no_page(open_page: OpenPage, queued: list[Run], me: str) -> None:
    drawn = drawn_name(mark_of(OTHER), "somebody else’s")
    page = open_page("train", exercise="wide", fix=[f"dataset:{drawn}", "epochs:3"])
    for _ in range(2):
        (warning,) = page.warning
        assert warning.value == escape_markdown(
            "The exercise “wide” fixes Dataset at a value that cannot be used here. Somebody else drew these images: "
            "only they can see them. Here is MNIST instead. Runs trained this way do not count in the exercise."
        )
        assert not page.error
        assert page.text_input(key="dataset_off").value == "MNIST"
        assert page.text_input(key="epochs_off").value == "3"
        page.run()
    next(button for button in page.button if button.label == "Train").click().run()
    assert not [*page.error, *page.exception]
    (run,) = queued
    assert (run.config, run.exercise) == (TrainConfig(epochs=3), "wide")
    exercise = Exercise("wide", fixed=MappingProxyType({"dataset": drawn, "epochs": 3}))
    assert not counts(replace(run, val_accuracy=0.9), exercise)
    page.switch_page("class.py").run()
    assert f"Dataset **{escape_markdown(drawn)}**" in said(page)
    assert "Its dataset cannot be used here. Somebody else drew these images" in said(page)


@pytest.mark.parametrize("name", ["train", "search"])
def test_what_else_cannot_be_used_is_left_out_with_a_sentence(open_page: OpenPage, name: str) -> None:
    fix = ["dataset:atlantis", "corrections:1:5:3", "start_from:gone", "teacher:gone"]
    page = open_page(name, exercise="wide", fix=fix)
    instead_of = {
        "Dataset": "Here is MNIST",
        "Start from run": "Fresh weights",
        "Teacher": "This run has no teacher",
        "Corrected labels": "Here are the labels as published",
    }
    for title, instead in instead_of.items():
        (found,) = [one.value for one in page.warning if f"fixes {title} at a value that cannot be used" in one.value]
        assert instead in found
    assert not page.error
    assert page.text_input(key="teacher_off").value == ""
    assert page.number_input(key="epochs").value == 5


def test_what_the_environment_says_no_link_loosens(open_page: OpenPage, monkeypatch) -> None:
    fixed = MappingProxyType({"hidden_size": 32, "backend": "numpy"})
    limits = Exercise("", frozenset({"train"}), frozenset({"bias"}), fixed)
    monkeypatch.setattr(shell_exercise, "exercise_of_server", lambda: limits)
    link = {"exercise": "wide", "pages": "train,draw", "fix": ["hidden_size:64", "optimizer:adamw"]}
    page = open_page("train", **link)
    assert not page.error, "a link cannot ask for what there is not beside it"
    assert page.text_input(key="hidden_size_off").value == "32"
    assert page.text_input(key="optimizer_off").value == "Adam"
    assert page.text_input(key="hidden_size_off").help == "Fixed by the exercise “wide”."
    assert "The exercise “wide” does not include this page." in said(open_page("draw", **link))
    assert "This server does not include this page." in said(open_page("draw"))


@pytest.mark.slow
def test_a_run_of_an_exercise_keeps_what_is_fixed(open_page: OpenPage, store: RunStore, me: str) -> None:
    page = open_page("train", exercise="wide", fix=["hidden_size:8", "training_size:100"], epochs="1")
    next(button for button in page.button if button.label == "Train").click().run()
    run = store.summary(page.query_params["run"])
    discard_after = (run.exercise, run.owner, run.config.hidden_size, run.config.training_size, run.config.epochs)
    discard(store, run.run_id)
    assert discard_after == ("wide", me, 8, 100, 1)


# --- everybody by nickname ---


@pytest.mark.parametrize("nickname", HOSTILE)
def test_a_nickname_is_shown_as_it_was_typed(
    open_page: OpenPage, store: RunStore, theirs: Run, under_way: Run, me: str, nickname: str
) -> None:
    store.members.join("wide", OTHER, nickname)
    page = open_page("class", exercise="wide")
    page.text_input(key="class_nickname_wide").input("Mia")
    next(button for button in page.button if button.label == "Join").click().run()
    leaders, runs = (table.value for table in page.dataframe)
    assert list(leaders["Nickname"]) == [nickname, "Mia"]
    assert list(leaders["You"]) == ["", "✓"]
    assert list(leaders["Best validation"])[:1] == [75.0]
    assert sorted(runs["Nickname"]) == sorted([nickname, "Mia"])
    assert "**Mia** · my-run" in said(page)
    figure = live_data(page, "class_curves")["figure"]
    names = [trace["name"] for trace in json.loads(figure)["data"]]
    assert nickname.replace("<", "&lt;").replace(">", "&gt;") in names
    assert not any(nickname in part.value for part in page.markdown)
    assert not any(owner in repr(page.main) + figure for owner in (me, OTHER))


@pytest.fixture
def under_way(store: RunStore, me: str) -> Iterator[Run]:
    """A run of one's own that waits, in the exercise “wide”."""
    run = store.create(TrainConfig(), "my-run-000001", owner=me, exercise="wide")
    yield run
    store.record_status(run.run_id, RunStatus.STOPPED)
    store.delete(run.run_id)


def test_of_very_many_runs_the_newest_are_shown(
    open_page: OpenPage, store: RunStore, theirs: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(class_board, "_MOST_ROWS", 1)
    monkeypatch.setattr(board, "MOST_CURVES", 1)
    older = replace(theirs, run_id="older-run-000001", created=theirs.created - timedelta(hours=1), val_accuracy=0.99)
    store.insert(older)
    look_again("wide")
    page = open_page("class", exercise="wide")
    monkeypatch.setattr(board, "MOST_RUNS", 1)
    look_again("wide")
    fewer = open_page("class", exercise="wide")
    store.delete(older.run_id)
    look_again("wide")
    leaders, runs = (table.value for table in page.dataframe)
    assert list(leaders["Best validation"]) == [99.0], "all of them compete"
    assert list(leaders["Runs"]) == [2]
    assert list(runs["Run"]) == ["theirs"]
    assert "The newest 1 runs" in [header.value for header in page.header]
    figure = json.loads(live_data(page, "class_curves")["figure"])
    assert "the newest 1 runs" in figure["layout"]["title"]["text"]
    assert "left out" not in said(page)
    assert list(fewer.dataframe[0].value["Best validation"]) != [99.0]
    assert "the newest 1 run (older ones are left out here and on the leaderboard)" in said(fewer)


# --- whose runs are whose ---


def test_what_somebody_else_began_cannot_be_changed(open_page: OpenPage, store: RunStore, theirs: Run, me: str) -> None:
    # Whatever an address says of who one is, it is the cookie that counts.
    page = open_page("train", run=theirs.run_id, digitlab_browser=OTHER, owner=OTHER)
    stop = next(button for button in page.button if button.label == "Stop")
    assert stop.disabled
    changes = (
        lambda of: of.rename(theirs.run_id, "mine"),
        lambda of: of.remark(theirs.run_id, starred=True),
        lambda of: of.bin.put(theirs.run_id),
    )
    assert all(map(refused, [lambda change=change: change(rights.changeable(theirs.run_id)) for change in changes]))
    assert store.summary(theirs.run_id) == replace(theirs, epochs=())


def refused(change) -> bool:
    with pytest.raises(NotYoursError, match="somebody else started it"):
        change()
    return True


def test_nobodys_runs_are_everybodys_until_there_is_a_teacher(store: RunStore, me: str, monkeypatch, key: str) -> None:
    run = make_run("nobodys-run-000001")
    assert not rights.may_change(run)
    monkeypatch.setattr(rights, "has_key", lambda: False)
    assert rights.may_change(run)
    assert not rights.may_change(replace(run, exercise="wide"))
    assert rights.may_change(replace(run, owner=me, exercise="wide"))


@pytest.fixture
def datasets(home: Path, me: str) -> Iterator[dict[str, DatasetEntry]]:
    """A small dataset of this browser, one of another, and one that nobody owns."""
    found = {}
    for number, (whose, viewer) in enumerate({"mine": mark_of(me), "theirs": mark_of(OTHER), "nobodys": None}.items()):
        images = np.random.default_rng(number).integers(1, 255, (20, 28, 28), np.uint8)
        few = ImageDataset("few", images, np.arange(20, dtype=np.int64) % 2, ("a", "b"))
        found[whose] = Catalogue(home, viewer).add(SourceDataset(few), whose, "")
    yield found
    for entry in found.values():
        with suppress(DataError):
            Catalogue(home).delete(entry.name)


@pytest.mark.slow
def test_a_dataset_is_deleted_by_who_imported_it_or_a_teacher(
    open_page: OpenPage, home: Path, datasets: dict[str, DatasetEntry], monkeypatch
) -> None:
    theirs = datasets["theirs"]
    page = open_page("datasets", dataset=theirs.name)
    assert "Delete for good" not in labels(page)
    (button,) = [button for button in page.button if button.label == "Delete …"]
    assert button.disabled
    assert "somebody else imported it" in button.help
    with pytest.raises(NotYoursError, match="“theirs” stays: somebody else imported it on this server"):
        rights.deletable(theirs.name)
    for entry in (datasets["mine"], datasets["nobodys"]):
        assert "Delete for good" in labels(open_page("datasets", dataset=entry.name))
    assert "Delete for good" not in labels(open_page("datasets", dataset=datasets["nobodys"].name, exercise="wide"))
    assert "Delete for good" in labels(open_page("datasets", dataset=datasets["mine"].name, exercise="wide"))
    monkeypatch.setattr(rights, "is_teacher", lambda: True)
    page = open_page("datasets", dataset=theirs.name)
    next(button for button in page.button if button.label == "Delete for good").click().run()
    assert not page.exception
    with pytest.raises(DataError):
        Catalogue(home).entry(theirs.name)


@pytest.mark.slow
def test_a_teacher_gives_the_key_once_and_may_change_everything(
    open_page: OpenPage, store: RunStore, theirs: Run, me: str, key: str
) -> None:
    page = open_page("class", exercise="wide")
    assert "Create an exercise" not in [expander.label for expander in page.expander]
    give(page, "not the key at all")
    assert "That is not the key of this server." in said(page)
    assert "Lock again" not in labels(page)
    give(page, f" {key} ")
    assert "You are the teacher in this session" in said(page)
    assert "Create an exercise" in [expander.label for expander in page.expander]
    store.members.join("wide", OTHER, "Rude")
    look_again("wide")
    page.run().multiselect(key="class_removed").set_value(["Rude"]).run()
    page.button(key="class_remove").click().run()
    assert store.members.of("wide") == {}
    assert not any(
        key in str(place) for place in (page.main, page.query_params, dict(page.session_state._state.filtered_state))
    )
    page.switch_page("train.py")
    page.query_params["run"] = theirs.run_id
    assert "teacher in this session" not in said(page.run())
    page.switch_page("class.py").run()
    assert "You are the teacher in this session" in said(page)
    assert "You are the teacher" not in said(open_page("class", exercise="wide")), "another session is another"


def test_wrong_keys_are_counted(open_page: OpenPage, me: str, key: str) -> None:
    page = open_page("class")
    for _ in range(MOST_OF_ONE):
        give(page, "wrong")
    assert "Too many wrong keys: try again in 10 min." in said(give(page, key))
    assert "You are the teacher" not in said(open_page("class"))


def test_challenges_are_solved_by_ones_own_runs(store: RunStore, theirs: Run, me: str, key: str, monkeypatch) -> None:
    nobodys, mine = make_run("nobodys-run-000001"), make_run("my-run-000002", owner=me)
    for run in (nobodys, mine):
        store.insert(run)

    def counted() -> set[str]:
        return {run.run_id for run in challenges.whole_runs()} & {nobodys.run_id, mine.run_id, theirs.run_id}

    assert counted() == {mine.run_id}
    monkeypatch.setattr(challenges, "has_key", lambda: False)
    assert counted() == {mine.run_id, nobodys.run_id}
    for run in (nobodys, mine):
        store.delete(run.run_id)


# --- sharing ---


@pytest.mark.slow
def test_every_page_shares_what_its_address_holds(open_page: OpenPage, monkeypatch) -> None:
    monkeypatch.setattr(type(share.st.context), "url", "https://lab.example/school/explore")
    page = open_page("explore", view="statistics", exercise="wide", fix=["widths:8,4", "bias:false"])
    assert not page.get("imgs")
    page.session_state["share_opened"] = True
    page.run()
    link = "https://lab.example/school/explore?view=statistics&exercise=wide&fix=widths:8,4&fix=bias:false"
    assert [code.value for code in page.code] == [link]
    assert live_data(page, "share_copy")["buttons"][0]["text"] == link
    assert "opens on this machine only" not in said(page)
    monkeypatch.setattr(type(share.st.context), "url", "http://localhost:8501/explore")
    assert "opens on this machine only" in said(page.run())


def test_a_code_is_what_a_scanner_reads() -> None:
    link = "https://lab.example/school/class?exercise=wide&fix=widths:8,4"
    picture = np.asarray(Image.open(io.BytesIO(share.qr_code(link))).convert("L"))
    margin = 4 * 6
    assert set(np.unique(picture)) == {0, 255}
    assert (picture[:margin] == 255).all()
    assert (picture[margin : margin + 7 * 6, margin : margin + 6] == 0).all(), "the edge of a finder pattern"
    assert share.qr_code("x" * 5_000) is None


def test_a_teacher_makes_an_exercise(open_page: OpenPage, monkeypatch) -> None:
    monkeypatch.setattr(type(share.st.context), "url", "https://lab.example/class")
    page = open_page("class", hidden_size="64")
    page.session_state["class_maker"] = True
    page.session_state["hidden_size"] = 64
    page.run()
    page.text_input(key="class_make_name").input("Wide or deep?")
    page.multiselect(key="class_make_pages").set_value(["train", "draw"])
    page.multiselect(key="class_make_fixed").set_value(["hidden_size"])
    page.multiselect(key="class_make_hidden").set_value(["backend"])
    page.run()
    (link,) = [code.value for code in page.code]
    query = parse_qs(urlsplit(link).query)
    exercise, complaints = read_exercise(query, menu.titles())
    assert complaints == []
    limits = (frozenset({"class", "train", "draw"}), frozenset({"backend"}), {"hidden_size": 64})
    assert (exercise.name, exercise.pages, exercise.hidden, dict(exercise.fixed)) == ("wide-or-deep", *limits)


def test_an_exercise_is_not_made_for_ones_own_drawings(open_page: OpenPage, me: str) -> None:
    page = open_page("class")
    page.session_state["class_maker"] = True
    page.session_state["dataset"] = drawn_name(mark_of(me), "mine")
    page.run()
    page.text_input(key="class_make_name").input("mine")
    page.run()
    assert len(page.code) == 1
    page.multiselect(key="class_make_fixed").set_value(["dataset"]).run()
    assert not page.code
    assert [error.value for error in page.error] == [
        "Nobody but you can use your drawings: choose another dataset on Train, or do not fix Dataset."
    ]
