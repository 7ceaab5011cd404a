"""Draw a 3, say that it is an 8, fine-tune, and see what that has changed; draw for a class of one’s own."""

from playwright.sync_api import Page, expect

from scripts.serve import Server, draw_three, wait_until_settled
from tests.e2e.actions import metric
from tests.e2e.conftest import OpenPage


def test_one_drawing_is_corrected_and_the_run_fine_tuned_on_it(server: Server, open_page: OpenPage) -> None:
    page = open_page(f"{server.url}/draw?run=demo")
    page.wait_for_selector('.canvas-tools[data-state="ready"]')
    draw_three(page)
    expect(metric(page, "Prediction")).to_have_text("3")
    wait_until_settled(page)
    page.get_by_role("combobox", name="Misread? It is").click()
    page.get_by_role("option", name="8", exact=True).click()
    page.get_by_role("button", name="Add to My drawings").click()
    expect(page.get_by_role("heading", name="My drawings")).to_be_visible()
    page.get_by_role("button", name="Fine-tune on them").click()
    expect(page.get_by_role("heading", name="Before and after")).to_be_visible()
    expect(page.get_by_text("0 of 1 read as labelled before, 1 after.")).to_be_visible()
    page.get_by_role("link", name="Draw for the new run").click()
    expect(metric(page, "Prediction")).to_have_text("8")
    keep_a_drawing_of_ones_own_class(page)


def keep_a_drawing_of_ones_own_class(page: Page) -> None:
    """On Datasets, in the same browser: the set of digits is there as well, and the canvas is empty again."""
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Datasets", exact=True).click()
    page.get_by_role("tab", name="Draw your own").click()
    names = page.get_by_role("textbox", name="Names of your classes")
    names.fill("bow, stroke")
    names.press("Enter")
    page.wait_for_selector('.canvas-tools[data-state="ready"]')
    keep = page.get_by_role("button", name="Keep this drawing")
    expect(keep).to_be_disabled()
    draw_three(page)
    expect(keep).to_be_enabled()
    wait_until_settled(page)
    keep.click()
    expect(page.get_by_text("bow 1 · ")).to_be_visible()
    expect(keep).to_be_disabled()
    expect(page.get_by_role("button", name="bow, stroke (1)")).to_be_visible()
