"""The main job from end to end: set, train, stop, look at the results, draw."""

import gzip
import re
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect
from safetensors.numpy import load_file

from scripts.serve import Server, start_server, wait_for_health, wait_until_settled
from tests.e2e.actions import chart, click_in_chart, click_in_montage, metric
from tests.e2e.conftest import OpenPage, fail_on_traceback
from tests.machine import on_a_known_machine

ROOT = Path(__file__).parents[2]
LONG = "hidden_size=128&hidden_layers=2&learning_rate=0.01&batch_size=128&epochs=200&training_size=40000"
TRAINING_SECONDS = 90_000
"""Milliseconds: the workers of a fresh server have to start first, on cores that may be busy."""


@pytest.fixture(scope="module")
def demo_answers() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """True labels, predicted labels and confidence of the demo run, read without the product's code."""
    labels = np.frombuffer(
        gzip.decompress((ROOT / "data/mnist/t10k-labels-idx1-ubyte.gz").read_bytes()), np.uint8, offset=8
    )
    probabilities = load_file(ROOT / "demo/predictions.safetensors")["probabilities"]
    return labels, probabilities.argmax(axis=1), probabilities.max(axis=1)


def open_section(page: Page, name: str) -> None:
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", level=1, name=name, exact=True)).to_be_visible()
    wait_until_settled(page)


def train_button(page: Page, name: str = "Train"):
    return page.get_by_test_id("stMain").get_by_role("button", name=name, exact=True)


def test_bad_values_get_a_sentence_the_sidebar_sets_network_and_url_and_values_survive_a_change_of_page(
    server: Server, open_page: OpenPage
) -> None:
    page = open_page(f"{server.url}/train?shuffle=false&hidden_size=abc&learning_rate=0.01&epochs=-1")
    expect(page.get_by_text("Hidden size must be a whole number from 1 to 4,096, not “abc”.")).to_be_visible()
    expect(page.get_by_text("Epochs must be a whole number from 1 to 200, not “-1”.")).to_be_visible()
    expect(page.get_by_role("slider", name="Learning rate")).to_have_attribute("aria-valuetext", "0.01")
    expect(page.get_by_text("101,770 parameters")).to_be_visible()
    page.get_by_role("slider", name="Hidden size").press("ArrowLeft")
    page.wait_for_url(re.compile(r"hidden_size=100\b"))
    expect(page.get_by_text("784 – 100 – 10")).to_be_visible()
    epochs = page.get_by_role("spinbutton", name="Epochs")
    epochs.fill("3")
    epochs.press("Enter")
    page.wait_for_url(re.compile(r"epochs=3\b"))
    seed = page.get_by_role("spinbutton", name="Seed")
    seed.fill("17")
    seed.press("Enter")
    page.wait_for_url(re.compile(r"seed=17\b"))
    page.get_by_role("slider", name="Hidden layers").press("ArrowRight")
    expect(page.get_by_text("784 – 100 – 100 – 10")).to_be_visible()
    open_section(page, "Explore")
    open_section(page, "Train")
    expect(page.get_by_role("spinbutton", name="Seed")).to_have_value("17")
    expect(page.get_by_text("784 – 100 – 100 – 10")).to_be_visible()
    page.wait_for_url(re.compile(r"seed=17\b"))
    page.wait_for_url(re.compile(r"shuffle=false\b"))


def start_long_training(page: Page) -> None:
    """Train, under way and with an epoch behind it; before, the page shows another run’s numbers."""
    train_button(page).click()
    page.wait_for_url(re.compile(r"[?&]run="))
    expect(page.get_by_text(re.compile(r"^Learning( ·|$)"))).to_be_visible(timeout=TRAINING_SECONDS)
    expect(metric(page, "Validation accuracy")).to_have_text(re.compile(r"\d%$"), timeout=TRAINING_SECONDS)


def test_a_run_is_found_after_a_reload_and_stopped(server: Server, open_page: OpenPage) -> None:
    page = open_page(f"{server.url}/train?{LONG}")
    start_long_training(page)
    page.reload()
    expect(page.get_by_text(re.compile(r"^Learning( ·|$)"))).to_be_visible(timeout=TRAINING_SECONDS)
    train_button(page, "Stop").click()
    expect(page.get_by_text(re.compile(r"^Stopped after .*; what it had learned is kept\."))).to_be_visible()
    expect(train_button(page, "Stop")).to_be_disabled()
    again = page.get_by_test_id("stMain").get_by_role("button", name="Continue from its last epoch")
    expect(again).to_be_enabled()


def test_click_a_cell_of_the_confusion_matrix(
    server: Server, open_page: OpenPage, demo_answers: tuple[np.ndarray, np.ndarray, np.ndarray]
) -> None:
    labels, predicted, confidence = demo_answers
    there = np.flatnonzero((labels == 9) & (predicted == 3))
    digits = f"{len(there)} digits: true 9, read as 3"
    page = open_page(f"{server.url}/evaluate?run=demo")
    expect(page.get_by_text(digits)).to_have_count(0)
    click_in_chart(page, chart(page, "Confusion matrix of 10 labels"), 3, 9)
    expect(page.get_by_text(digits)).to_be_visible()
    expect(page.get_by_role("combobox", name="True label")).to_have_value("9")
    wait_until_settled(page)
    gallery = chart(page, f"{len(there)} test digits: true 9, read as 3")
    expect(gallery).to_be_visible()
    click_in_montage(page, gallery, 0)
    surest = there[confidence[there].argmax()]
    expect(page.get_by_text(f"Test digit {surest}: confidence")).to_be_visible()


