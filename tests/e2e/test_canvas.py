"""The canvas: one set of buttons, fitted into the page, and no drawing lost but by Clear."""

from importlib.metadata import version

import pytest
from playwright.sync_api import Page, expect

from scripts.serve import Server, draw_seventy_three, draw_three, wait_until, wait_until_settled
from tests.browsing import DESK
from tests.e2e.actions import metric
from tests.e2e.conftest import PHONE, OpenPage

LAPTOP = (1366, 768)
INK = """canvas => {
  const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  let ink = 0;
  for (let i = 0; i < pixels.length; i += 4) ink += pixels[i] > 128;
  return ink;
}"""
SIZES = """main => [...main.querySelectorAll("p, h1, h2, h3, button, text")]
  .filter(element => !element.closest('[data-testid="stMetricValue"]'))
  .map(element => parseFloat(getComputedStyle(element).fontSize))"""
FITTED = '.canvas-tools[data-state="ready"]'


def ink(page: Page) -> int:
    """Pixels that are white on the canvas."""
    found: int = page.locator("canvas.dc-canvas.lower-canvas").evaluate(INK)
    return found


def wait_for_ink(page: Page, pixels: int) -> None:
    wait_until(lambda: abs(ink(page) - pixels) <= pixels // 50, f"there are {pixels} pixels of ink, not {ink(page)}")


def open_canvas(open_page: OpenPage, url: str, size: tuple[int, int] = DESK) -> Page:
    page = open_page(url, size=size)
    page.wait_for_selector(FITTED)
    return page


def draw(page: Page) -> int:
    """Draw a 3 that the network has read; the ink that it left."""
    draw_three(page)
    expect(metric(page, "Prediction")).to_have_text("3")
    wait_until_settled(page)
    return ink(page)


def button(page: Page, name: str):
    return page.locator(".canvas-tools").get_by_role("button", name=name)


def test_what_the_script_relies_on_is_there_and_the_canvas_has_one_set_of_buttons(
    server: Server, open_page: OpenPage
) -> None:
    """Another version of the canvas may be built otherwise: look at `PARTS` and `INSIDE` in ui/live/canvas.js then."""
    assert version("streamlit-drawable-canvas").startswith("0.13.")
    page = open_canvas(open_page, f"{server.url}/draw")
    inside = page.locator('[data-testid="stBidiComponentIsolated"] .dc-root')
    expect(inside.locator(".dc-toolbar button")).to_have_count(8)
    for name in ("Update the app with this drawing", "Undo", "Redo", "Edit", "Reset canvas & history"):
        hidden = inside.locator(f'.dc-toolbar [aria-label="{name}"]')
        expect(hidden).to_have_count(1)
        expect(hidden).to_be_hidden()
        hidden.evaluate("button => button.focus()")
        assert not hidden.evaluate("button => button.getRootNode().activeElement === button")
    inside.hover()
    for name in ("Undo", "Redo", "Clear"):
        expect(page.get_by_role("button", name=name)).to_have_count(1)


def test_nothing_but_clear_takes_a_drawing_away(server: Server, open_page: OpenPage) -> None:
    """Streamlit has the canvas thrown away when one update overtakes another, as bursts on a slow machine do."""
    page = open_canvas(open_page, f"{server.url}/draw?run=demo")
    pixels = draw(page)
    slow = page.context.new_cdp_session(page)
    slow.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    page.get_by_role("slider", name="Brush size").focus()
    for key in ("ArrowRight",) * 4 + ("ArrowLeft",) * 4:
        page.keyboard.press(key)
    wait_until_settled(page)
    for theme, width in (("dark", 700), ("light", 1280)):
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size({"width": width, "height": 900})
    slow.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    wait_until_settled(page)
    wait_for_ink(page, pixels)
    page.get_by_role("link", name="Runs").click()
    expect(page.get_by_role("heading", name="Runs", exact=True)).to_be_visible()
    page.get_by_role("link", name="Draw", exact=True).click()
    page.wait_for_selector(FITTED)
    wait_for_ink(page, pixels)
    expect(metric(page, "Prediction")).to_have_text("3")
    # The strokes from before the change of page are the server's to undo.
    for name, left in (("Undo", 0), ("Redo", pixels), ("Clear", 0)):
        button(page, name).click()
        wait_for_ink(page, left)
        expect(metric(page, "Prediction")).to_have_text("3" if left else "–")
    assert draw(page) == pytest.approx(pixels, rel=0.02)
    for name, left in (("Undo", 0), ("Redo", pixels), ("Clear", 0)):
        button(page, name).click()
        wait_for_ink(page, left)
    expect(button(page, "Undo")).to_be_disabled()


@pytest.mark.parametrize("path", ["", "draw?run=demo"], ids=["home", "draw"])
def test_a_three_is_read_and_canvas_and_answer_are_on_the_first_screen(
    path: str, server: Server, open_page: OpenPage
) -> None:
    page = open_canvas(open_page, f"{server.url}/{path}", LAPTOP)
    for width, height in (LAPTOP, PHONE):
        page.set_viewport_size({"width": width, "height": height})
        wait_until_settled(page)
        expect(metric(page, "Prediction")).to_have_text("–")
        draw(page)
        page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 0)")
        canvas, answer = page.locator("canvas.upper-canvas").bounding_box(), metric(page, "Prediction").bounding_box()
        assert canvas is not None
        assert answer is not None
        assert canvas["y"] + canvas["height"] <= height
        assert answer["y"] + answer["height"] <= height
        assert 280 <= canvas["width"] <= 480
        assert canvas["width"] == pytest.approx(canvas["height"], abs=1)
        column = page.locator(".canvas-tools").bounding_box()
        assert column is not None
        assert canvas["width"] == pytest.approx(column["width"], abs=2)
        if width == PHONE[0]:
            assert answer["y"] + answer["height"] <= canvas["y"]
        else:
            assert answer["x"] >= canvas["x"] + canvas["width"]
        sizes = page.get_by_test_id("stMain").evaluate(SIZES)
        own = metric(page, "Prediction").evaluate("element => parseFloat(getComputedStyle(element).fontSize)")
        assert own > max(sizes)
        button(page, "Clear").click()
    if path:
        expect(metric(page, "Prediction")).to_have_text("–")
        draw_seventy_three(page)
        expect(metric(page, "Prediction")).to_have_text("73")
        expect(page.get_by_text("more than one digit, read one by one from left to right: 7 (")).to_be_visible()


def test_a_browser_that_hides_the_canvas_is_named(server: Server, open_page: OpenPage) -> None:
    page = open_page(f"{server.url}/draw", script="HTMLCanvasElement.prototype.toDataURL = () => ''")
    page.wait_for_selector(FITTED)
    draw_three(page)
    expect(page.get_by_text("The browser hides the drawing from this page")).to_be_visible()
    button(page, "Clear").click()
    expect(page.get_by_text("The browser hides the drawing from this page")).to_be_hidden()
