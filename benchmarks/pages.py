"""What a visitor waits for: the first page, a rerun while a training is under way, the answer to a drawing."""

import base64
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.request import urlopen

from playwright.sync_api import Locator, Page
from streamlit.proto.BackMsg_pb2 import BackMsg

from benchmarks.app import app, start_training
from benchmarks.report import Row
from benchmarks.session import Session
from scripts.serve import is_healthy, running_browser, start_server, wait_until, wait_until_settled

BARE_PAGE = "benchmarks/bare_page.py"
PAGES = {
    "Home": ("", ""),
    "Explore, Browse": ("explore", ""),
    "Explore, Statistics": ("explore", "view=statistics"),
    "Explore, Map": ("explore", "view=map"),
    "Train": ("train", ""),
    "Evaluate": ("evaluate", ""),
    "Errors": ("errors", ""),
    "Inside": ("inside", ""),
    "Robustness": ("robustness", ""),
    "Draw": ("draw", ""),
    "Runs": ("runs", ""),
}
WAY = {
    name: name for name in ("Evaluate", "Errors", "Inside", "Robustness", "Draw", "Explore", "Learn", "Runs", "Compare")
} | {"Datasets": "Datasets", "Home": "Digit Lab", "Train": "Train"}
"""Pages in the order in which they are gone to, and their headings; on Train, the menu shows fewer entries."""
RERUN_REACH, PEN_REACH, PEN_SERVER_REACH, CHANGE_REACH = 0.2, 0.6, 0.05, 1.0


def measure(quick: bool) -> dict[str, Sequence[Row]]:
    """Four tables."""
    return {
        "From streamlit run to the page, fresh server and browser": first_page(3 if quick else 5),
        "Rerun on the server while a training is under way": reruns(10 if quick else 40),
        "From the menu to the page while a training is under way": page_changes(1 if quick else 3),
        "From pen-up to the prediction": pen_up(5 if quick else 15),
    }


def first_page(rounds: int) -> list[Row]:
    """Home and the bare page in turn."""
    title, text, home, bare = [], [], [], []
    for _ in range(rounds):
        shown, complete = _visit(BARE_PAGE, 'h1:has-text("Bare page")')
        title.append(shown)
        bare.append(complete)
        shown, complete = _visit("app.py", 'button:has-text("Train your own")')
        text.append(shown)
        home.append(complete)
    return [
        Row("bare page's title", tuple(title)),
        Row("bare page complete", tuple(bare)),
        Row("Home's text and button", tuple(text), reach=2.5),
        Row("Home complete", tuple(home), base=("bare page", tuple(bare)), reach=1.3),
    ]


def _visit(script: str, landmark: str) -> tuple[float, float]:
    """Seconds from ``streamlit run`` until the landmark shows, and until page, chart and canvas are complete."""
    with tempfile.TemporaryDirectory(prefix="digitlab-bench-") as home, running_browser() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        started = time.perf_counter()
        server = start_server(Path(home), script=script, wait=False)
        try:
            wait_until(lambda: is_healthy(server), "the server answered", 60)
            page.goto(server.url, wait_until="commit")
            page.locator(landmark).first.wait_for(timeout=60_000)
            shown = time.perf_counter() - started
            page.locator(".js-plotly-plot .main-svg").first.wait_for(timeout=60_000)
            _canvas(page).wait_for(timeout=60_000)
            wait_until_settled(page, 60)
            return shown, time.perf_counter() - started
        finally:
            server.stop()


