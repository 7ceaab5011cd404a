"""Start the dashboard as its users do, on a free port with a home of its own, and a Chromium to look at it.

Shared by the browser tests, the screenshots and the benchmarks.
"""

import math
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from scripts.find_browser import SENTENCE, find_browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

ROOT = Path(__file__).parents[1]
CALM = (
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
"""What keeps Chromium from looking up hosts that a closed network refuses."""


@dataclass(frozen=True)
class Server:
    """A running ``streamlit run``; ``url`` has no slash at its end, ``log`` is what it printed."""

    url: str
    home: Path
    log: Path
    process: subprocess.Popen[bytes]

    def output(self) -> str:
        """Everything that the server printed until now."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def stop(self, seconds: float = 15.0) -> float:
        """Ask it to end as a service manager does, then force it with all its workers; return the seconds it took."""
        started = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(seconds)
        self.kill()
        return time.monotonic() - started

    def kill(self) -> None:
        """End it and every process that it started, at once."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self.process.wait(10)


def free_port() -> int:
    """Return a TCP port of the loopback interface that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


def wait_until(condition: Callable[[], object], what: str, seconds: float = 30.0) -> None:
    """Poll until the condition holds.

    Raises
    ------
    TimeoutError
        After ``seconds``, saying what was waited for.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"Waited {seconds:g} s in vain until {what}.")
        time.sleep(0.05)


def start_server(
    home: Path, *, script: str = "app.py", environment: Mapping[str, str] | None = None, wait: bool = True
) -> Server:
    """Start the app with ``DIGITLAB_HOME=home`` and, unless told otherwise, wait until it answers.

    Raises
    ------
    RuntimeError
        If it ended instead of answering, with the end of its log.
    """
    home.mkdir(parents=True, exist_ok=True)
    log = home / "server.log"
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", script, "--server.port", str(port), "--server.headless=true"]
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | {"DIGITLAB_HOME": str(home), "PYTHONUNBUFFERED": "1"} | dict(environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = Server(f"http://localhost:{port}", home, log, process)
    if wait:
        wait_for_health(server)
    return server


def wait_for_health(server: Server, seconds: float = 60.0) -> None:
    """Wait until the server answers; it is killed if it does not."""

    def answers_or_ended() -> bool:
        return server.process.poll() is not None or is_healthy(server)

    try:
        wait_until(answers_or_ended, "the server answered", seconds)
    except TimeoutError:
        server.kill()
        raise
    if server.process.poll() is not None:
        raise RuntimeError(f"The server ended:\n{server.output()[-4000:]}")


def is_healthy(server: Server) -> bool:
    """Whether the server answers that it is well."""
    try:
        with urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


@contextmanager
def running_server(home: Path, **options: object) -> Iterator[Server]:
    """:func:`start_server` that stops it at the end, come what may."""
    server = start_server(home, **options)  # type: ignore[arg-type]
    try:
        yield server
    finally:
        server.stop()


def workers_of(process: psutil.Process) -> list[psutil.Process]:
    """The living workers of a server: spawned by it, or forked from a process that is."""
    found = []
    for child in process.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            words = " ".join(child.cmdline())
            is_forked = "multiprocessing.forkserver" in words and child.ppid() != process.pid
            if child.status() != psutil.STATUS_ZOMBIE and (is_forked or "spawn_main" in words):
                found.append(child)
    return found


@contextmanager
def running_browser(*flags: str) -> Iterator["Browser"]:
    """Open a headless Chromium with an empty profile.

    Parameters
    ----------
    flags
        For its command line, beside those that every one of ours gets.

    Raises
    ------
    RuntimeError
        If there is no browser on this machine.
    """
    from playwright.sync_api import sync_playwright

    path = find_browser()
    if path is None:
        raise RuntimeError(SENTENCE)
    # Chromium's sandbox refuses to run for root.
    root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=[*CALM, *root, *flags])
        try:
            yield browser
        finally:
            browser.close()


