"""The control that moves a run's figures: by keyboard and by itself, without the server."""

from playwright.sync_api import Page

from scripts.serve import Server, wait_until_settled
from tests.e2e.actions import COUNT_RUNS
from tests.e2e.conftest import OpenPage

PLOTS = "document.querySelectorAll('.st-key-train_probes .js-plotly-plot, .st-key-train_loss_curve .js-plotly-plot')"
LINE = "() => document.querySelector('.st-key-train_loss_curve .js-plotly-plot').layout.shapes?.[0]?.x0"
WEIGHTS = "() => document.querySelector('.st-key-train_weights .js-plotly-plot').layout.images[0].source"
MATRIX = "() => document.querySelector('.st-key-train_confusion .js-plotly-plot').data[2].text.join()"
EPOCH = "() => new URL(location).searchParams.get('epoch')"
LINKS = "() => document.querySelector('.st-key-train_network .network-links').innerHTML"


def words(page: Page) -> str:
    return page.locator(".replay input").get_attribute("aria-valuetext") or ""


def test_a_run_is_gone_through_without_the_server_and_found_again(server: Server, open_page: OpenPage) -> None:
    # What cannot be seen is not drawn: a window that holds the whole page.
    page = open_page(f"{server.url}/train?run=demo&epoch=3", size=(1366, 2600))
    page.wait_for_function(f"() => ({LINE})() === 3", timeout=30_000)
    page.evaluate(f"() => [...{PLOTS}].forEach(plot => plot.seen = true)")
    wait_until_settled(page)
    page.evaluate(COUNT_RUNS)
    before, lines, matrix = page.evaluate(WEIGHTS), page.evaluate(LINKS), page.evaluate(MATRIX)
    slider = page.locator(".replay input")
    assert words(page).startswith("Epoch 3 · validation accuracy ")
    slider.press("Home")
    page.wait_for_function(f"() => ({LINE})() === 1")
    page.wait_for_function(f"was => ({WEIGHTS})() !== was", arg=before)
    page.wait_for_function(f"was => ({LINKS})() !== was", arg=lines)
    page.wait_for_function(f"was => ({MATRIX})() !== was", arg=matrix)
    assert words(page).startswith("Epoch 1 · validation accuracy ")
    page.locator(".replay select").select_option("4")
    page.locator(".replay").get_by_role("button", name="Play").click()
    # At the newest place there is nothing to remember, and no line to draw.
    page.wait_for_function("() => !new URL(location).searchParams.has('epoch')")
    page.wait_for_function(f"() => ({LINE})() === undefined")
    slider.press("ArrowLeft")
    page.wait_for_function(f"() => ({EPOCH})() === '7'")
    assert page.evaluate("() => window.ran") == 0
    assert page.evaluate(f"() => [...{PLOTS}].every(plot => plot.seen)")
    page.reload()
    wait_until_settled(page)
    page.wait_for_function(f"() => ({LINE})() === 7", timeout=30_000)
    assert words(page).startswith("Epoch 7")
    back_and_forward_show_what_the_address_says(page)


def back_and_forward_show_what_the_address_says(page: Page) -> None:
    """Also where the place was changed on the page that they leave, and after a page that has no control."""
    menu = page.get_by_test_id("stSidebar")
    menu.get_by_role("button", name="View 4 more").click()
    menu.get_by_role("link", name="Inside", exact=True).click()
    page.wait_for_function(f"() => location.pathname === '/inside' && ({EPOCH})() === '7'")
    wait_until_settled(page)
    page.locator(".replay input").press("Home")
    page.wait_for_function(f"() => ({EPOCH})() === '1'")
    page.go_back()
    page.locator(".st-key-train_loss_curve .js-plotly-plot").wait_for()
    page.wait_for_function(f"() => ({LINE})() === 7")
    wait_until_settled(page)
    assert (words(page)[:8], page.evaluate(EPOCH)) == ("Epoch 7 ", "7")
    page.go_forward()
    page.wait_for_function("() => location.pathname === '/inside' && document.querySelector('.replay[data-at=\"1\"]')")
    wait_until_settled(page)
    assert (words(page)[:8], page.evaluate(EPOCH)) == ("Epoch 1 ", "1")
    # What plays stops where its page is left, and says nothing in the address of the next.
    page.locator(".replay select").select_option("0.5")
    page.locator(".replay").get_by_role("button", name="Play").click()
    menu.get_by_role("link", name="Learn", exact=True).click()
    page.wait_for_function("() => location.pathname === '/learn' && !window.digitlabReplay.isPlaying")
    wait_until_settled(page)
    assert page.evaluate(EPOCH) is None
    back_leaves_the_place_to_the_page_that_it_leads_to(page)


def back_leaves_the_place_to_the_page_that_it_leads_to(page: Page) -> None:
    """From Learn: a page with a control shows what its address says, one without leaves the place alone."""
    menu, slider = page.get_by_test_id("stSidebar"), page.locator(".replay input")
    menu.get_by_role("link", name="Train", exact=True).click()
    page.wait_for_function("() => location.pathname === '/train' && document.querySelector('.replay[data-at]')")
    wait_until_settled(page)
    slider.press("End")
    menu.get_by_role("link", name="Inside", exact=True).click()
    page.wait_for_function("() => location.pathname === '/inside' && document.querySelector('.replay[data-at]')")
    wait_until_settled(page)
    slider.press("Home")
    page.go_back()
    page.wait_for_function("() => location.pathname === '/train' && document.querySelector('.replay[data-at=\"8\"]')")
    wait_until_settled(page)
    assert (words(page)[:8], page.evaluate(EPOCH)) == ("Epoch 8 ", None)
    slider.press("ArrowLeft")
    page.wait_for_function(f"() => ({EPOCH})() === '7'")
    page.go_back()
    page.wait_for_function("() => location.pathname === '/learn' && !document.querySelector('.replay')")
    wait_until_settled(page)
    menu.get_by_role("link", name="Train", exact=True).click()
    page.wait_for_function("() => location.pathname === '/train' && document.querySelector('.replay[data-at=\"7\"]')")
    wait_until_settled(page)
    assert (words(page)[:8], page.evaluate(EPOCH)) == ("Epoch 7 ", "7")


def test_why_explains_the_place_that_the_slider_rests_at(server: Server, open_page: OpenPage) -> None:
    page = open_page(f"{server.url}/errors?run=demo&digit=247&why=saliency")
    page.get_by_text("This is about the network after its last epoch.").wait_for()
    page.locator(".replay input").press("Home")
    page.get_by_text("This is about the network after epoch 1. It reads").wait_for()
    # What the server writes into the address leaves there what the browser has written.
    page.get_by_role("button", name="Next", exact=True).first.click()
    page.wait_for_function("() => new URL(location).searchParams.get('digit') !== '247'")
    assert page.evaluate(EPOCH) == "1"
    page.locator(".replay input").press("End")
    page.get_by_text("This is about the network after its last epoch.").wait_for()
