"""Train at several widths, measured in a real browser."""

from scripts.serve import Server, wait_until_settled
from tests.e2e.conftest import OpenPage

GAP = """() => {
    const title = document.querySelector(".st-key-train_confusion .xtitle").getBoundingClientRect();
    const captions = [...document.querySelectorAll("[data-testid=stCaptionContainer]")];
    const caption = captions.find(element => element.textContent.startsWith("Rows: true label"));
    return caption.getBoundingClientRect().top - title.bottom;
}"""


def test_the_caption_stands_right_below_the_confusion_matrix(server: Server, open_page: OpenPage) -> None:
    page = open_page(f"{server.url}/train?run=demo", size=(1920, 900))
    page.locator(".st-key-train_confusion").scroll_into_view_if_needed()
    for width in (1920, 1280, 1000, 390):
        page.set_viewport_size({"width": width, "height": 900})
        wait_until_settled(page)
        page.wait_for_selector(".st-key-train_confusion .xtitle")
        page.wait_for_function(f"() => {{ const gap = ({GAP})(); return gap > 0 && gap < 40; }}", timeout=10_000)
