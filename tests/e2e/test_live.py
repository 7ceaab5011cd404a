"""Figures that stay where they are while what they show changes, and what is there where they cannot."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from scripts.serve import Server, wait_until, wait_until_settled
from tests.browsing import Session
from tests.e2e.actions import COUNT_RUNS, chart, working_slowly
from tests.e2e.conftest import OpenPage

SMALL_LAPTOP = (1366, 768)
TRAINING_SECONDS = 90_000
"""Milliseconds: the workers of a fresh server have to start first, on cores that may be busy."""

WATCH = """() => {
  const seen = window.seen = {removed: [], shift: 0, moved: []};
  const kept = '.js-plotly-plot, img';
  const isWatched = node => node.nodeType === 1 && (node.matches(kept) || node.querySelector(kept));
  const removals = new MutationObserver(all => {
    const removed = all.flatMap(({removedNodes}) => [...removedNodes]).filter(isWatched);
    seen.removed.push(...removed.map(node => node.outerHTML.slice(0, 80)));
  });
  removals.observe(document.querySelector('[data-testid="stMain"]'), {childList: true, subtree: true});
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) {
      seen.shift += entry.value;
      seen.moved.push(...entry.sources.map(({node, previousRect: a, currentRect: b}) =>
        `${(node?.parentElement ?? node)?.textContent?.trim().slice(0, 40)}: ` +
        `${a.y}+${a.height} to ${b.y}+${b.height}`));
    }
  }).observe({type: 'layout-shift'});
}"""


def test_nothing_blinks_or_moves_while_a_network_learns(server: Server, open_page: OpenPage) -> None:
    page = open_page(f"{server.url}/train?hidden_size=16&epochs=4&training_size=5000", size=SMALL_LAPTOP)
    loss = chart(page, "Training loss per batch")
    for figure in (loss, chart(page, "Training and validation accuracy"), chart(page, "20 probe digits")):
        box = figure.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= SMALL_LAPTOP[1], "it is on the first screen"
    expect(page.get_by_text("Ready")).to_be_visible()
    page.evaluate(WATCH)
    with page.expect_response("**/live/run/~newest*"):
        page.get_by_test_id("stMain").get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_text("Completed 4 epochs.")).to_be_visible(timeout=TRAINING_SECONDS)
    wait_until_settled(page)
    assert points_of(loss, "Validation") == 4
    seen = page.evaluate("window.seen")
    assert seen["removed"] == []
    assert seen["shift"] < 0.01, "\n".join(seen["moved"])


def points_of(figure: Locator, trace: str) -> int:
    """How many points a line of a chart has."""
    count = "(plot, name) => plot._fullData.find(trace => trace.name === name).x.length"
    return int(figure.locator(".js-plotly-plot").evaluate(count, trace))


def test_a_change_of_theme_recolours_a_chart_and_keeps_its_zoom_and_captions_stay_by_theirs(
    server: Server, open_page: OpenPage
) -> None:
    page = open_page(f"{server.url}/train?run=demo", size=SMALL_LAPTOP)
    loss = chart(page, "Training loss per batch").locator(".js-plotly-plot")
    loss.evaluate("plot => (plot.dataset.same = 'yes')")
    before, colour = loss.evaluate(LOOK)
    inside = loss.locator(".nsewdrag").first.bounding_box()
    assert inside is not None
    x, y = inside["x"] + inside["width"] / 2, inside["y"] + inside["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y, steps=4)
    page.mouse.up()
    wait_until(lambda: loss.evaluate(LOOK)[0] != before, "the mouse zoomed into it")
    zoomed, _ = loss.evaluate(LOOK)
    page.emulate_media(color_scheme="dark")
    wait_until(lambda: loss.evaluate(LOOK)[1] != colour, "the chart had the colours of the dark theme")
    assert loss.evaluate(LOOK)[0] == zoomed
    assert loss.get_attribute("data-same") == "yes"
    see_the_caption_right_below_the_matrix(page)


def see_the_caption_right_below_the_matrix(page: Page) -> None:
    page.locator(".st-key-train_confusion").scroll_into_view_if_needed()
    for width in (1920, 1280, 1000, 390):
        page.set_viewport_size({"width": width, "height": 900})
        wait_until_settled(page)
        page.wait_for_selector(".st-key-train_confusion .xtitle")
        page.wait_for_function(f"() => {{ const gap = ({GAP})(); return gap > 0 && gap < 40; }}", timeout=10_000)


LOOK = "plot => [plot._fullLayout.xaxis.range.join(), getComputedStyle(plot.querySelector('.xtick text')).fill]"


@pytest.fixture
def blocked(session: Session, server: Server) -> Iterator[Page]:
    """A tab that gets everything but the script. To route its requests would have it fetch all else anew as well."""
    page = session.new_page(server.url)
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.send("Network.setBlockedURLs", {"urls": ["*figure.js*"]})
    yield page
    session.forget()


def test_without_the_script_there_are_plain_charts_and_one_sentence(server: Server, blocked: Page) -> None:
    blocked.goto(f"{server.url}/train?run=demo")
    sentence = blocked.get_by_text("Your browser could not load the script that updates charts in place")
    expect(sentence).to_be_visible(timeout=30_000)
    expect(blocked.get_by_test_id("stPlotlyChart").locator(".main-svg").first).to_be_visible(timeout=30_000)
    wait_until_settled(blocked)
    expect(sentence).to_have_count(1)
    expect(blocked.locator(".live-figure")).to_have_count(0)


GAP = """() => {
    const title = document.querySelector(".st-key-train_confusion .xtitle").getBoundingClientRect();
    const captions = [...document.querySelectorAll("[data-testid=stCaptionContainer]")];
    const caption = captions.find(element => element.textContent.startsWith("Rows: true label"));
    return caption.getBoundingClientRect().top - title.bottom;
}"""
FIRST_SCREEN = """() => [
  document.querySelector('.st-key-train_loss_curve .js-plotly-plot').layout.meta,
  document.querySelectorAll('.st-key-train_numbers [data-testid=stMetricValue]')[2].textContent,
]"""
"""When the newest point of the loss curve was said, and which epoch is going on."""


def test_what_changes_with_an_epoch_is_drawn_while_the_run_goes_on_and_a_reload_finds_it(
    server: Server, open_page: OpenPage
) -> None:
    page = open_page(f"{server.url}/train?hidden_size=8&epochs=200&training_size=20000", size=SMALL_LAPTOP)
    page.get_by_test_id("stMain").get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_role("button", name="Measure afterwards")).to_be_enabled(timeout=TRAINING_SECONDS)
    with working_slowly(server):
        watch_it_change(page)
        find_it_again_and_stop_it(page)


def watch_it_change(page: Page) -> None:
    wait_until_settled(page)
    page.evaluate(COUNT_RUNS)
    for _ in range(2):
        shown = page.evaluate(FIRST_SCREEN)
        page.wait_for_function(f"was => ({FIRST_SCREEN})().every((now, at) => now !== was[at])", arg=shown)
    assert page.evaluate("() => window.ran") == 0, "the script rests while the first screen follows the run"
    matrix = page.locator(".st-key-train_confusion")
    matrix.scroll_into_view_if_needed()
    expect(matrix.locator(".js-plotly-plot .heatmaplayer image").first).to_be_visible(timeout=TRAINING_SECONDS)


def find_it_again_and_stop_it(page: Page) -> None:
    """A reload of Train finds the run that is under way."""
    page.reload()
    expect(page.get_by_text(re.compile(r"^Learning( ·|$)"))).to_be_visible(timeout=TRAINING_SECONDS)
    stop = page.get_by_test_id("stMain").get_by_role("button", name="Stop", exact=True)
    stop.click()
    expect(page.get_by_text(re.compile(r"^Stopped after .*; what it had learned is kept\."))).to_be_visible()
    expect(stop).to_be_disabled()
    again = page.get_by_test_id("stMain").get_by_role("button", name="Continue from its last epoch")
    expect(again).to_be_enabled()
