"""A server of its own, a real browser, and the promise that neither had anything to complain about."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, expect

from scripts.serve import Server, running_browser, running_server, wait_until_settled
from tests.browsing import DESK, TO_SHARE, Session
from tests.machine import on_a_known_machine

OpenPage = Callable[..., Page]
PHONE = (390, 844)
PATIENCE_MS = 60_000
"""How long something may take to appear where other tests share two cores."""

expect.set_options(timeout=PATIENCE_MS)


def complaint_of(said: ConsoleMessage) -> str | None:
    """What the console says is wrong.

    Two of Streamlit's habits are fine: below a deep link it looks for its own base path first, and a picture that has
    been replaced while the browser asked for it is gone.
    """
    where = f"{said.text} ({said.location['url']})"
    looks_for_base_path = "404" in said.text and "/_stcore/" in where
    replaced = "/media/" in where
    return where if said.type == "error" and not looks_for_base_path and not replaced else None


def is_of_canvas(error: Error) -> bool:
    """Whether the drawing canvas was thrown away while it loaded its strokes, which it does not expect."""
    return "clearRect" in error.message and "drawable-canvas" in (error.stack or "")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)


def complaints_of(page: Page) -> list[str]:
    """What the console of a page that is still to be loaded will say is wrong."""
    found: list[str] = []
    page.on("pageerror", lambda error: None if is_of_canvas(error) else found.append(f"uncaught: {error}"))
    page.on("console", lambda said: found.append(complaint) if (complaint := complaint_of(said)) else None)
    return found


def fail_on_traceback(logged: str) -> None:
    """No page may have failed, not even one that was calm about it."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", logged)
    if "Traceback" in plain:
        pytest.fail(f"The server logged:\n{plain[-6000:]}", pytrace=False)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with running_browser(*TO_SHARE) as chromium:
        yield chromium


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(on_a_known_machine(tmp_path_factory.mktemp("home"))) as started:
        yield started


@pytest.fixture
def server(shared_server: Server) -> Iterator[Server]:
    """One server for all; whoever uses it answers for what it logged meanwhile."""
    before = len(shared_server.output())
    yield shared_server
    fail_on_traceback(shared_server.output()[before:])


@pytest.fixture(scope="session")
def session(browser: Browser) -> Session:
    return Session(browser, PATIENCE_MS)


@pytest.fixture(scope="session")
def shared_stranger(browser: Browser) -> Session:
    return Session(browser, PATIENCE_MS)


@pytest.fixture
def stranger(shared_stranger: Session) -> Iterator[Session]:
    """The browser of somebody else, with cookies and stored choices of its own."""
    yield shared_stranger
    shared_stranger.forget()


@pytest.fixture
def open_page(browser: Browser, session: Session) -> Iterator[OpenPage]:
    """``open_page(url, size=…)``: a tab as of a new visitor; the test fails if its console shows an error.

    With ``first_visit=True`` the browser has never loaded anything; ``script`` runs before those of the page.
    """
    used: list[Session] = []
    complaints: list[list[str]] = []

    def open_it(url: str, *, size: tuple[int, int] = DESK, first_visit: bool = False, script: str = "") -> Page:
        used.append(Session(browser, PATIENCE_MS) if first_visit else session)
        page = used[-1].new_page(url, size)
        page.add_init_script(script)
        complaints.append(complaints_of(page))
        page.goto(url)
        wait_until_settled(page)
        return page

    yield open_it
    for each in used:
        each.forget()
    assert not any(complaints), complaints
