"""A browser finds its own last run again after a reload; another browser, on the same server, does not."""

from playwright.sync_api import Page

from scripts.serve import Server, wait_until_settled
from tests.browsing import Session
from tests.e2e.conftest import OpenPage
from ui.shell.browser import COOKIE

BUSY_ONCE_COPIED = """() => {
  const labels = new MutationObserver(() => {
    labels.disconnect();
    for (const end = performance.now() + 3100; performance.now() < end;);
  });
  labels.observe(document.querySelector('.copy-label'), {childList: true});
}"""
"""A page that draws its charts right after the click shows nothing meanwhile, longer than the word is there."""
SETTINGS = "epochs=1&training_size=500&hidden_size=8"


def shown(page: Page) -> str:
    """The run that the address of Evaluate names by itself."""
    page.wait_for_function("() => new URLSearchParams(location.search).has('run')", timeout=60_000)
    return page.evaluate("() => new URLSearchParams(location.search).get('run')")


def test_a_later_visit_finds_its_own_run_and_another_browser_the_demo(
    stranger: Session, server: Server, open_page: OpenPage
) -> None:
    page = open_page(f"{server.url}/train?{SETTINGS}")
    page.get_by_role("button", name="Train", exact=True).click(timeout=60_000)
    run_id = shown(page)
    page.get_by_text("Completed 1 epoch").first.wait_for(timeout=150_000)
    page.goto(f"{server.url}/evaluate")
    assert shown(page) == run_id
    other = stranger.new_page(server.url)
    other.goto(f"{server.url}/evaluate")
    assert shown(other) == "demo"
    (given,) = [cookie for cookie in page.context.cookies() if cookie["name"] == COOKIE]
    assert (given["httpOnly"], given["sameSite"], len(given["value"])) == (True, "Lax", 32)
    assert given["value"] not in page.content()
    assert given["value"] != next(cookie["value"] for cookie in other.context.cookies() if cookie["name"] == COOKIE)


def test_the_card_copies_a_link_that_opens_the_same_page(server: Server, open_page: OpenPage) -> None:
    page = open_page(f"{server.url}/evaluate?run=demo")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy link").wait_for()
    page.evaluate(BUSY_ONCE_COPIED)
    page.get_by_role("button", name="Copy link").click()
    page.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("() => navigator.clipboard.readText()") == f"{server.url}/evaluate?run=demo"
    page.get_by_role("button", name="Copy command line").click()
    page.wait_for_function("async () => (await navigator.clipboard.readText()).startsWith('python -m core train')")
    wait_until_settled(page)
