"""What the seed documents do, from end to end in a browser: Kaggle's CSV."""

import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from core.data.importing.kaggle_writer import write_kaggle_csv
from core.data.mnist import load_mnist
from scripts.serve import Server, wait_until_settled
from tests.e2e.actions import metric
from tests.e2e.conftest import OpenPage

TRAINING_SECONDS = 90_000
"""Milliseconds: the workers of a fresh server have to start first, on cores that may be busy."""


@pytest.fixture(scope="module")
def kaggle_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """3,000 digits in Kaggle's format."""
    path = tmp_path_factory.mktemp("kaggle") / "train.csv"
    with path.open("wb") as stream:
        write_kaggle_csv(load_mnist("train").subset(np.arange(3_000)), stream)
    return path


def test_a_kaggle_csv_is_imported_trained_on_and_compared_with_other_methods(
    server: Server, open_page: OpenPage, kaggle_csv: Path
) -> None:
    page = open_page(f"{server.url}/datasets")
    page.locator("input[type=file]").first.set_input_files(str(kaggle_csv))
    wait_until_settled(page)
    expect(page.get_by_text(re.compile(r"Preview · .*3,000"))).to_be_visible()
    title = page.get_by_role("textbox", name="Title", exact=True)
    title.fill("Three thousand")
    title.press("Enter")
    wait_until_settled(page)
    page.get_by_role("button", name="Keep", exact=True).click()
    wait_until_settled(page)
    expect(page.get_by_role("heading", name="Three thousand")).to_be_visible()
    page.get_by_role("button", name="Train on it").click()
    page.wait_for_url(re.compile(r"/train\?.*dataset=three-thousand-.*run=|/train\?.*run=.*dataset=three-thousand-"))
    expect(page.get_by_text("Completed 5 epochs.")).to_be_visible(timeout=TRAINING_SECONDS)
    assert float(metric(page, "Validation accuracy").inner_text().strip(" %")) > 80
    page.get_by_role("link", name="Evaluate on the test set").click()
    fill_the_table_of_other_methods(page)


def fill_the_table_of_other_methods(page: Page) -> None:
    """Each fills its row as it ends, while one looks."""
    page.get_by_role("button", name="Run the other methods").click()
    # The table that a canvas holds for those who do not see it.
    accuracies = page.locator("table[role=grid]").filter(has_text="Time per 1,000").locator("td[aria-colindex='5']")
    expect(accuracies).to_have_text([re.compile(r"\d")] * 5, timeout=TRAINING_SECONDS)
    expect(page.get_by_text("methods are done")).to_have_count(0)
    expect(page.get_by_role("button", name="Run the other methods")).to_have_count(0)
