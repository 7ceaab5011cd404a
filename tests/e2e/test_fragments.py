"""Buttons inside of what polls: what they change outside of it is seen at once, without a reload."""

import re

from playwright.sync_api import expect

from scripts.serve import Server, wait_until_settled
from tests.e2e.conftest import OpenPage

SMALL = "hidden_size=16&epochs=2&training_size=500&validation_size=500"
WORKING_SECONDS = 90_000
"""Milliseconds: the workers of a fresh server have to start first, on cores that may be busy."""


def test_the_finder_sets_the_slider_and_the_url(server: Server, open_page: OpenPage) -> None:
    page = open_page(f"{server.url}/train?{SMALL}&learning_rate=0.5&widths=abc")
    warning = page.get_by_text("Widths per layer must be")
    expect(warning).to_be_visible()
    slider = page.get_by_role("slider", name="Learning rate")
    expect(slider).to_have_attribute("aria-valuetext", "0.5")
    page.get_by_text("Learning-rate finder").click()
    use = page.get_by_role("button", name=re.compile(r"^Use \d")).first
    # What explains it is drawn a moment after the button, and moves it down: a click meanwhile goes down on the button
    # and up beside it.
    expect(page.get_by_text("Trains up to 200 batches")).to_be_visible()
    wait_until_settled(page)
    page.get_by_role("button", name="Find a learning rate").click()
    expect(use).to_be_visible(timeout=WORKING_SECONDS)
    # It vanished with the first click, and what stood below it moved up: the finder has stayed open.
    expect(warning).to_have_count(0)
    wait_until_settled(page)
    rate = use.inner_text().removeprefix("Use ").strip()
    assert 0 < float(rate) < 10
    assert float(rate) != 0.5
    use.click()
    expect(slider).to_have_attribute("aria-valuetext", rate)
    page.wait_for_url(lambda url: f"learning_rate={rate}" in url or (rate == "0.001" and "learning_rate" not in url))
    expect(page.get_by_role("button", name="Find a learning rate")).to_be_disabled()
