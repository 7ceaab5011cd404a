"""Two browsers in one exercise: each sees both by nickname, and stops only its own."""

import re

from playwright.sync_api import Locator, Page, expect

from scripts.serve import Server, wait_until_settled
from tests.browsing import Session
from tests.e2e.actions import working_slowly
from tests.e2e.conftest import OpenPage

EXERCISE = "exercise=two-browsers&pages=train&fix=hidden_size:8&fix=epochs:200"


def join(page: Page, nickname: str) -> None:
    """Choose a nickname, and train in the exercise."""
    page.get_by_label("Your nickname").fill(nickname)
    page.get_by_role("button", name="Join").click()
    expect(page.get_by_role("button", name="Change it")).to_be_visible()
    wait_until_settled(page)
    page.get_by_role("link", name="Go to Train").click()
    expect(page.get_by_label("Hidden size", exact=True)).to_be_disabled()
    page.get_by_test_id("stMain").get_by_role("button", name="Train", exact=True).click()
    page.wait_for_function("() => new URLSearchParams(location.search).has('run')")
    wait_until_settled(page)
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Class", exact=True).click()
    expect(page.get_by_role("heading", level=1, name="Class", exact=True)).to_be_visible()


def row(page: Page, nickname: str) -> Locator:
    """The run of somebody under way."""
    rows = page.get_by_test_id("stMain").locator("[data-testid=stHorizontalBlock]")
    return rows.filter(has_text=nickname).filter(has=page.get_by_role("button", name="Stop"))


def test_two_browsers_in_one_exercise(stranger: Session, server: Server, open_page: OpenPage) -> None:
    with working_slowly(server):
        train_and_stop_in_two_browsers(f"{server.url}/class?{EXERCISE}", stranger, open_page)


def train_and_stop_in_two_browsers(link: str, stranger: Session, open_page: OpenPage) -> None:
    mia, ben = open_page(link), stranger.new_page(link)
    ben.goto(link)
    wait_until_settled(ben)
    join(mia, "Mia **m**")
    join(ben, "Ben")
    for page, own, other in ((mia, "Mia **m**", "Ben"), (ben, "Ben", "Mia **m**")):
        expect(row(page, own)).to_contain_text("yours")
        expect(row(page, own).get_by_role("button", name="Stop")).to_be_enabled()
        expect(row(page, other).get_by_role("button", name="Stop")).to_be_disabled()
        assert "exercise=two-browsers" in page.url
    row(mia, "Mia **m**").get_by_role("button", name="Stop").click()
    for page in (mia, ben):
        expect(row(page, "Mia **m**")).to_have_count(0)
        expect(row(page, "Ben")).to_have_count(1)
    row(ben, "Ben").get_by_role("button", name="Stop").click()
    expect(row(mia, "Ben")).to_have_count(0)
    ben.close()
    mia.goto(link.replace("/class?", "/evaluate?"))
    expect(mia.get_by_text("The exercise “two-browsers” does not include this page.")).to_be_visible()
    menu = mia.get_by_test_id("stSidebarNav").get_by_role("link")
    expect(menu).to_have_text([re.compile("Class$"), re.compile("Train$")])
    mia.get_by_role("link", name="Back to the class").click()
    expect(mia.get_by_label("Your nickname")).to_have_value("Mia **m**")
