"""The main job from end to end: set, train, stop, look at the results, draw."""

import gzip
import json
import re
import signal
import urllib.request
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import numpy as np
from playwright.sync_api import Page, expect

from scripts.serve import Server, start_server, wait_for_health, wait_until_settled
from tests.e2e.actions import metric, working_slowly
from tests.e2e.conftest import OpenPage, fail_on_traceback
from tests.machine import on_a_known_machine
from ui.live.assets import address

ROOT = Path(__file__).parents[2]
LONG = "hidden_size=128&learning_rate=0.01&batch_size=128&epochs=200&training_size=40000"
OF_THE_CANVAS = ("style.css", "try.js", "digit.js", "grey.js", "several.js", "judge.js", "network.js")
TRAINING_SECONDS = 90_000
"""Milliseconds: the workers of a fresh server have to start first, on cores that may be busy."""


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
    with working_slowly(server):
        train_ones_own(page)


def train_ones_own(page: Page) -> None:
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
        train_button(page).click()
        page.wait_for_url(re.compile(r"[?&]run="))
        expect(page.get_by_text(re.compile(r"^Learning( ·|$)"))).to_be_visible(timeout=TRAINING_SECONDS)
        share_the_link(page, f"{below.url}/train?")
        ask_without_a_browser(f"{below.url}/", page.url)
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


def ask_without_a_browser(base: str, link: str) -> None:
    """Below the base path too, programs, the page that reads by itself, and figures find all that they need."""
    (run_id,) = parse_qs(urlsplit(link).query)["run"]
    said = json_at(f"{base}api/v1/predict?run=demo", json.dumps({"images": [[0] * 784]}).encode())
    assert (said["run_id"], [one["verdict"] for one in said["predictions"]]) == ("demo", ["no_ink"])
    for named in ("weights", "judge"):
        assert json_at(f"{base}api/v1/{named}?run=demo")["run_id"] == "demo"
    assert json_at(f"{base}api/v1/openapi.json")["servers"] == [{"url": "/lab/api/v1"}]
    found, waiting = {f"{base}api/v1/try?run=demo": "text/html"}, [f"{base}api/v1/try?run=demo"]
    while waiting:
        of = waiting.pop()
        kind, content = got(of)
        assert kind == found[of]
        for name, suffix in re.findall(rb'(?:src=|href=|from )"([./\w]+\.(js|css))"', content):
            one = urljoin(of, name.decode())
            waiting += [one] * (one not in found)
            found[one] = {b"js": "text/javascript", b"css": "text/css"}[suffix]
    assert {urlsplit(one).path for one in found} == {f"/lab/api/v1/{name}" for name in ("try", *OF_THE_CANVAS)}
    assert json_at(f"{base}live/run/{run_id}?accuracy_axis=accuracy&epoch_axis=linear&smoothing=0")["texts"]
    assert [got(f"{base}{address(name)}")[0] for name in ("figure.js", "plotly.js")] == ["text/javascript"] * 2
    assert got(link)[0] == "text/html"


def json_at(url: str, body: bytes | None = None) -> Any:
    kind, content = got(url, body)
    assert kind == "application/json"
    return json.loads(content)


def got(url: str, body: bytes | None = None) -> tuple[str, bytes]:
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"} if body else {})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.headers.get_content_type(), answer.read()
