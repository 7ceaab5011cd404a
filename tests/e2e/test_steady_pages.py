"""Evaluate, Errors and Explore in use: nothing on the page moves, no chart is taken away, no key press is lost."""

import gzip
import re
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect
from safetensors.numpy import load_file

from core.analysis.embedding import sample_positions
from core.analysis.map_cache import write_map
from core.config import TrainConfig
from core.data.catalogue import load_splits
from scripts.serve import Server, wait_until, wait_until_settled
from tests.e2e.actions import chart, click_in_chart, click_in_montage, metric
from tests.e2e.conftest import OpenPage

ROOT = Path(__file__).parents[2]
LAPTOP = (1366, 768)
WATCH = """() => {
  window.seen = { shift: 0, removed: 0 };
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => (window.seen.shift += entry.value)))
    .observe({ type: "layout-shift" });
  const charts = (node) => node.nodeType !== 1 ? 0
    : Number(node.matches(".js-plotly-plot")) + node.querySelectorAll(".js-plotly-plot").length;
  new MutationObserver((changes) => changes.forEach((change) => change.removedNodes.forEach(
    (node) => (window.seen.removed += charts(node)))))
    .observe(document.body, { childList: true, subtree: true });
}"""
"""Counts shifts of the layout, also those right after an input, and charts that are taken off the page."""


BUSY_ONCE_COPIED = """() => {
  const labels = new MutationObserver(() => { labels.disconnect(); alert('busy'); });
  labels.observe(document.querySelector('.copy-label'), {childList: true});
}"""
"""A page that draws its charts right after the click shows nothing meanwhile, nor does one that waits for an answer."""
BUSY_SECONDS = 3.1
"""Longer than the word is there."""


def mnist(name: str, head: int) -> np.ndarray:
    return np.frombuffer(gzip.decompress((ROOT / f"data/mnist/{name}.gz").read_bytes()), np.uint8, offset=head)


@pytest.fixture(scope="module")
def answers() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """True labels, predicted labels and confidence of the demo run, read without the product's code."""
    probabilities = load_file(ROOT / "demo/predictions.safetensors")["probabilities"]
    return mnist("t10k-labels-idx1-ubyte", 8), probabilities.argmax(axis=1), probabilities.max(axis=1)


@pytest.fixture(scope="module")
def mistakes(answers: tuple[np.ndarray, np.ndarray, np.ndarray]) -> np.ndarray:
    """Test digits that the demo run gets wrong, the most confident mistake first."""
    labels, predicted, confidence = answers
    wrong = np.flatnonzero(labels != predicted)
    return wrong[np.argsort(-confidence[wrong], kind="stable")]


def seen(page: Page) -> dict[str, float]:
    wait_until_settled(page)
    return page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(seen))))")


def test_cells_of_the_matrix_move_nothing_and_show_their_digits(
    server: Server, open_page: OpenPage, answers: tuple[np.ndarray, np.ndarray, np.ndarray]
) -> None:
    page = open_page(f"{server.url}/evaluate?run=demo", size=LAPTOP)
    expect(page.get_by_text(re.compile(r"digits: true 9, read as 3"))).to_have_count(0)
    matrix = chart(page, "Confusion matrix of 10 labels")
    matrix.scroll_into_view_if_needed()
    wait_until_settled(page)
    page.evaluate(WATCH)
    # An empty one, one with many pages, and one with a few images.
    for true, read in ((0, 1), (3, 3), (9, 3)):
        click_in_chart(page, matrix, read, true)
        expect(page.get_by_text(f"true {true}, read as {read}").first).to_be_visible()
    assert seen(page)["removed"] == 0
    assert seen(page)["shift"] < 0.01
    open_one_of_the_cell(page, *answers)
    copy_what_the_card_says(page, f"{server.url}/evaluate?")


def open_one_of_the_cell(page: Page, labels: np.ndarray, predicted: np.ndarray, confidence: np.ndarray) -> None:
    """The gallery has the most confident mistake first."""
    there = np.flatnonzero((labels == 9) & (predicted == 3))
    expect(page.get_by_text(f"{len(there)} digits: true 9, read as 3")).to_be_visible()
    expect(page.get_by_role("combobox", name="True label")).to_have_value("9")
    gallery = chart(page, f"{len(there)} test digits: true 9, read as 3")
    expect(gallery).to_be_visible()
    click_in_montage(page, gallery, 0)
    surest = there[confidence[there].argmax()]
    expect(page.get_by_text(f"Test digit {surest}: confidence")).to_be_visible()


