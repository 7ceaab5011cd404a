"""What a person's hands do, in terms that the tests can use."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Event, Thread

import psutil
from playwright.sync_api import Locator, Page

from scripts.serve import Server, click_in_chart, workers_of

WORKING, RESTING = 0.02, 0.1
"""Seconds at a time of workers that go slowly."""


def metric(page: Page, label: str) -> Locator:
    """The number of a metric, found by its label."""
    found = page.get_by_test_id("stMetric").filter(has=page.get_by_text(label, exact=True))
    return found.get_by_test_id("stMetricValue")


def chart(page: Page, alt: str) -> Locator:
    """A chart whose alt text begins like this."""
    return page.get_by_role("figure", name=re.compile(re.escape(alt)))


def click_in_montage(page: Page, figure: Locator, position: int) -> None:
    """Click a digit of a gallery."""
    plot = figure.locator(".js-plotly-plot")
    x, y = plot.evaluate(
        "(plot, i) => { const t = plot._fullData.find(t => t.type.startsWith('scatter')); return [t.x[i], t.y[i]]; }",
        position,
    )
    click_in_chart(page, figure, x, y)


COUNT_RUNS = """() => {
    window.ran = 0;
    const status = new MutationObserver(() => window.ran++);
    status.observe(document.querySelector('[data-testid=stApp]'), { attributeFilter: ['data-test-script-state'] });
}"""
"""Have ``window.ran`` count how often the page's script begins or ends from now on."""


@contextmanager
def working_slowly(server: Server) -> Iterator[None]:
    """Meanwhile workers rest most of the time: runs that are only to be under way leave the cores to the test."""
    workers, done = workers_of(psutil.Process(server.process.pid)), Event()

    def alternate() -> None:
        while not done.wait(WORKING):
            _each(workers, psutil.Process.suspend)
            done.wait(RESTING)
            _each(workers, psutil.Process.resume)

    thread = Thread(target=alternate)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        _each(workers, psutil.Process.resume)


def _each(workers: Sequence[psutil.Process], do: Callable[[psutil.Process], None]) -> None:
    for worker in workers:
        with suppress(psutil.NoSuchProcess):
            do(worker)
