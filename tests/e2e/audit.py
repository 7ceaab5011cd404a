"""What a page must not do at any size, in light or dark: cut text off, spill over, fail axe-core's rules.

References
----------
.. [1] axe-core's rules, https://github.com/dequelabs/axe-core/blob/develop/doc/rule-descriptions.md
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import axe_playwright_python
from playwright.sync_api import Page

WIDTHS = (1920, 1366, 1024, 820, 640, 390)
"""Pixels: a large screen, a projector's, a small laptop's, two tablets' and a phone's."""


@dataclass(frozen=True)
class Exemption:
    """Part of a page that is not the product's own.

    Parameters
    ----------
    rule
        A rule of axe-core, or ``cut-off``.
    selector
        What the element lies in, or is.
    reason
        Why it may stay.
    """

    rule: str
    selector: str
    reason: str


EXEMPTIONS = (
    Exemption("list", '[data-testid="stSidebarNavItems"]', "Streamlit’s menu puts its groups between list and items."),
    Exemption("listitem", '[data-testid="stSidebarNav"] li', "Streamlit’s menu, as above."),
    Exemption("presentation-role-conflict", '[data-testid="stFileUploaderDropzone"]', "Streamlit’s uploader."),
    Exemption("scrollable-region-focusable", ".katex-display", "KaTeX’s formulas scroll where a phone is too narrow."),
)
"""At most ten; each names a part that Streamlit or one of its libraries draws."""

assert len(EXEMPTIONS) <= 10

_CUT_OFF = """exempt => {
  const found = new Set();
  for (const element of document.querySelectorAll('[data-testid="stApp"] *')) {
    if (element.scrollWidth <= element.clientWidth + 1 || !element.clientWidth) continue;
    if (element.closest('svg, [data-testid="stDataFrame"]') || exempt.some(part => element.closest(part))) continue;
    const style = getComputedStyle(element), box = element.getBoundingClientRect();
    if (!['hidden', 'clip'].includes(style.overflowX) || style.visibility === 'hidden') continue;
    if (box.width < 4 || box.right <= 0 || box.left >= innerWidth) continue;
    const speaks = [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim());
    if (speaks || style.textOverflow === 'ellipsis') found.add(element.textContent.trim().slice(0, 80));
  }
  return [...found];
}"""

_OVERFLOW = """() => Math.max(
  ...[document.documentElement, ...document.querySelectorAll('[data-testid="stMain"]')]
    .map(element => element.scrollWidth - element.clientWidth))"""

_VIOLATIONS = """async ([rules, exempt]) => {
  const only = rules.length ? {runOnly: {type: 'rule', values: rules}} : {};
  // Of words in a drawing it says nothing, however faint, and takes as long to look at each as at all else.
  const {violations} = await axe.run({exclude: ['.main-svg']}, {...only, resultTypes: ['violations']});
  const isExempt = (rule, node) => {
    const target = node.target.flat();
    const element = target.length === 1 ? document.querySelector(target[0]) : null;
    return exempt.some(([name, part]) => name === rule && element?.closest(part));
  };
  return violations.flatMap(({id, nodes}) => nodes.filter(node => !isExempt(id, node)).map(
    node => `${id}: ${node.html.slice(0, 120)} (${node.any[0]?.message ?? node.failureSummary})`));
}"""


def horizontal_overflow(page: Page) -> int:
    """Pixels by which the page is wider than the window."""
    pixels: int = page.evaluate(_OVERFLOW)
    return pixels


def cut_off(page: Page) -> list[str]:
    """Texts that end before they end, in dots or without."""
    texts: list[str] = page.evaluate(_CUT_OFF, [each.selector for each in EXEMPTIONS if each.rule == "cut-off"])
    return texts


def violations(page: Page, *rules: str) -> list[str]:
    """What axe-core finds in the product's own parts; only by these rules, if any are named."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(_axe())
    found: list[str] = page.evaluate(_VIOLATIONS, [list(rules), [[each.rule, each.selector] for each in EXEMPTIONS]])
    return found


@cache
def _axe() -> str:
    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
