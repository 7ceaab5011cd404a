"""The HTTP API on the dashboard’s own port, and a browser that reads drawings by itself."""

import base64
import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import numpy as np
import psutil
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from core.data.mnist import load_mnist
from core.drawings.preprocessing import drawing_to_digit
from core.runs.archive import DEMO_DIRECTORY
from core.runs.model_tensors import read_model
from scripts.serve import Server
from tests.browsing import Session

TOLERANCE = 1e-5
SIDE = 280
READ = """async drawings => {
  const [{digitOf}, {networkFrom}] = await Promise.all([import('./digit.js'), import('./network.js')]);
  const network = networkFrom(await (await fetch('weights?run=demo')).json());
  return drawings.map(text => {
    const {pixels, hasStrokes} = digitOf(Uint8Array.from(atob(text), c => c.charCodeAt(0)), 280, 'mnist');
    return {pixels: [...pixels], hasStrokes, probabilities: network(pixels)};
  });
}"""
DRAWN = """async () => {
  const canvas = document.getElementById('drawing'), {data} = canvas.getContext('2d').getImageData(0, 0, 280, 280);
  return [...data.filter((_, i) => i % 4 === 0)];
}"""


def get(url: str, body: bytes | None = None) -> Any:
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"} if body else {})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def drawings() -> list[np.ndarray]:
    """Digits of all sizes and strokes in a corner of the canvas, a dot, a block, and a hair line."""
    images = load_mnist("test").images[:8]
    found = []
    for index, image in enumerate(images):
        size = (60 + 30 * index, 40 + 30 * index)
        large = np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BICUBIC))
        canvas = np.zeros((SIDE, SIDE), np.uint8)
        canvas[: size[1], : size[0]] = np.where(large > 128, 255, 0) if index % 2 else large
        found.append(np.where(canvas <= 8, 0, canvas).astype(np.uint8))
    rows, columns = np.mgrid[:SIDE, :SIDE]
    dot = ((rows - 90) ** 2 + (columns - 90) ** 2 <= 100).astype(np.uint8) * 255
    line, block = np.zeros((2, SIDE, SIDE), np.uint8)
    line[20:260, 100:102] = 255
    block[50:150, 50:160] = 255
    return [*found, dot, line, block, np.zeros((SIDE, SIDE), np.uint8)]


@pytest.fixture
def page(server: Server, session: Session) -> Iterator[Page]:
    yield session.new_page(server.url)
    session.forget()


def test_programs_ask_the_dashboard_and_a_browser_reads_by_itself(server: Server, session: Session, page: Page) -> None:
    model = read_model(DEMO_DIRECTORY / "checkpoint.safetensors")
    images = load_mnist("test").images[:3]
    body = json.dumps({"images": images.reshape(3, -1).tolist()}).encode()
    said = get(f"{server.url}/api/v1/predict?run=demo", body)
    probabilities = np.array([one["probabilities"] for one in said["predictions"]], np.float32)
    assert np.allclose(probabilities, model.probabilities(images), atol=1e-6)
    assert "demo" in [one["run_id"] for one in get(f"{server.url}/api/v1/models")["models"]]
    server_maps = [mapped.path for mapped in psutil.Process(server.process.pid).memory_maps()]
    assert not [path for path in server_maps if "libtorch" in path or "sklearn" in path]

    page.goto(f"{server.url}/api/v1/try?run=demo")
    expect(page.locator("#bars tr")).to_have_count(10)
    # From here on the browser is alone.
    session.context.set_offline(True)
    try:
        box = page.locator("#drawing").bounding_box()
        assert box is not None
        corners = [
            (box["x"] + x * box["width"], box["y"] + y * box["height"])
            for x, y in ((0.3, 0.25), (0.7, 0.25), (0.45, 0.8))
        ]
        page.mouse.move(*corners[0])
        page.mouse.down()
        for corner in corners[1:]:
            page.mouse.move(*corner, steps=4)
        page.mouse.up()
        expect(page.locator("#label")).to_have_text("7")
        ink = np.array(page.evaluate(DRAWN), np.uint8).reshape(SIDE, SIDE)
    finally:
        session.context.set_offline(False)
    shown = page.locator("progress").evaluate_all("bars => bars.map(bar => +bar.dataset.probability)")
    digit = drawing_to_digit(np.where(ink <= 8, 0, ink).astype(np.uint8)).digit
    assert np.allclose(shown, model.probabilities(digit[None])[0], atol=TOLERANCE)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#verdict")).to_have_text("Nothing to read yet.")

    canvases = drawings()
    answers = page.evaluate(READ, [base64.b64encode(canvas.tobytes()).decode() for canvas in canvases])
    for canvas, answer in zip(canvases, answers, strict=True):
        steps = drawing_to_digit(canvas)
        assert np.array_equal(np.array(answer["pixels"]).reshape(28, 28), steps.digit)
        assert answer["hasStrokes"] == steps.has_strokes
        expected = model.probabilities(steps.digit[None])[0]
        assert np.allclose(answer["probabilities"], expected, atol=TOLERANCE)
    assert sum(not answer["hasStrokes"] for answer in answers) == 3
