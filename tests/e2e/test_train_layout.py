"""Train at several widths, measured in a real browser."""

import pytest

from scripts.serve import Server
from tests.e2e.conftest import OpenPage

GAP = """() => {
    const title = document.querySelector(".st-key-train_confusion .xtitle").getBoundingClientRect();
    const captions = [...document.querySelectorAll("[data-testid=stCaptionContainer]")];
    const caption = captions.find(element => element.textContent.startsWith("Rows: true label"));
    return caption.getBoundingClientRect().top - title.bottom;
}"""


@pytest.mark.parametrize("width", [390, 1000, 1280, 1920])
def test_the_caption_stands_right_below_the_confusion_matrix(server: Server, open_page: OpenPage, width: int) -> None:
    page = open_page(f"{server.url}/train?run=demo", size=(width, 900))
    page.wait_for_selector(".st-key-train_confusion .xtitle")
    page.wait_for_function(f"() => ({GAP})() < 40", timeout=10_000)
    assert page.evaluate(GAP) > 0