def test_open_an_error_and_download_them_all(
    server: Server, open_page: OpenPage, demo_answers: tuple[np.ndarray, np.ndarray, np.ndarray]
) -> None:
    labels, predicted, confidence = demo_answers
    wrong = np.flatnonzero(labels != predicted)
    third = wrong[np.argsort(-confidence[wrong], kind="stable")][2]
    page = open_page(f"{server.url}/errors?run=demo")
    expect(page.get_by_text(f"{len(wrong)} mistakes", exact=True)).to_be_visible()
    click_in_montage(page, chart(page, "40 test digits that were read incorrectly"), 2)
    expect(page.get_by_role("spinbutton", name="Test digit")).to_have_value(str(third))
    expect(metric(page, "True label")).to_have_text(str(labels[third]))
    expect(metric(page, "Read as")).to_have_text(str(predicted[third]))
    page.wait_for_url(re.compile(rf"digit={third}\b"))
    page.get_by_text("Why this answer?", exact=True).click()
    page.wait_for_url(re.compile(r"why=integrated\b"))
    expect(chart(page, f"For {predicted[third]} rather than {labels[third]}")).to_be_visible()
    page.get_by_role("radio", name="Neighbours").click()
    page.wait_for_url(re.compile(r"why=neighbours\b"))
    expect(page.get_by_text("among 5,000 of 55,000 training digits")).to_be_visible()
    expect(chart(page, "The 10 nearest training digits as the network sees them")).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_test_id("stDownloadButton").get_by_role("button").click()
    lines = Path(waiting.value.path()).read_text(encoding="utf-8").splitlines()
    assert len(lines) - 1 == len(wrong)


def test_a_picture_is_read(server: Server, open_page: OpenPage, tmp_path: Path) -> None:
    from PIL import Image

    images = np.frombuffer(
        gzip.decompress((ROOT / "data/mnist/t10k-images-idx3-ubyte.gz").read_bytes()), np.uint8, offset=16
    )
    seven = 255 - images[:784].reshape(28, 28)
    path = tmp_path / "seven.png"
    Image.fromarray(np.pad(seven, 30, constant_values=255)).resize((600, 600)).save(path)
    page = open_page(f"{server.url}/draw?run=demo&source=upload")
    page.locator('[data-testid="stFileUploader"] input[type="file"]').set_input_files(path)
    expect(metric(page, "Prediction")).to_have_text("7")
    (tmp_path / "no.png").write_bytes(b"no picture at all")
    page.locator('[data-testid="stFileUploader"] input[type="file"]').set_input_files(tmp_path / "no.png")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_home_starts_a_training_of_ones_own(server: Server, open_page: OpenPage) -> None:
    page = open_page(server.url)
    page.get_by_test_id("stMain").get_by_role("radio", name="Better").click()
    expect(page.get_by_text("Two hidden layers, a little dropout")).to_be_visible()
    wait_until_settled(page)
    page.get_by_role("button", name="Train your own").click()
    page.wait_for_url(re.compile(r"/train\?.*hidden_size=256"))
    expect(page.get_by_text("784 – 256 – 256 – 10")).to_be_visible()
    expect(page.get_by_text(re.compile(r"^Learning( ·|$)"))).to_be_visible(timeout=TRAINING_SECONDS)
    train_button(page, "Stop").click()
    expect(page.get_by_text(re.compile(r"^Stopped after|^Done"))).to_be_visible()


def test_a_deep_link_is_the_first_that_server_and_browser_see_below_a_base_path_and_a_training_is_ended(
    tmp_path: Path, open_page: OpenPage
) -> None:
    below_lab = {"STREAMLIT_SERVER_BASE_URL_PATH": "lab", "DIGITLAB_WORKERS": "1"}
    server = start_server(on_a_known_machine(tmp_path / "home"), environment=below_lab, wait=False)
    try:
        below = replace(server, url=f"{server.url}/lab")
        wait_for_health(below)
        page = open_page(f"{below.url}/train?{LONG}", first_visit=True)
        expect(page.get_by_role("heading", level=1, name="Train", exact=True)).to_be_visible()
        expect(page.locator(".live-figure .main-svg").first).to_be_visible()
        expect(page.get_by_test_id("stPlotlyChart")).to_have_count(0)
        for name, value in (("Hidden size", "128"), ("Learning rate", "0.01"), ("Batch size", "128")):
            expect(page.get_by_role("slider", name=name)).to_have_attribute("aria-valuetext", value)
        expect(page.get_by_role("spinbutton", name="Epochs")).to_have_value("200")
        start_long_training(page)
        share_the_link(page, f"{below.url}/train?")
        page.close()
        server.stop()
        assert server.process.returncode != -signal.SIGKILL, "it ends by itself"
    finally:
        server.kill()
    fail_on_traceback(server.output())


def share_the_link(page: Page, beginning: str) -> None:
    """Below the base path too, it is the address of what one sees."""
    page.get_by_role("button", name="Share", exact=True).click()
    link = page.get_by_test_id("stCode").filter(has_text=beginning)
    expect(link).to_have_text(page.url)
    expect(page.get_by_role("img", name=f"QR code of {page.url}")).to_be_visible()