def reruns(count: int) -> list[Row]:
    """Seconds from asking for a rerun to the end of the script, as a WebSocket session sees them."""
    rows = []
    with app() as server:
        run_id = start_training(server, "epochs=200&hidden_size=512")
        for name, (page, query) in PAGES.items():
            with Session.open(server.url, page, query) as session:
                rows.append(_row(name, [_spaced(session.rerun) for _ in range(count)]))
                if name == "Explore, Browse":
                    indices = range(0, 50_000, 50_000 // count)
                    rows.append(_row("Explore, another digit", [_spaced(partial(_pick, session, i)) for i in indices]))
        with Session.open(server.url, "train", f"run={run_id}") as session:
            news = f"{server.url}/live/run/{run_id}?accuracy_axis=accuracy&epoch_axis=linear&smoothing=0"
            rows.append(_row("Train, what is new", [_spaced(partial(_ask, news)) for _ in range(count)]))
            session.click("Stop")
    return rows


def page_changes(rounds: int) -> list[Row]:
    """Seconds from a click in the menu until the page's heading shows, and until all of its first screen does."""
    heading, complete = [], []
    with app() as server, running_browser() as browser:
        run_id = start_training(server, "epochs=200&hidden_size=512")
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        page.goto(f"{server.url}/train?run={run_id}")
        wait_until_settled(page, 60)
        for _ in range(rounds):
            for name, title in WAY.items():
                # People look at a page before they go on; what it draws last does not count for the next.
                time.sleep(0.5)
                started = time.perf_counter()
                page.get_by_test_id("stSidebarNav").get_by_role("link", name=name, exact=True).click()
                page.get_by_role("heading", level=1, name=title, exact=True).wait_for()
                heading.append(time.perf_counter() - started)
                wait_until_settled(page, 60)
                complete.append(time.perf_counter() - started)
    return [
        Row("heading of the page", tuple(heading)),
        Row("its first screen complete", tuple(complete), reach=CHANGE_REACH),
    ]


def _row(name: str, seconds: Sequence[float]) -> Row:
    return Row(name, tuple(seconds), of="p95", reach=RERUN_REACH)


def _spaced(measure_one: Callable[[], float]) -> float:
    """Leave the server a moment, as people do."""
    time.sleep(0.1)
    return measure_one()


def _ask(url: str) -> float:
    """Seconds until the whole answer of a route is there."""
    started = time.perf_counter()
    with urlopen(url) as answer:
        answer.read()
    return time.perf_counter() - started


def _pick(session: Session, index: int) -> float:
    return session.set_value("number_input", "Index in the file", double_value=index)


def pen_up(strokes: int) -> list[Row]:
    """Draw a one, wait for the metric, clear, and so on; then send the server what the browser sent it."""
    seconds = []
    with app() as server, _watched_page(f"{server.url}/draw") as page:
        for _ in range(strokes):
            _wait_for_prediction(page, lambda text: text == "–")
            up = _draw_one(page)
            seconds.append(_wait_for_prediction(page, lambda text: text != "–") - up)
            page.get_by_role("button", name="Clear").click()
        sent = _last_drawing(page)
        with Session.open(server.url, "draw") as session:
            server_seconds = [_spaced(partial(session.replay, sent)) for _ in range(strokes)]
    return [
        Row("in the browser", tuple(seconds), reach=PEN_REACH),
        Row("on the server", tuple(server_seconds), reach=PEN_SERVER_REACH),
    ]


@contextmanager
def _watched_page(url: str) -> Iterator[Page]:
    with running_browser() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 1200})
        page.add_init_script(_RECORDER)
        page.goto(url)
        _canvas(page).wait_for(timeout=60_000)
        wait_until_settled(page, 60)
        yield page


def _canvas(page: Page) -> Locator:
    return page.locator("canvas.upper-canvas").last


def _draw_one(page: Page) -> float:
    """Draw a slanted stroke; return when the pen went up."""
    box = _canvas(page).bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x + 10, y - 80)
    page.mouse.down()
    page.mouse.move(x - 10, y + 80, steps=8)
    up = time.time()
    page.mouse.up()
    return up


def _wait_for_prediction(page: Page, wanted: Callable[[str], bool]) -> float:
    """Wait until the metric shows what is wanted; return when the browser first painted it."""
    shown: list[tuple[float, str]] = []

    def is_shown() -> bool:
        shown[:] = [tuple(entry) for entry in page.evaluate("window.digitlab.shown")]
        return bool(shown) and wanted(shown[-1][1])

    wait_until(is_shown, "the prediction changed", 30)
    return shown[-1][0] / 1000


def _last_drawing(page: Page) -> bytes:
    """The last message from the browser that was not a click on a button."""
    messages = [base64.b64decode(text) for text in page.evaluate("window.digitlab.sentAsText()")]
    states = [BackMsg.FromString(message).rerun_script.widget_states.widgets for message in messages]
    return next(
        message
        for message, widgets in zip(reversed(messages), reversed(states), strict=True)
        if len(message) > 1_000 and not any(widget.trigger_value for widget in widgets)
    )


_RECORDER = """(() => {
  const seen = window.digitlab = {shown: [], sent: []};
  const asText = data => btoa(Array.from(new Uint8Array(data), byte => String.fromCharCode(byte)).join(''));
  seen.sentAsText = () => seen.sent.map(asText);
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) {
    if (typeof data !== 'string') seen.sent.push(data.slice(0));
    return send.call(this, data);
  };
  const look = () => {
    const metric = document.querySelector('[data-testid="stMetricValue"]');
    const text = metric ? metric.textContent.trim() : null;
    const last = seen.shown[seen.shown.length - 1];
    if (text && (!last || last[1] !== text)) seen.shown.push([Date.now(), text]);
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})()"""
