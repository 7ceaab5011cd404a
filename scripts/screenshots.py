"""Take the pictures of the README from the running app: ``python -m scripts.screenshots``.

The app gets a home of its own with one finished run in it, so that every page has something to show.
"""

import io
import re
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from scripts.serve import ROOT, Server, draw_three, running_browser, running_server, wait_until_settled

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FOLDER = ROOT / "docs" / "screenshots"
WIDTH = 1280
COLOURS = 128
MOST_BYTES = 250_000
PATIENCE = 120_000
"""Milliseconds."""
_VARIED = "vary=learning_rate=0.0005:0.02:log&vary=hidden_size=8:128:log&vary=optimizer=adam,sgd"

_EXERCISE = "exercise=wide-or-deep&pages=train,evaluate&fix=epochs:4&fix=training_size:5000"


@dataclass(frozen=True)
class Shot:
    """A picture: its file name, where it is taken, and what is done on the page first."""

    name: str
    path: str
    theme: str = "light"
    height: int = 860
    act: Callable[["Page"], None] = wait_until_settled


def train_a_run(page: "Page") -> None:
    """Train with the defaults and wait for the end, so that the curves are whole."""
    page.get_by_test_id("stMain").get_by_role("button", name="Train", exact=True).click()
    page.wait_for_url(re.compile(r"[?&]run="))
    page.get_by_text(re.compile(r"^Done( ·|,|$)")).wait_for(timeout=PATIENCE)
    wait_until_settled(page)


def compare_all(page: "Page") -> None:
    """Select every run of the table and follow the link to Compare."""
    box = page.get_by_test_id("stDataFrame").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 18, box["y"] + 18)
    page.get_by_role("link", name=re.compile(r"Compare \d+ runs")).click()
    page.get_by_text("The images that flip").wait_for(timeout=PATIENCE)
    wait_until_settled(page)


def draw(page: "Page") -> None:
    """Draw a 3 and wait until the network has read it."""
    draw_three(page)
    metric = page.get_by_test_id("stMetric").filter(has_text="Prediction").get_by_test_id("stMetricValue")
    metric.get_by_text("3", exact=True).wait_for(timeout=PATIENCE)
    wait_until_settled(page)


def search(page: "Page") -> None:
    """Let a few small networks compete, and wait until the charts are there."""
    page.get_by_role("button", name="Start search").click()
    page.get_by_text(re.compile("^Done")).wait_for(timeout=PATIENCE)
    page.locator(".st-key-search_importance").wait_for(timeout=PATIENCE)
    wait_until_settled(page)


def join_a_class(page: "Page") -> None:
    """Choose a nickname, train two runs of the exercise, and come back to everybody’s."""
    page.get_by_label("Your nickname").fill("Ada")
    page.get_by_role("button", name="Join").click()
    for seed in ("1", "2"):
        page.get_by_role("link", name="Train", exact=True).first.click()
        page.get_by_role("spinbutton", name="Seed").fill(seed)
        page.keyboard.press("Enter")
        wait_until_settled(page)
        page.get_by_test_id("stMain").get_by_role("button", name="Train", exact=True).click()
        page.wait_for_url(re.compile(r"[?&]run="))
        page.get_by_text(re.compile(r"^Done( ·|,|$)")).wait_for(timeout=PATIENCE)
        page.get_by_role("link", name="Class", exact=True).first.click()
        page.get_by_text("All runs").wait_for(timeout=PATIENCE)
    wait_until_settled(page)


SHOTS = (
    Shot("train", "train?epochs=8&schedule=cosine&seed=1", height=1240, act=train_a_run),
    Shot("home", "", act=draw),
    Shot("home-dark", "", theme="dark", act=draw),
    Shot("explore", "explore"),
    Shot("evaluate", "evaluate?run=demo", height=1100),
    Shot("errors", "errors?run=demo", height=1100),
    Shot("inside", "inside?run=demo", height=1100),
    Shot("robustness", "robustness?run=demo", height=1100),
    Shot("draw", "draw?run=demo", act=draw),
    Shot("datasets", "datasets"),
    Shot("learn", "learn?part=walk&step=5", height=1100),
    Shot("runs", "runs"),
    Shot("class", f"class?{_EXERCISE}", height=1240, act=join_a_class),
    Shot("compare", "runs", height=1240, act=compare_all),
    Shot("search", f"search?training_size=2000&epochs=3&budget=trials&trials=16&{_VARIED}", height=1240, act=search),
)


def take(shot: Shot, server: Server, browser: "Browser") -> Path:
    """Open the page in a fresh session, act, and write the picture with few colours."""
    context = browser.new_context(viewport={"width": WIDTH, "height": shot.height}, color_scheme=shot.theme)
    page = context.new_page()
    page.goto(f"{server.url}/{shot.path}")
    wait_until_settled(page, PATIENCE / 1000)
    shot.act(page)
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement.blur()")
    page.evaluate("document.querySelector('[data-testid=\"stMain\"]').scrollTo(0, 0)")
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    context.close()
    path = FOLDER / f"{shot.name}.png"
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    return path


def main() -> int:
    """Take every picture; 1 if one is too large for a README or a page failed."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    large = False
    with (
        tempfile.TemporaryDirectory(prefix="digitlab-") as home,
        running_server(Path(home)) as server,
        running_browser() as browser,
    ):
        for shot in SHOTS:
            path = take(shot, server, browser)
            size = path.stat().st_size
            large |= size > MOST_BYTES
            print(f"{path.relative_to(ROOT)}  {size / 1000:.0f} kB")
        failed = "Traceback" in server.output()
        if failed:
            print(server.output(), file=sys.stderr)
    return int(large or failed)


if __name__ == "__main__":
    sys.exit(main())
