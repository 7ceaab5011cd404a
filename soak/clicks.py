"""Somebody who clicks on whatever there is: no exception in the log, none on a page, none in the browser.

A seed is a walk: it begins at an address of its own, and what it does there follows from the seed and from the page.
"""

import random
import tempfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Browser, Error, Locator, Page

from scripts.serve import Server, running_browser, running_server, wait_until, wait_until_settled
from soak.faults import Outcome, Plan
from soak.fuzzed.addresses import any_query
from soak.mutations import strange_word
from soak.pages import PAGES
from ui.shell.faults import CALM_MESSAGE

STEPS = 8
SETTLED_SECONDS = 120.0
_ACT_MS, _BACK_MS = 4_000, 1_000
_LEFT_ALONE = ("Download",)
"""It starts a download of 12 to 562 MB."""


class Walk:
    """One visit.

    Attributes
    ----------
    wrong
        What was seen that must not be.
    done
        What was clicked, in order.
    """

    def __init__(self, server: Server, page: Page, chance: random.Random) -> None:
        self._server, self._page, self._chance = server, page, chance
        self.wrong: list[str] = []
        self.done: list[str] = []
        self._logged = len(server.output())
        page.on("pageerror", self._hear)

    def go(self, steps: int) -> None:
        """Come in by some address, and click."""
        path = self._chance.choice(PAGES)
        query = urlencode(any_query(self._chance), doseq=True, errors="replace") if self._chance.random() < 0.5 else ""
        self.done.append(f"/{path}?{query}")
        self._page.goto(f"{self._server.url}/{path}?{query}")
        self._settle()
        for _ in range(steps):
            if self.wrong:
                return
            self._step()
            self._settle()

    def _step(self) -> None:
        # Many a choice replaces the address that it is in: what was there before may be no page of ours.
        if self._chance.random() < 0.08 and self._page.evaluate("navigation.canGoBack"):
            self.done.append("back")
            self._go_back()
            return
        kinds = self._page.evaluate(_MARK)
        if not kinds:
            return
        kind = self._chance.choice(sorted(kinds))
        found = self._page.locator(f"[data-soak='{kind}']")
        chosen = found.nth(self._chance.randrange(kinds[kind]))
        try:
            name = (chosen.get_attribute("aria-label") or chosen.inner_text(timeout=_ACT_MS)).strip()[:40]
            if name in _LEFT_ALONE:
                return
            self.done.append(f"{kind} “{name}”")
            _ACTIONS[kind](self._page, chosen, self._chance)
        except Error as error:
            # It has gone meanwhile, or something lies over it: nobody could have clicked on it.
            self.done.append(f"missed ({type(error).__name__})")

    def _go_back(self) -> None:
        self._page.go_back()
        # From an address that was completed as the page opened, the product itself goes one further back.
        self._page.wait_for_timeout(_BACK_MS)
        if not self._page.url.startswith(self._server.url):
            self._page.go_forward()

    def _settle(self) -> None:
        try:
            wait_until_settled(self._page, SETTLED_SECONDS)
        except Error:
            self.wrong.append(f"the page did not come to rest within {SETTLED_SECONDS:g} s")
        if self._page.get_by_text(CALM_MESSAGE[:40]).count():
            self.wrong.append("a page says that something went wrong")
        logged = self._server.output()[self._logged :]
        if "Traceback" in logged:
            self.wrong.append(f"the log has: {logged[-2_000:]}")

    def _hear(self, error: Error) -> None:
        # The canvas component, thrown away while it loads its strokes, does not expect that.
        if "clearRect" not in error.message:
            self.wrong.append(f"the browser says {error.message[:300]}")


def run(plan: Plan, outcome: Outcome) -> None:
    """One walk for each seed, in one server."""
    with (
        tempfile.TemporaryDirectory(prefix="digitlab-soak-") as home,
        running_server(Path(home)) as server,
        running_browser() as browser,
    ):
        wait_until((server.home / "speed.json").exists, "the engine was warm", 240.0)
        for seed in plan.seeds():
            walk(server, browser, seed, outcome)


