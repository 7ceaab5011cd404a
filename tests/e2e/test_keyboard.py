"""The main job without a mouse, with the network from scratch, which is like any other."""

import re

from playwright.sync_api import Page, expect

from scripts.serve import Server, wait_until_settled
from tests.browsing import Session
from tests.e2e.actions import metric
from tests.e2e.conftest import OpenPage
from ui.shell.browser import COOKIE

MOST_STOPS = 12
FROM_SCRATCH = "backend=numpy&epochs=1&hidden_size=16&seed=11&training_size=20000&learning_rate=0.01"
TRAINING_SECONDS = 90_000
"""Milliseconds: the workers of a fresh server have to start first, on cores that may be busy."""
FOCUSED = """() => {
  const element = document.activeElement;
  return [element.getAttribute('aria-label'), element.textContent].filter(Boolean).join(' ').trim();
}"""

SCROLLED = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 300))))"
"""Wait until what scrolled has said so to everything that listens."""


def stops_until(page: Page, what: str, most: int) -> int:
    """Press Tab until the focus is on what is called like this; how often that took."""
    for stop in range(1, most + 1):
        page.keyboard.press("Tab")
        if re.search(what, page.evaluate(FOCUSED)):
            return stop
    raise AssertionError(f"“{what}” has not come after {most} stops; the last was “{page.evaluate(FOCUSED)}”")


def share(page: Page, label: str) -> float:
    """The number of a metric, in percent."""
    return float(metric(page, label).inner_text().strip(" %"))


def shown(page: Page) -> str:
    """The run that the address of Evaluate names by itself."""
    page.wait_for_function("() => new URLSearchParams(location.search).has('run')")
    return page.evaluate("() => new URLSearchParams(location.search).get('run')")


def test_train_is_near_the_top_and_the_main_job_needs_no_mouse(
    server: Server, open_page: OpenPage, stranger: Session
) -> None:
    page = open_page(f"{server.url}/train?{FROM_SCRATCH}")
    expect(page.get_by_text(re.compile("NumPy")).first).to_be_visible()
    stops = stops_until(page, r"^Skip to", 3)
    page.keyboard.press("Enter")
    assert stops + stops_until(page, r"^(play_arrow\s*)?Train$", MOST_STOPS) <= MOST_STOPS
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"[?&]run="))
    expect(page.get_by_text("Completed 1 epoch.")).to_be_visible(timeout=TRAINING_SECONDS)
    wait_until_settled(page)
    accuracy = share(page, "Validation accuracy")
    assert 80 < accuracy < 100
    for name, is_enabled in (("Train", True), ("Stop", False)):
        button = page.get_by_test_id("stMain").get_by_role("button", name=name, exact=True)
        expect(button).to_be_enabled(enabled=is_enabled)
    (run,) = re.findall(r"[?&]run=([^&]+)", page.url)
    page.get_by_role("link", name="Evaluate on the test set").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(rf"/evaluate\?.*run={run}"))
    wait_until_settled(page)
    expect(metric(page, "Test accuracy")).to_have_text(re.compile(r"^\d\d\.\d+%$"))
    assert abs(share(page, "Test accuracy") - accuracy) < 8
    page.get_by_role("combobox", name="True label").focus()
    # To focus it has scrolled the page, and a list closes when the page scrolls: nobody types as fast as that.
    wait_until_settled(page)
    page.evaluate(SCROLLED)
    page.keyboard.type("7")
    expect(page.get_by_role("option", name="7", exact=True)).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"[?&]true_label=7"))
    wait_until_settled(page)
    expect(page.get_by_text(re.compile("true 7, read as"))).to_be_visible()
    find_it_later_and_in_this_browser_alone(page, run, server, stranger)


def find_it_later_and_in_this_browser_alone(page: Page, run: str, server: Server, stranger: Session) -> None:
    """A later visit finds its own last run; another browser, on the same server, the demo."""
    page.goto(f"{server.url}/evaluate")
    assert shown(page) == run
    other = stranger.new_page(server.url)
    other.goto(f"{server.url}/evaluate")
    assert shown(other) == "demo"
    (given,) = [cookie for cookie in page.context.cookies() if cookie["name"] == COOKIE]
    assert (given["httpOnly"], given["sameSite"], len(given["value"])) == (True, "Lax", 32)
    assert given["value"] not in page.content()
    assert given["value"] != next(cookie["value"] for cookie in other.context.cookies() if cookie["name"] == COOKIE)
