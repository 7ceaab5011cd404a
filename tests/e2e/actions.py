"""What a person's hands do, in terms that the tests can use."""

import re

from playwright.sync_api import Locator, Page

from scripts.serve import click_in_chart


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