def walk(server: Server, browser: Browser, seed: int, outcome: Outcome, steps: int = STEPS) -> None:
    """One walk, and what came of it."""
    with browser.new_context(reduced_motion="reduce", viewport={"width": 1280, "height": 900}) as context:
        context.set_default_timeout(SETTLED_SECONDS * 1000)
        visit = Walk(server, context.new_page(), random.Random(seed))
        try:
            visit.go(steps)
        except Error as error:
            visit.wrong.append(f"the browser gave up: {error.message[:300]}")
    outcome.done += 1
    outcome.count("clicks", sum(not step.startswith("missed") for step in visit.done[1:]))
    for what in visit.wrong:
        outcome.lose(seed, f"{what}, after {'; '.join(visit.done)}")


def _click(_page: Page, place: Locator, _chance: random.Random) -> None:
    place.click(timeout=_ACT_MS)


def _choose(page: Page, place: Locator, chance: random.Random) -> None:
    place.click(timeout=_ACT_MS)
    options = page.get_by_role("option")
    options.first.wait_for(timeout=_ACT_MS)
    options.nth(chance.randrange(options.count())).click(timeout=_ACT_MS)


def _type(_page: Page, place: Locator, chance: random.Random) -> None:
    place.fill(strange_word(chance).replace("\0", ""), timeout=_ACT_MS)
    place.press("Enter", timeout=_ACT_MS)


def _count(_page: Page, place: Locator, chance: random.Random) -> None:
    place.fill(chance.choice(("0", "1", "7", "42", "100", "9999", "-1", "1e9", "")), timeout=_ACT_MS)
    place.press("Enter", timeout=_ACT_MS)


def _slide(_page: Page, place: Locator, chance: random.Random) -> None:
    place.focus(timeout=_ACT_MS)
    for _ in range(chance.randrange(1, 4)):
        place.press(chance.choice(("ArrowLeft", "ArrowRight", "Home", "End")), timeout=_ACT_MS)


def _poke(_page: Page, place: Locator, chance: random.Random) -> None:
    box = place.bounding_box(timeout=_ACT_MS) or {"width": 1.0, "height": 1.0}
    x, y = (chance.random() * box[side] for side in ("width", "height"))
    place.click(position={"x": x, "y": y}, timeout=_ACT_MS)


_ACTIONS: dict[str, Callable[[Page, Locator, random.Random], None]] = {
    "button": _click,
    "checkbox": _click,
    "link": _click,
    "select": _choose,
    "text": _type,
    "number": _count,
    "slider": _slide,
    "chart": _poke,
    "canvas": _poke,
}

_MARK = """() => {
  const kinds = {
    button: 'button:not([disabled])', checkbox: 'label[data-baseweb="checkbox"]', link: 'a[href]',
    select: '[data-baseweb="select"]', text: 'input[type="text"]:not([role="combobox"]), textarea',
    number: 'input[type="number"]', slider: '[role="slider"]', chart: '.js-plotly-plot', canvas: 'canvas.upper-canvas',
  };
  document.querySelectorAll('[data-soak]').forEach(place => place.removeAttribute('data-soak'));
  const rooms = ['[data-testid="stMain"]', '[data-testid="stSidebar"]'];
  const found = {};
  for (const [kind, selector] of Object.entries(kinds)) {
    for (const place of document.querySelectorAll(rooms.map(room => `${room} :is(${selector})`).join(','))) {
      const box = place.getBoundingClientRect();
      if (!box.width || !box.height || place.closest('[data-soak]')) continue;
      const leads = kind === 'link' && (place.target === '_blank' || new URL(place.href).origin !== location.origin);
      if (leads) continue;
      place.dataset.soak = kind;
      found[kind] = (found[kind] || 0) + 1;
    }
  }
  return found;
}"""
"""Marks what can be clicked with its kind; how many there are of each."""
