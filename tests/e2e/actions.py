"""What a person's hands do, in terms that the tests can use."""

import re

from playwright.sync_api import Locator, Page

from scripts.serve import wait_until, wait_until_settled


def metric(page: Page, label: str) -> Locator:
    """The number of a metric, found by its label."""
    found = page.get_by_test_id("stMetric").filter(has=page.get_by_text(label, exact=True))
    return found.get_by_test_id("stMetricValue")


def chart(page: Page, alt: str) -> Locator:
    """A chart whose alt text begins like this."""
    return page.get_by_role("figure", name=re.compile(re.escape(alt)))


def click_in_chart(page: Page, figure: Locator, x: float, y: float) -> None:
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


def click_in_montage(page: Page, figure: Locator, position: int) -> None:
    """Click a digit of a gallery."""
    plot = figure.locator(".js-plotly-plot")
    x, y = plot.evaluate(
        "(plot, i) => { const t = plot._fullData.find(t => t.type.startsWith('scatter')); return [t.x[i], t.y[i]]; }",
        position,
    )
    click_in_chart(page, figure, x, y)
