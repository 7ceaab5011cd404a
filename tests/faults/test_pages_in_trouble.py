"""What a visitor sees, in a real browser, when a worker, a file or the database goes away under the server."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Page, expect

from core.runs.archive import bring_in_demo
from core.runs.records import DEMO_RUN_ID
from core.runs.store import RunStore
from scripts.serve import (
    Server,
    is_healthy,
    running_browser,
    running_server,
    start_server,
    wait_until_settled,
    workers_of,
)
from soak.clicks import walk
from soak.crowd import Crowd, gather
from soak.faults import Outcome, Plan
from tests.browsing import TO_SHARE, Session
from tests.faults.conftest import settings_for, wait_until
from tests.machine import on_a_known_machine
from ui.shell.faults import CALM_MESSAGE, LOG_FILE


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    with running_browser(*TO_SHARE) as chromium:
        yield Session(chromium, 60_000)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One for all: what a test takes away it gives back."""
    with running_server(
        on_a_known_machine(tmp_path_factory.mktemp("home")), environment={"DIGITLAB_WORKERS": "1"}
    ) as started:
        yield started


@pytest.fixture
def visit(session: Session) -> Iterator[Callable[[str], Page]]:
    def open_it(url: str) -> Page:
        page = session.new_page(url)
        page.goto(url)
        wait_until_settled(page)
        return page

    yield open_it
    session.forget()


def test_damaged_weights_get_a_sentence(server: Server, visit: Callable[[str], Page]) -> None:
    """Before any page has read them: what was read whole once is kept in memory."""
    store = RunStore(settings_for(server.home))
    bring_in_demo(store)
    weights = store.files.folder(DEMO_RUN_ID) / "checkpoint.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(b"\x80\x04 not weights")
    try:
        page = visit(f"{server.url}/draw?run=demo")
        expect(page.get_by_text("cannot be read").first).to_be_visible()
    finally:
        weights.write_bytes(whole)
    assert "Traceback" not in page.content()
    assert is_healthy(server)


def test_killed_worker_is_said_at_once_and_one_click_goes_on(server: Server, visit: Callable[[str], Page]) -> None:
    said = len(server.output())
    page = visit(f"{server.url}/train?epochs=200&training_size=20000")
    page.get_by_role("button", name="Train", exact=True).click()
    store = RunStore(settings_for(server.home))
    wait_until(lambda: any(run.epochs_done >= 2 for run in store.runs() if not run.is_demo), "two epochs")
    for worker in workers_of(psutil.Process(server.process.pid)):
        worker.kill()
    page.get_by_text("The worker process that trained it was lost.").wait_for()
    page.get_by_role("button", name="Continue from its last epoch").click()
    # What was said goes, and what stands below it moves: a click meanwhile would miss.
    expect(page.get_by_text("The worker process that trained it was lost.")).to_have_count(0)
    wait_until_settled(page)
    # Both cores may be busy while new workers import PyTorch.
    page.get_by_test_id("stMain").get_by_text("Learning", exact=True).first.wait_for(timeout=150_000)
    # Streamlit has a button of this name in its header while a script runs.
    page.get_by_test_id("stMain").get_by_role("button", name="Stop", exact=True).click()
    page.get_by_text("Stopped after").first.wait_for()
    assert "Traceback" not in server.output()[said:]


def test_a_crowd_sees_its_own_runs_and_digits(server: Server) -> None:
    """A sample of ``make soak``: six sessions at once, two of them training, without a browser."""
    said, outcome = len(server.output()), Outcome()
    gather(Crowd(server, outcome), Plan(3, 6, 3.0), browsers=0, is_forgotten=False)
    assert [loss.what for loss in outcome.losses] == []
    assert outcome.figures["most sessions"] >= 6
    assert "Traceback" not in server.output()[said:]


def test_whoever_clicks_on_whatever_there_is_breaks_nothing(server: Server, session: Session) -> None:
    """A sample of ``make soak``."""
    outcome = Outcome()
    walk(server, session.context.browser, 11, outcome, steps=6)
    assert [loss.what for loss in outcome.losses] == []
    assert outcome.figures["clicks"] > 0


@contextmanager
def without_table(database: Path, name: str) -> Iterator[None]:
    """A database that lacks a table meanwhile."""

    def rename(old: str, new: str) -> None:
        with closing(sqlite3.connect(database)) as connection, connection:
            connection.execute(f"ALTER TABLE {old} RENAME TO {new}")

    rename(name, "gone")
    try:
        yield
    finally:
        rename("gone", name)


def test_broken_database_gives_a_calm_message_and_the_log_its_traceback(
    server: Server, visit: Callable[[str], Page]
) -> None:
    log_file = server.home / LOG_FILE
    visit(server.url)
    said, logged = len(server.output()), len(log_file.read_text()) if log_file.exists() else 0
    with without_table(server.home / "digitlab.db", "epochs"):
        page = visit(f"{server.url}/evaluate?run=demo")
        expect(page.get_by_text(CALM_MESSAGE)).to_be_visible()
    assert "no such table" not in page.content()
    for log in (server.output()[said:], log_file.read_text()[logged:]):
        assert "Traceback" in log
    assert is_healthy(server)


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("DIGITLAB_WORKERS", "many", "DIGITLAB_WORKERS must be a whole number from 1 to 999,999,999, not “many”."),
        ("DIGITLAB_HOME", __file__, f"Nothing can be written to {__file__}: File exists."),
    ],
)
def test_setting_that_cannot_be_ends_the_server_with_a_sentence(
    tmp_path: Path, variable: str, value: str, sentence: str
) -> None:
    server = start_server(tmp_path, environment={variable: value}, wait=False)
    try:
        assert server.process.wait(60) == 1
    finally:
        server.kill()
    assert f"Digit Lab cannot start. {sentence}" in server.output()
    assert "Traceback" not in server.output()


def test_database_that_does_not_answer_is_said_by_page_and_log(tmp_path: Path, visit: Callable[[str], Page]) -> None:
    server = start_server(
        tmp_path, environment={"DIGITLAB_WORKERS": "1", "DIGITLAB_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/x"}
    )
    try:
        page = visit(server.url)
        expect(page.get_by_text("The database of DIGITLAB_DATABASE_URL cannot be opened").first).to_be_visible()
    finally:
        server.stop()
    assert "ERROR digitlab: The database of DIGITLAB_DATABASE_URL cannot be opened" in server.output()
