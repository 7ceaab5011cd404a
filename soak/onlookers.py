"""Real browsers, each with a drawing of its own, at the same time."""

import math
import random
from contextlib import ExitStack

from playwright.sync_api import Page

from scripts.serve import Server, draw_stroke, draw_three, running_browser, wait_until_settled

PATIENCE_MS = 180_000
_ROUNDS = 2


def look_at_once(server: Server, count: int, seed: int) -> list[str]:
    """Each draws, then all look again, in turn: what is on their pages is what they drew themselves."""
    chance = random.Random(seed)
    with running_browser() as browser, ExitStack() as contexts:
        pages = []
        for _ in range(count):
            context = contexts.enter_context(browser.new_context(viewport={"width": 1280, "height": 900}))
            context.set_default_timeout(PATIENCE_MS)
            pages.append(context.new_page())
        for page in pages:
            page.goto(f"{server.url}/draw?run=demo")
            wait_until_settled(page, PATIENCE_MS / 1000)
        said = [_drawn(page, number) for number, page in enumerate(pages)]
        wrong = []
        for _ in range(_ROUNDS):
            for number in chance.sample(range(count), count):
                # A click that changes nothing of the drawing has the script run again.
                pages[number].get_by_text("Scale", exact=True).first.click()
                wait_until_settled(pages[number], PATIENCE_MS / 1000)
                pages[number].get_by_text("Scale", exact=True).first.click()
                wait_until_settled(pages[number], PATIENCE_MS / 1000)
                now = _prediction(pages[number])
                if now != said[number]:
                    wrong.append(f"browser {number} drew what is a {said[number]}, and sees {now}")
        if len(set(said)) < min(count, 2):
            wrong.append(f"all browsers see {said}, though each drew something else")
        return wrong


def _drawn(page: Page, number: int) -> str:
    """A drawing: a 3, a stroke that is a 1, a ring that is a 0."""
    if number % 3 == 0:
        draw_three(page)
    else:
        draw_stroke(page, _STROKES[number % 3])
    page.locator("[data-testid='stMetricValue']", has_text="–").wait_for(state="detached")
    wait_until_settled(page, PATIENCE_MS / 1000)
    return _prediction(page)


def _prediction(page: Page) -> str:
    metric = page.get_by_test_id("stMetric").filter(has_text="Prediction").first
    return metric.get_by_test_id("stMetricValue").inner_text().strip()


_STROKES = {
    1: [(0.5, 0.2 + 0.03 * step) for step in range(21)],
    2: [
        (0.5 + 0.18 * math.cos(math.tau * step / 24), 0.5 + 0.27 * math.sin(math.tau * step / 24)) for step in range(25)
    ],
}
