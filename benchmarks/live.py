"""Watching a network learn: what the eye sees of it, how late, and what it costs the training run.

Blank is the share of time in which a chart of Train has no drawing in the page, weighed frame by frame as the browser
asks for them (``requestAnimationFrame``).
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlparse

from playwright.sync_api import Browser, Page, ViewportSize

from benchmarks.app import app, start_training, store_of, wait_for_end
from benchmarks.report import Row
from core.runs.store import RunStore
from scripts.serve import Server, click_in_chart, running_browser, wait_until_settled

NETWORK = "hidden_size=256&hidden_layers=2&batch_size=128&schedule=constant"
SIZE = ViewportSize(width=1366, height=768)
BLANK_REACH, SHIFT_REACH, DELAY_REACH, COST_REACH, FIRST_REACH = 1.0, 0.01, 0.7, 1.2, 1.5
STEP_REACH = 0.2
"""Seconds."""
FRAME_REACH = 0.05
"""Seconds: what moves at 20 frames a second still follows the hand."""
CLICKS = 10
MOVES = 60
PATIENCE = 120_000
"""Milliseconds."""


def measure(quick: bool) -> dict[str, Sequence[Row]]:
    """Runs that are watched and runs that are not, in turn; then clicks on Evaluate and steps through Errors."""
    epochs, rounds = (4, 2) if quick else (10, 5)
    alone: list[float] = []
    watched: list[float] = []
    seen: list[dict[str, Any]] = []
    with app() as server, running_browser() as browser:
        store = store_of(server)
        for _ in range(rounds):
            run = wait_for_end(store, start_training(server, f"{NETWORK}&epochs={epochs}"))
            alone.append(sum(epoch.seconds for epoch in run.epochs))
            seconds, what = _watched_run(server, store, browser, epochs)
            watched.append(seconds)
            seen.append(what)
        clicks = [_shift_of(browser, f"{server.url}/evaluate?run=demo", _click_cells) for _ in range(rounds)]
        steps = [_shift_of(browser, f"{server.url}/errors?run=demo", _step) for _ in range(rounds)]
        frames = _frames_over_map(browser, f"{server.url}/explore?view=map", rounds)
        places = _steps_of_replay(browser, f"{server.url}/train?run=demo", rounds)
    delays = tuple(delay for what in seen for delay in what["delays"])
    return {
        f"Train while it is watched, {NETWORK}, {epochs} epochs, one thread": [
            Row("a chart is blank", tuple(what["blank"] for what in seen), unit="%", reach=BLANK_REACH),
            Row("charts taken away", tuple(float(what["removed"]) for what in seen), unit="", reach=0),
            Row("layout shift, a run", tuple(what["shift"] for what in seen), unit="shift", reach=SHIFT_REACH),
            Row("from click to the first number", tuple(what["first"] for what in seen), reach=FIRST_REACH),
            Row("from the worker to the point", delays, reach=DELAY_REACH),
            Row("a run that is watched", tuple(watched), base=("one that is not", tuple(alone)), reach=COST_REACH),
        ],
        f"Layout shift of {CLICKS} clicks": [
            Row("cells of the matrix on Evaluate", tuple(clicks), unit="shift", reach=SHIFT_REACH),
            Row("steps in Errors", tuple(steps), unit="shift", reach=SHIFT_REACH),
        ],
        "A step of the control of a run’s places, until every figure of Train shows that place": [
            Row("first-layer weights, matrix, network, probes, curves", places, of="p95", reach=STEP_REACH),
        ],
        "Frames while the mouse crosses the map of 3,000 digits, drawn without a graphics card": [
            Row("between two frames", frames, of="p95", reach=FRAME_REACH),
        ],
    }


def _watched_run(server: Server, store: RunStore, browser: Browser, epochs: int) -> tuple[float, dict[str, Any]]:
    """Seconds that the run took, and what was seen of it."""
    with _page(browser, f"{server.url}/train?{NETWORK}&epochs={epochs}") as page:
        page.evaluate("window.observed.begin()")
        page.get_by_test_id("stMain").get_by_role("button", name="Train", exact=True).click()
        page.wait_for_url(lambda url: "run=" in url, timeout=PATIENCE)
        run = wait_for_end(store, parse_qs(urlparse(page.url).query)["run"][0])
        page.get_by_text(f"Completed {epochs} epochs.").wait_for(timeout=PATIENCE)
        wait_until_settled(page, PATIENCE / 1000)
        return sum(epoch.seconds for epoch in run.epochs), page.evaluate("window.observed.end()")


def _shift_of(browser: Browser, url: str, act: Callable[[Page, int], None]) -> float:
    """The layout shift of ten actions."""
    with _page(browser, url) as page:
        page.evaluate("window.observed.begin()")
        for number in range(CLICKS):
            act(page, number)
            wait_until_settled(page, PATIENCE / 1000)
        return float(page.evaluate("window.observed.end()")["shift"])


def _frames_over_map(browser: Browser, url: str, rounds: int) -> tuple[float, ...]:
    """Seconds from each frame to the next while the mouse crosses the map, pictures popping up under it."""
    with _page(browser, url) as page:
        box = page.locator(".st-key-explore_map .js-plotly-plot .nsewdrag").bounding_box()
        assert box is not None
        page.evaluate(_FRAMES)
        for number in range(rounds * MOVES):
            across, down = number % MOVES / MOVES, (0.3 + 0.1 * (number // MOVES)) % 1
            page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"])
        return tuple(page.evaluate("window.frames_seen.map(milliseconds => milliseconds / 1000)"))


def _steps_of_replay(browser: Browser, url: str, rounds: int) -> tuple[float, ...]:
    """Seconds from each step of the slider to the frame after which all figures have changed; all are on the screen."""
    with _page(browser, url, _WHOLE_PAGE) as page:
        slider = page.locator(".replay input")
        slider.focus()
        found: list[float] = []
        for _ in range(rounds):
            slider.press("Home")
            wait_until_settled(page, PATIENCE / 1000)
            found += [page.evaluate(_STEP_REPLAY) for _ in range(6)]
        return tuple(found)


def _click_cells(page: Page, number: int) -> None:
    click_in_chart(page, page.locator(".st-key-evaluate_confusion"), number, (number + 3) % 10)
    page.wait_for_url(re.compile(rf"true_label={(number + 3) % 10}\b"), timeout=PATIENCE)


def _step(page: Page, _number: int) -> None:
    before = page.url
    page.get_by_role("button", name="Next", exact=True).click()
    page.wait_for_url(lambda url: url != before, timeout=PATIENCE)


@contextmanager
def _page(browser: Browser, url: str, size: ViewportSize = SIZE) -> Iterator[Page]:
    with browser.new_context(viewport=size) as context:
        page = context.new_page()
        page.add_init_script(_OBSERVER)
        page.goto(url)
        page.locator(".js-plotly-plot .main-svg").first.wait_for(timeout=PATIENCE)
        wait_until_settled(page, PATIENCE / 1000)
        yield page


_WHOLE_PAGE = ViewportSize(width=1366, height=2600)
"""What cannot be seen is not drawn."""
_STEP_REPLAY = """async () => {
  const plot = name => document.querySelector(`.st-key-train_${name} .js-plotly-plot`);
  const looks = [
    () => plot('loss_curve').layout.shapes?.[0]?.x0,
    () => plot('accuracy_curve').layout.shapes?.[0]?.x0,
    () => plot('weights').layout.images[0].source,
    () => plot('confusion').data[2].text.join(),
    () => document.querySelector('.st-key-train_network .network-links').innerHTML,
  ];
  const before = looks.map(look => look());
  const drawn = () => [...document.querySelectorAll('.live-figure')].every(figure => figure.dataset.state === 'drawn');
  const slider = document.querySelector('.replay input'), began = performance.now();
  slider.value = String(Number(slider.value) + 1);
  slider.dispatchEvent(new Event('input', { bubbles: true }));
  while (looks.some((look, number) => look() === before[number]) || !drawn()) {
    if (performance.now() > began + 10000) throw new Error('stuck: ' + looks.map((look, n) => look() === before[n]));
    await new Promise(requestAnimationFrame);
  }
  return (performance.now() - began) / 1000;
}"""
_FRAMES = """() => {
  const seen = (window.frames_seen = []);
  let last = performance.now();
  const look = now => { seen.push(now - last); last = now; requestAnimationFrame(look); };
  requestAnimationFrame(look);
}"""

_OBSERVER = """window.observed = {
  begin() {
    const keyed = [...document.querySelectorAll('[class*="st-key-train_"]')];
    const charts = keyed.filter(place => place.querySelector(':scope > * .live-figure'))
      .map(place => [...place.classList].find(name => /^st-key-train_.*(curve|probes|confusion|weights)$/.test(name)));
    const keys = [...new Set(charts.filter(Boolean))];
    const seen = this.seen = {time: 0, gone: Object.fromEntries(keys.map(key => [key, 0])), removed: 0, shift: 0,
      first: null, delays: []};
    const began = performance.now();
    let clicked = began;
    document.addEventListener('click', () => { clicked = performance.now(); }, {capture: true, once: true});
    const chart = '.js-plotly-plot';
    this.removals = new MutationObserver(all => all.forEach(({removedNodes}) => removedNodes.forEach(node => {
      if (node.nodeType === 1 && (node.matches(chart) || node.querySelector(chart))) seen.removed += 1;
    })));
    this.removals.observe(document.body, {childList: true, subtree: true});
    this.shifts = new PerformanceObserver(list => list.getEntries().forEach(entry => { seen.shift += entry.value; }));
    this.shifts.observe({type: 'layout-shift'});
    let last = began, newest = null;
    const look = now => {
      if (this.seen !== seen) return;
      for (const key of keys)
        if (!document.querySelector(`.${key} ${chart} .main-svg`)?.childElementCount) seen.gone[key] += now - last;
      seen.time += now - last;
      last = now;
      const numbers = [...document.querySelectorAll('[data-testid="stMetricValue"]')].map(found => found.textContent);
      if (seen.first === null && numbers.length === 4 && [0, 1, 3].some(place => /\\d/.test(numbers[place])))
        seen.first = (now - clicked) / 1000;
      const said = document.querySelector(`.st-key-train_loss_curve ${chart}`)?.layout?.meta;
      if (said && said !== newest) {
        if (newest !== null) seen.delays.push(Date.now() / 1000 - said);
        newest = said;
      }
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  },
  end() {
    const {seen} = this;
    this.seen = null;
    this.removals.disconnect();
    this.shifts.disconnect();
    return {...seen, blank: 100 * Math.max(0, ...Object.values(seen.gone)) / seen.time};
  },
};"""
