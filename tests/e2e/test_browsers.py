"""What browsers do to pages by themselves: they translate them, and they go back."""

from playwright.sync_api import Page, expect

from scripts.serve import Server, wait_until_settled
from tests.e2e.conftest import OpenPage

# As translators do: every piece of text in two elements of their own, also text that comes later.
TRANSLATE = """() => {
  const wrap = text => {
    if (!text.data.trim() || !text.parentNode || text.parentNode.closest("font, script, style, svg, code")) return;
    const outer = document.createElement("font"), inner = outer.appendChild(document.createElement("font"));
    text.parentNode.replaceChild(outer, text);
    inner.appendChild(text);
  };
  const wrapAll = root => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT), found = [];
    while (walker.nextNode()) found.push(walker.currentNode);
    found.forEach(wrap);
  };
  wrapAll(document.body);
  new MutationObserver(changes => changes.forEach(change => change.addedNodes.forEach(
    node => node.nodeType === 3 ? wrap(node) : node.nodeType === 1 && node.tagName !== "FONT" && wrapAll(node)
  ))).observe(document.body, { childList: true, subtree: true });
}"""
# What React does with a piece of text that it has made.
MOVE_WRAPPED = """() => {
  const parent = document.createElement("p"), text = parent.appendChild(document.createTextNode("old"));
  const outer = document.createElement("font"), inner = outer.appendChild(document.createElement("font"));
  parent.replaceChild(outer, text);
  inner.appendChild(text);
  parent.insertBefore(document.createElement("b"), text);
  const before = parent.innerHTML;
  parent.removeChild(text);
  return [before, parent.innerHTML];
}"""


# As on a busy machine: what the server says is heard while React has yet to show what it said before.
SHOW_LATE = """milliseconds => {
  const post = MessagePort.prototype.postMessage;
  MessagePort.prototype.postMessage = function (...said) { setTimeout(() => post.apply(this, said), milliseconds); };
  window.showAtOnce = () => { MessagePort.prototype.postMessage = post; };
}"""


def main(page: Page):
    return page.get_by_test_id("stMain")


def test_a_translated_page_goes_on_working(server: Server, open_page: OpenPage) -> None:
    page = open_page(f"{server.url}/train")
    assert page.evaluate(MOVE_WRAPPED) == ["<b></b><font><font>old</font></font>", "<b></b>"]
    page.evaluate(TRANSLATE)
    main(page).get_by_text("Better", exact=True).click()
    wait_until_settled(page)
    for name, heading in (("Runs", "Runs"), ("Home", "Digit Lab")):
        page.get_by_test_id("stSidebar").get_by_role("link", name=name, exact=True).click()
        expect(main(page).get_by_role("heading", name=heading, exact=True)).to_be_visible()
        wait_until_settled(page)
    assert "NotFoundError" not in page.inner_text("body")


def test_back_shows_the_source_that_the_address_has(server: Server, open_page: OpenPage) -> None:
    page = open_page(f"{server.url}/draw")
    number, uploader = main(page).get_by_label("Test digit", exact=True), main(page).get_by_test_id("stFileUploader")
    main(page).get_by_text("Picture", exact=True).click()
    expect(uploader).to_be_visible()
    main(page).get_by_text("Test set", exact=True).click()
    expect(number).to_be_visible()
    page.go_back()
    expect(uploader).to_be_visible()
    assert "source=upload" in page.url
    page.go_forward()
    expect(number).to_be_visible()
    assert "source=test" in page.url
    wait_until_settled(page)
    go_back_to_pages_and_settings(page)


def go_back_to_pages_and_settings(page: Page) -> None:
    """One Back for each page, though it completed its address; a setting of the sidebar belongs to its page’s entry."""
    sidebar = page.get_by_test_id("stSidebar")
    page.evaluate(SHOW_LATE, 500)
    sidebar.get_by_role("link", name="Errors", exact=True).click()
    page.wait_for_url("**/errors?run=demo")
    page.evaluate("() => showAtOnce()")
    wait_until_settled(page)
    sidebar.get_by_role("link", name="Train", exact=True).click()
    page.wait_for_url("**/train")
    wait_until_settled(page)
    epochs = sidebar.get_by_label("Epochs", exact=True)
    epochs.fill("7")
    epochs.press("Enter")
    page.wait_for_url("**/train?epochs=7")
    wait_until_settled(page)
    page.go_back()
    page.wait_for_url("**/errors?run=demo")
    expect(main(page).get_by_role("heading", name="Errors", exact=True)).to_be_visible()
    wait_until_settled(page)
    page.go_forward()
    page.wait_for_url("**/train?epochs=7")
    expect(epochs).to_have_value("7")
    wait_until_settled(page)
    page.go_back()
    page.wait_for_url("**/errors?run=demo")
    page.go_back()
    page.wait_for_url("**/draw?*source=test*")
    expect(main(page).get_by_label("Test digit", exact=True)).to_be_visible()
    wait_until_settled(page)
    assert "source=test" in page.url
    # The two sources before, and then what was there before the product: the first address was completed, not doubled.
    for address in ("**/draw?*source=upload*", "**/draw?run=demo", "about:blank"):
        page.go_back()
        page.wait_for_url(address)
