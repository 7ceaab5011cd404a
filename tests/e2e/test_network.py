"""The network drawn: it changes in place, and a unit shows its picture to mouse and keyboard."""

import re

from playwright.sync_api import Page, expect

from scripts.serve import Server, wait_until_settled
from tests.e2e.actions import COUNT_RUNS, chart, click_in_montage, metric
from tests.e2e.conftest import OpenPage

SHOWN = """() => [document.querySelector('.live-network svg').getAttribute('aria-label') +
  document.querySelector('.network-links').innerHTML,
  ...['inside_units', 'inside_unit_weights'].map(
    key => document.querySelector(`.st-key-${key} .js-plotly-plot`).layout.images[0].source)]"""

BREAK_OFF = """() => {
  const fetched = window.fetch;
  const broken = () => new Response(new ReadableStream({ start: (stream) => stream.error(new TypeError("lost")) }));
  window.fetch = (address, ...rest) =>
    String(address).includes("live/network/") ? Promise.resolve(broken()) : fetched(address, ...rest);
  window.mend = () => (window.fetch = fetched);
}"""
"""From now on, until ``window.mend()``, answers with a network break off in the middle."""


def test_the_network_is_lit_in_place_and_a_unit_shows_its_picture(server: Server, open_page: OpenPage) -> None:
    page = open_page(f"{server.url}/draw?run=demo&source=test&digit=0")
    drawing = page.locator(".live-network svg")
    expect(drawing).to_have_attribute("aria-label", re.compile("The strongest output is 7"))
    expect(drawing.locator(".network-unit")).to_have_count(30)
    drawing.evaluate("svg => { window.before = svg; window.line = svg.querySelector('line'); }")
    page.get_by_role("spinbutton", name="Test digit").fill("1")
    page.keyboard.press("Enter")
    expect(metric(page, "Prediction")).to_have_text("2")
    expect(drawing).to_have_attribute("aria-label", re.compile("The strongest output is 2"))
    assert drawing.evaluate("svg => svg === window.before && svg.contains(window.line)")
    wait_until_settled(page)
    look = page.locator(".network-look")
    drawing.scroll_into_view_if_needed()
    drawing.locator(".network-unit").nth(3).hover()
    expect(look.get_by_text("Hidden layer 1, unit 20")).to_be_visible()
    painted = look.locator("canvas").evaluate(
        "canvas => new Set(canvas.getContext('2d').getImageData(0, 0, 28, 28).data.toString().split(',255')).size"
    )
    assert painted > 100
    expect(look.get_by_text(re.compile("^row .* × .* = "))).to_have_count(5)
    expect(look.get_by_text(re.compile("^sum: "))).to_be_visible()
    page.mouse.move(5, 5)
    expect(look).to_be_hidden()
    drawing.focus()
    for key, words in (("ArrowUp", "unit 0"), ("ArrowDown", "unit 7"), ("ArrowRight", "Output 0")):
        page.keyboard.press(key)
        expect(look.get_by_text(words)).to_be_visible()
    page.keyboard.press("Escape")
    expect(look).to_be_hidden()


def test_a_click_switches_a_unit_off(server: Server, open_page: OpenPage) -> None:
    page = open_page(f"{server.url}/inside?run=demo&digit=0&unit=1:64")
    units = chart(page, "The 96 most used units of hidden layer 1")
    page.get_by_role("radio", name="Switches it off or on").click()
    wait_until_settled(page)
    for position, off in ((0, "off=1%3A64"), (3, "off=1%3A8%2C1%3A64")):
        click_in_montage(page, units, position)
        page.wait_for_url(f"**{off}**")
    expect(metric(page, "Units off")).to_have_text("2")
    expect(metric(page, "Without these")).to_have_text("96.84%")
    expect(page.get_by_text("Without the units that are switched off, it reads 7.")).to_be_visible()
    follow_an_earlier_epoch(page)


def follow_an_earlier_epoch(page: Page) -> None:
    """Network, units and the chosen unit change with the control, and the server runs nothing."""
    wait_until_settled(page)
    page.evaluate(COUNT_RUNS)
    last = page.evaluate(f"() => ({SHOWN})()")
    assert all(source.startswith("data:") for source in last[1:])
    # What does not come is said to be missing, and asked for again.
    missing = page.get_by_text("The network at this point of training could not be loaded")
    page.evaluate(BREAK_OFF)
    page.locator(".replay input").press("Home")
    expect(missing).to_be_visible()
    page.evaluate("() => window.mend()")
    page.locator(".replay input").press("End")
    expect(missing).to_be_hidden()
    page.locator(".replay input").press("Home")
    page.wait_for_function(
        f"last => ({SHOWN})().every((now, n) => now !== last[n] && (!n || now.includes('live/units/')))", arg=last
    )
    expect(missing).to_be_hidden()
    page.locator(".replay input").press("End")
    page.wait_for_function(f"last => ({SHOWN})().every((now, n) => now === last[n])", arg=last)
    assert page.evaluate("() => window.ran") == 0