def wait_until_settled(page: "Page", seconds: float = 60.0) -> None:
    """Wait until the script has run and the browser shows all of it: nothing running, stale or still loading."""
    from playwright.sync_api import Error

    # What somebody changed is sent by a timer of no length: until that has gone off, nothing seems to run.
    with suppress(Error):  # The page is loading: what it had to say is gone.
        page.evaluate("() => new Promise(resolve => setTimeout(resolve, 0))")
    page.wait_for_function(SETTLED, timeout=seconds * 1000, polling=50)


def click_in_chart(page: "Page", figure: "Locator", x: float, y: float) -> None:
    """Click where (x, y) stands on the axes of a plotly chart, once plotly itself sees the point under the mouse."""
    figure.scroll_into_view_if_needed()
    wait_until_settled(page)
    plot = figure.locator(".js-plotly-plot")
    place = plot.evaluate(
        """(plot, [x, y]) => {
          const {xaxis, yaxis} = plot._fullLayout, box = plot.getBoundingClientRect();
          return [box.x + xaxis._offset + xaxis.d2p(x), box.y + yaxis._offset + yaxis.d2p(y)];
        }""",
        [x, y],
    )
    page.mouse.move(place[0] - 3, place[1] - 3)
    page.mouse.move(*place, steps=3)
    wait_until(lambda: plot.evaluate("plot => (plot._hoverdata || []).length > 0"), "the chart saw the mouse")
    page.mouse.click(*place)


def draw_three(page: "Page") -> None:
    """Draw a 3 with the mouse: two open bows, in one stroke."""
    draw_stroke(page, [*_arc(0.48, 0.34, 0.15, -150, 90), *_arc(0.48, 0.65, 0.17, -90, 150)])


def draw_seventy_three(page: "Page") -> None:
    """Draw a 7 and, to the right of it, a 3 with the mouse: a number of two digits."""
    draw_stroke(page, [(0.1, 0.25), (0.38, 0.25), (0.2, 0.75)])
    draw_stroke(page, [*_arc(0.74, 0.37, 0.12, -150, 90), *_arc(0.74, 0.63, 0.14, -90, 150)])


def draw_stroke(page: "Page", path: Sequence[tuple[float, float]]) -> None:
    """Draw one stroke with the mouse, through points in fractions of the canvas’s side, from its top left corner."""
    canvas = page.locator("canvas.upper-canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    side = min(box["width"], box["height"])
    points = [(box["x"] + side * x, box["y"] + side * y) for x, y in path]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=4 if len(points) < 10 else 1)
    page.mouse.up()


def _arc(x: float, y: float, radius: float, start: float, end: float, steps: int = 24) -> list[tuple[float, float]]:
    """Points on a circle, degrees clockwise from the right, as fractions of the canvas."""
    angles = [math.radians(start + (end - start) * step / steps) for step in range(steps + 1)]
    return [(x + radius * math.cos(angle), y + radius * math.sin(angle)) for angle in angles]


SETTLED = """() => {
  const app = document.querySelector('[data-testid="stApp"]');
  if (!app || app.getAttribute('data-test-script-state') !== 'notRunning') return false;
  if (app.getAttribute('data-test-connection-state') !== 'CONNECTED') return false;
  if (!document.querySelector('[data-testid="stMain"] [data-testid="stElementContainer"]')) return false;
  const unfinished = '[data-testid="stSkeleton"], [data-testid="stAppSkeleton"], [data-stale="true"]';
  if (document.querySelector(unfinished)) return false;
  // A figure below the screen waits with what is new to it until somebody can see it.
  const isSeen = box => box.bottom > 0 && box.top < innerHeight;
  const isDrawn = figure => figure.dataset.state === 'drawn'
    || (figure.dataset.state === 'waiting' && !isSeen(figure.getBoundingClientRect()));
  if (![...document.querySelectorAll('.live-figure')].every(isDrawn)) return false;
  const plain = [...document.querySelectorAll('[data-testid="stPlotlyChart"]')];
  return plain.every(chart => chart.querySelector('.main-svg'));
}"""
