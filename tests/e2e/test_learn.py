"""Learn in a browser: take the three ways in, walk one digit to its last step, run an experiment."""

import re

from playwright.sync_api import Page, expect

from core.learn.cards.catalogue import CARDS
from core.learn.snippets import snippets_of
from core.learn.walk import STEPS
from scripts.serve import Server, wait_until_settled
from tests.e2e.actions import metric
from tests.e2e.conftest import PHONE, OpenPage

TRAINING_SECONDS = 150_000
"""Milliseconds: the workers of a fresh server have to start first, on cores that may be busy."""


def overflow(page: Page) -> int:
    """Pixels by which the page is wider than the window."""
    return page.evaluate(
        "() => { const m = document.querySelector('[data-testid=\"stMain\"]'); return m.scrollWidth - m.clientWidth; }"
    )


def test_three_ways_lead_into_learn_and_a_plan_sets_the_lab_up(server: Server, open_page: OpenPage) -> None:
    page = open_page(f"{server.url}/learn", size=PHONE)
    for card in CARDS[:2]:
        expect(page.get_by_role("heading", name=card.title)).to_be_visible()
        wait_until_settled(page)
        assert overflow(page) <= 0
        page.get_by_role("button", name="Next").click()
    page.wait_for_url(re.compile(r"done=image(,|%2C)stencil&card=guess"))
    page.get_by_role("button", name="7", exact=True).click()
    expect(page.get_by_text("the label is")).to_be_visible()
    # A word explains itself from the keyboard, too.
    page.get_by_role("button", name="Help").first.focus()
    expect(page.get_by_role("tooltip")).to_contain_text("Turns logits into probabilities")
    page.get_by_role("radio", name="A lesson").or_(page.get_by_role("button", name="A lesson")).click()
    expect(page.get_by_role("heading", name="Purpose")).to_be_visible()
    wait_until_settled(page)
    assert overflow(page) <= 0
    page.get_by_role("link", name="64 hidden units, 3 epochs").click()
    expect(page.get_by_role("heading", level=1, name="Train", exact=True)).to_be_visible()
    page.wait_for_url(re.compile(r"/train\?.*hidden_size=64"))
    page.wait_for_url(re.compile(r"epochs=3\b"))
    # A snippet is copied as it is in the notebook.
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.url)
    page.goto(f"{server.url}/learn?part=questions&question=12")
    code = page.get_by_test_id("stCode").first
    expect(code).to_contain_text("def train_epoch")
    wait_until_settled(page)
    code.hover()
    code.get_by_role("button").click()
    held = "async code => (await navigator.clipboard.readText()).trim() === code"
    page.wait_for_function(held, arg=snippets_of(12)[0].code)


def test_one_digit_is_walked_to_its_last_step_and_back(server: Server, open_page: OpenPage) -> None:
    page = open_page(f"{server.url}/learn?part=walk&walk_digit=3&rate=0.002", size=PHONE)
    for number, title in enumerate(STEPS, start=1):
        expect(page.get_by_role("heading", name=f"Step {number} of {len(STEPS)}: {title}")).to_be_visible()
        wait_until_settled(page)
        assert overflow(page) <= 0
        if number < len(STEPS):
            page.get_by_role("button", name="Next").click()
    page.wait_for_url(re.compile(rf"step={len(STEPS)}\b"))
    before, after = (float(metric(page, name).inner_text()) for name in ("Loss before", "Loss after the step"))
    assert after < before
    expect(page.get_by_role("button", name="Next")).to_be_disabled()
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_role("heading", name=f"Step {len(STEPS) - 1} of {len(STEPS)}")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name=f"Step {len(STEPS) - 1} of {len(STEPS)}")).to_be_visible()
    expect(page.get_by_text(re.compile("Training image .*, a 3"))).to_be_visible()


def test_an_experiment_survives_a_reload_asks_what_one_expects_and_gives_a_verdict(
    server: Server, open_page: OpenPage
) -> None:
    page = open_page(f"{server.url}/learn?part=experiments&experiment=layers")
    page.get_by_role("button", name="Run the experiment").click()
    expect(page.get_by_test_id("stMain").get_by_role("button", name="Stop")).to_be_enabled()
    page.reload()
    expect(page.get_by_text("There is a result")).to_be_visible(timeout=TRAINING_SECONDS)
    finding = page.get_by_text("look at one small place, as for an edge")
    expect(finding).to_have_count(0)
    page.get_by_text("It is confirmed", exact=True).click()
    expect(finding).to_be_visible()
    expect(page.get_by_text("You expected: it is confirmed")).to_be_visible()
    wait_until_settled(page)
    expect(page.get_by_role("button", name="Run the experiment")).to_be_disabled()
