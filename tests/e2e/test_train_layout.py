"""Train at several widths, measured in a real browser."""

import pytest
from playwright.sync_api import Browser

from scripts.serve import Server, wait_until_settled

GAP = """() => {
    const title = document.querySelector(".st-key-train_confusion .xtitle").getBoundingClientRect();
    const captions = [...document.querySelectorAll("[data-testid=stCaptionContainer]")];
    const caption = captions.find(element => element.textContent.startsWith("Rows: true label"));
    return caption.getBoundingClientRect().top - title.bottom;
}"""


@pytest.mark.parametrize("width", [390, 1000, 1280, 1920])
def test_the_caption_stands_right_below_the_confusion_matrix(browser: Browser, server: Server, width: int) -> None:
    with browser.new_context(viewport={"width": width, "height": 900}) as context:
        page = context.new_page()
        page.goto(f"{server.url}/train?run=demo")
        page.wait_for_selector(".st-key-train_confusion .xtitle", timeout=60_000)
        wait_until_settled(page)
        page.wait_for_function(f"() => ({GAP})() < 40", timeout=10_000)
        assert page.evaluate(GAP) > 0
