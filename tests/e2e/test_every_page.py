"""Every page, by the menu at every size, in light and dark."""

import re
from collections.abc import Iterator
from contextlib import suppress

import pytest
from playwright.sync_api import Page, expect

from scripts.serve import Server, wait_until, wait_until_settled
from tests.browsing import DESK, Session
from tests.e2e.audit import WIDTHS, cut_off, horizontal_overflow, violations
from tests.e2e.conftest import PHONE, complaints_of

PAGES = {
    "": "Digit Lab",
    "explore": "Explore",
    "train": "Train",
    "evaluate": "Evaluate",
    "errors": "Errors",
    "inside": "Inside",
    "robustness": "Robustness",
    "draw": "Draw",
    "runs": "Runs",
    "compare": "Compare",
    "search": "Search",
    "datasets": "Datasets",
    "learn": "Learn",
    "class": "Class",
}
PARTS = {
    "walk": "Follow one digit",
    "experiments": "Experiments",
    "words": "Words and shapes",
    "background": "Background",
    "puzzles": "Spot the bug",
    "challenges": "Challenges",
}
THEMES = {1366: "light", 390: "dark"}
"""Where axe-core looks, in which theme."""
OPENED = PAGES | {f"learn?part={part}": "Learn" for part in PARTS}
HOLD = """
window.held = [];
const whenIdle = window.requestIdleCallback;
window.requestIdleCallback = (then, options) =>
  new Error().stack.includes('figure.js') ? held.push(then) : whenIdle(then, options);
window.drawHeld = () => held.splice(0).forEach(then => then());
"""
"""Charts below the screen wait for ``drawHeld``: drawn ahead, they would be drawn again at every size."""
ALL_DRAWN = "() => [...document.querySelectorAll('.live-figure')].every(figure => figure.querySelector('.main-svg'))"
HIDE = "isHidden => { document.querySelector('[data-testid=\"stMain\"]').style.display = isHidden ? 'none' : ''; }"
"""Charts without a size do not follow one that changes: nor need those of a page that is about to be left."""


def is_in(page: Page, theme: str) -> bool:
    luminance = background_luminance(page)
    return luminance > 0.9 if theme == "light" else luminance < 0.1


def background_luminance(page: Page) -> float:
    colour = page.evaluate("() => getComputedStyle(document.querySelector('[data-testid=\"stApp\"]')).backgroundColor")
    red, green, blue = (int(number) for number in re.findall(r"\d+", colour)[:3])
    return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255


@pytest.fixture(scope="module")
def tab(session: Session, shared_server: Server) -> Iterator[Page]:
    """A tab that goes from page to page by the menu, as people do; each loaded by its address would cost twice that."""
    page = session.new_page(shared_server.url)
    page.add_init_script(HOLD)
    complaints = complaints_of(page)
    page.goto(f"{shared_server.url}/home")
    # Taken for the address of Home, which has none.
    page.wait_for_url(f"{shared_server.url}/")
    expect(page.get_by_role("dialog")).to_have_count(0)
    yield page
    session.forget()
    assert not complaints, complaints


def go_to(page: Page, path: str) -> None:
    """By the menu; to a part of Learn by its control."""
    name, _, part = path.partition("?part=")
    page.evaluate(HIDE, True)
    page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
    page.emulate_media(color_scheme="light")
    if not part or "/learn" not in page.url:
        link = PAGES[name] if name else "Home"
        page.get_by_test_id("stSidebarNav").get_by_role("link", name=link, exact=True).click()
        page.wait_for_url(re.compile(rf"/{name}(\?|$)"))
    page.evaluate(HIDE, False)
    for choice in ("In depth", PARTS[part]) if part else ():
        page.get_by_role("button", name=choice).or_(page.get_by_role("radio", name=choice)).click()
        wait_until_settled(page)
    if part:
        page.wait_for_url(re.compile(rf"part={part}\b"))
        page.mouse.move(1, 1)
    expect(page.get_by_role("heading", level=1, name=OPENED[path], exact=True)).to_be_visible()
    wait_until_settled(page)


def what_does_not_fit(page: Page) -> list[str]:
    """In sentences; the sidebar slides, and charts and tables follow the room that it leaves a moment later."""
    faults: list[str] = []

    def fits() -> bool:
        pixels = horizontal_overflow(page)
        faults[:] = [f"the page is {pixels} px too wide"] if pixels > 0 else []
        faults.extend(f"“{text}” is cut off" for text in cut_off(page))
        return not faults

    with suppress(TimeoutError):
        wait_until(fits, "everything fitted", 3)
    return faults


@pytest.mark.parametrize("path", OPENED, ids=[path or "home" for path in OPENED])
def test_page_fits_and_reads_at_every_size_in_light_and_dark(path: str, server: Server, tab: Page) -> None:
    page = tab
    go_to(page, path)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    without_words = page.locator("img:not([alt]), img[alt='']").filter(visible=True)
    expect(without_words).to_have_count(0)
    # A colour on its way from light to dark is neither.
    page.add_style_tag(content="* { transition: none !important; }")
    faults = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844 if width == PHONE[0] else 768})
        wait_until_settled(page)
        if width == WIDTHS[-1]:
            page.evaluate("() => drawHeld()")
            page.wait_for_function(ALL_DRAWN)
        faults += [f"{width} px: {fault}" for fault in what_does_not_fit(page)]
        if width in THEMES:
            # To change it draws every chart again: once for both, light where most read, dark where most is folded.
            page.emulate_media(color_scheme=THEMES[width])
            wait_until(lambda theme=THEMES[width]: is_in(page, theme), f"the page turned {THEMES[width]}")
            faults += [f"{width} px, {THEMES[width]}: {violation}" for violation in violations(page)]
    assert not faults, "\n".join(faults)