def copy_what_the_card_says(page: Page, beginning: str) -> None:
    """A link that opens this page with this run, and a command line."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    wait_until_settled(page)
    page.evaluate(BUSY_ONCE_COPIED)
    page.once("dialog", lambda dialog: (time.sleep(BUSY_SECONDS), dialog.accept()))
    page.get_by_role("button", name="Copy link").click()
    page.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("() => navigator.clipboard.readText()") == f"{beginning}run=demo"
    page.get_by_role("button", name="Copy command line").click()
    page.wait_for_function("async () => (await navigator.clipboard.readText()).startsWith('python -m core train')")


def is_on_the_screen(part: Locator) -> bool:
    box = part.bounding_box()
    return box is not None and box["y"] >= 0 and box["y"] + box["height"] <= LAPTOP[1]


def test_the_arrow_keys_step_through_the_errors_and_one_is_explained(
    server: Server,
    open_page: OpenPage,
    answers: tuple[np.ndarray, np.ndarray, np.ndarray],
    mistakes: np.ndarray,
) -> None:
    page = open_page(f"{server.url}/errors?run=demo", size=LAPTOP)
    number = page.get_by_role("spinbutton", name="Test digit")
    grid = chart(page, "40 test digits that were read incorrectly")
    parts = (grid, chart(page, "Test digit"), chart(page, "Probability of each label"), metric(page, "Epochs correct"))
    assert all(is_on_the_screen(part) for part in parts), "the inspector is beside the grid"
    page.evaluate(WATCH)
    page.keyboard.press("ArrowRight")
    expect(number).to_have_value(str(mistakes[1]))
    # A burst, faster than the server answers.
    for key in ("ArrowRight",) * 8 + ("ArrowLeft", "ArrowRight"):
        page.keyboard.press(key)
    expect(number).to_have_value(str(mistakes[9]))
    page.wait_for_url(re.compile(rf"digit={mistakes[9]}\b"))
    page.get_by_role("button", name="Next", exact=True).press("ArrowRight")
    expect(number).to_have_value(str(mistakes[10]))
    assert seen(page)["removed"] == 0
    assert seen(page)["shift"] < 0.01
    number.press("ArrowLeft")
    page.get_by_role("button", name="Previous", exact=True).press("Enter")
    expect(number).to_have_value(str(mistakes[9])), "within the field the key moves the cursor"
    explain_one_and_download_all(page, *answers[:2], mistakes)


def explain_one_and_download_all(page: Page, labels: np.ndarray, predicted: np.ndarray, mistakes: np.ndarray) -> None:
    expect(page.get_by_text(f"{len(mistakes)} mistakes", exact=True)).to_be_visible()
    wait_until_settled(page)
    click_in_montage(page, chart(page, "40 test digits that were read incorrectly"), 2)
    third = mistakes[2]
    expect(page.get_by_role("spinbutton", name="Test digit")).to_have_value(str(third))
    expect(metric(page, "True label")).to_have_text(str(labels[third]))
    expect(metric(page, "Read as")).to_have_text(str(predicted[third]))
    page.wait_for_url(re.compile(rf"digit={third}\b"))
    page.get_by_text("Why this answer?", exact=True).click()
    page.wait_for_url(re.compile(r"why=integrated\b"))
    expect(chart(page, f"For {predicted[third]} rather than {labels[third]}")).to_be_visible()
    page.get_by_role("radio", name="Neighbours").click()
    page.wait_for_url(re.compile(r"why=neighbours\b"))
    expect(page.get_by_text("among 5,000 of 55,000 training digits")).to_be_visible()
    expect(chart(page, "The 10 nearest training digits as the network sees them")).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_test_id("stDownloadButton").get_by_role("button").click()
    lines = Path(waiting.value.path()).read_text(encoding="utf-8").splitlines()
    assert len(lines) - 1 == len(mistakes)


def draw_lasso(page: Page, figure: Locator, corners: Sequence[tuple[float, float]]) -> None:
    """Drag around a part of a chart; corners as shares of its width and height."""
    box = figure.bounding_box()
    assert box is not None
    places = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in corners]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=2)
    page.mouse.up()


def test_the_map_shows_pictures_and_keeps_its_choice(server: Server, open_page: OpenPage) -> None:
    train = load_splits(TrainConfig(), server.home).train
    sample = train.subset(sample_positions(train.labels))
    points = np.random.default_rng(0).normal(size=(len(sample), 2))
    write_map(server.home / "cache" / f"tsne-{sample.digest[:16]}-0.npy", points)
    page = open_page(f"{server.url}/explore?view=map", size=(1366, 1000))
    figure = chart(page, "Map by PCA")
    expect(page.get_by_text("3,000 training digits by PCA")).to_be_visible()
    plot = figure.locator(".js-plotly-plot")
    x, y = plot.evaluate("plot => [plot._fullData[7].x[0], plot._fullData[7].y[0]]")
    click_in_chart(page, figure, x, y)
    shown = figure.locator(".live-thumbnail")
    expect(shown).to_be_visible()
    index = int(re.search(r"index ([\d,]+)", shown.inner_text())[1].replace(",", ""))
    pixels = shown.locator("canvas").evaluate(
        "canvas => [...canvas.getContext('2d').getImageData(0, 0, 28, 28).data].filter((_, i) => i % 4 === 0)"
    )
    start = 784 * index
    np.testing.assert_array_equal(pixels, mnist("train-images-idx3-ubyte", 16)[start : start + 784])
    page.mouse.move(5, 5)
    expect(shown).to_be_hidden()
    draw_lasso(page, figure, ((0.3, 0.3), (0.6, 0.3), (0.6, 0.6), (0.3, 0.6), (0.3, 0.3)))
    chosen = page.get_by_text(re.compile(r"[\d,]+ digits chosen"))
    expect(chosen).to_be_visible()
    told = chosen.inner_text()
    wait_until_settled(page)
    page.get_by_role("radio", name="t-SNE").click()
    expect(page.get_by_text("3,000 training digits by t-SNE")).to_be_visible()
    wait_until_settled(page)
    expect(chosen).to_have_text(told)
    bright = "plot => plot._fullData.reduce((sum, trace) => sum + (trace.selectedpoints ?? []).length, 0)"
    count = int(re.search(r"[\d,]+", told)[0].replace(",", ""))
    other = chart(page, "Map by t-SNE").locator(".js-plotly-plot")
    wait_until(lambda: other.evaluate(bright) == count, "the chosen digits stood out in the other layout")
