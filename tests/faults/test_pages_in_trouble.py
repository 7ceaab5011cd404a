"""What a visitor sees, in a real browser, when a worker, a file or the database goes away under the server."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, Page, expect

from core.runs.archive import bring_in_demo
from core.runs.records import DEMO_RUN_ID
from core.runs.store import RunStore
from scripts.serve import Server, is_healthy, running_browser, running_server, start_server, wait_until_settled
from tests.faults.conftest import settings_for, wait_until
from ui.shell.faults import CALM_MESSAGE, LOG_FILE


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser() as chromium:
        yield chromium


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with running_server(tmp_path / "home") as started:
        yield started


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[[str], Page]]:
    contexts = []

    def open_it(url: str) -> Page:
        contexts.append(browser.new_context(viewport={"width": 1280, "height": 900}))
        contexts[-1].set_default_timeout(60_000)
        page = contexts[-1].new_page()
        page.goto(url)
        wait_until_settled(page)
        return page

    yield open_it
    for context in contexts:
        context.close()


def kill_workers(server: Server) -> None:
    for child in psutil.Process(server.process.pid).children(recursive=True):
        if any("spawn_main" in word for word in child.cmdline()):
            child.kill()


def test_killed_worker_is_said_at_once_and_one_click_goes_on(server: Server, visit: Callable[[str], Page]) -> None:
    page = visit(f"{server.url}/train?epochs=100")
    page.get_by_role("button", name="Train", exact=True).click()
    store = RunStore(settings_for(server.home))
    wait_until(lambda: any(run.epochs_done >= 2 for run in store.runs() if not run.is_demo), "two epochs")
    kill_workers(server)
    page.get_by_text("The worker process that trained it went away.").wait_for()
    page.get_by_role("button", name="Continue from its last epoch").click()
    # Both cores may be busy while new workers import PyTorch.
    page.get_by_text("Learning").first.wait_for(timeout=150_000)
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_text("Stopped after").first.wait_for()
    assert "Traceback" not in server.output()


def test_broken_database_gives_a_calm_message_and_the_log_its_traceback(
    server: Server, visit: Callable[[str], Page]
) -> None:
    visit(server.url)
    with sqlite3.connect(server.home / "digitlab.db") as connection:
        connection.execute("DROP TABLE epochs")
    page = visit(f"{server.url}/evaluate?run=demo")
    expect(page.get_by_text(CALM_MESSAGE)).to_be_visible()
    assert "no such table" not in page.content()
    for log in (server.output(), (server.home / LOG_FILE).read_text()):
        assert "Traceback" in log
    assert is_healthy(server)


def test_damaged_weights_get_a_sentence(server: Server, visit: Callable[[str], Page]) -> None:
    store = RunStore(settings_for(server.home))
    bring_in_demo(store)
    (store.files.folder(DEMO_RUN_ID) / "checkpoint.safetensors").write_bytes(b"\x80\x04 not weights")
    page = visit(f"{server.url}/draw?run=demo")
    expect(page.get_by_text("cannot be read").first).to_be_visible()
    assert "Traceback" not in page.content()
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
    server = start_server(tmp_path, environment={"DIGITLAB_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/x"})
    try:
        page = visit(server.url)
        expect(page.get_by_text("The database of DIGITLAB_DATABASE_URL cannot be opened").first).to_be_visible()
    finally:
        server.stop()
    assert "ERROR digitlab: The database of DIGITLAB_DATABASE_URL cannot be opened" in server.output()
