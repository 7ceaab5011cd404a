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

from core.analysis.familiarity import describe, fit_familiarity
from core.analysis.temperature import Temperature
from core.analysis.verdict import judge
from core.api.judging import judge_json
from core.config import TrainConfig
from core.data.dataset import DIGIT_NAMES
from core.data.framing import Framing
from core.data.mnist import load_mnist
from core.drawings.numbers import digits_of
from core.drawings.preprocessing import drawing_framed, drawing_to_digit
from core.exports.browser_json import network_json
from core.exports.subject import Subject
from core.reading.judging import judge_of
from core.reading.reader import Judge, Reader
from core.runs.archive import DEMO_DIRECTORY
from core.runs.model_tensors import read_model
from scripts.serve import Server
from tests.browsing import Session
from tests.core.exports.builders import make_subject

TOLERANCE = 1e-5
SIDE = 280
READ = """async drawings => {
  const [{digitOf}, {judgeFrom}, {networkFrom}] = await Promise.all(
    ['./digit.js', './judge.js', './network.js'].map(file => import(file)));
  const [network, judge] = await Promise.all([['weights', networkFrom], ['judge', judgeFrom]].map(
    async ([what, made]) => made(await (await fetch(`${what}?run=demo`)).json())));
  return drawings.map(text => {
    const values = Uint8Array.from(atob(text), c => c.charCodeAt(0)), digit = digitOf(values, 280, 'mnist');
    const said = network(digit.pixels), {verdict} = judge(digit.pixels, said);
    const digits = digit.digits.map(({pixels, box}) => ({pixels: [...pixels], box}));
    const pixels = [...digit.pixels], resized = [...digitOf(values, 280, 'resized').pixels];
    return {...digit, digits, pixels, resized, verdict, probabilities: said.probabilities};
  });
}"""
ASK_OTHERS = """async ([files, images]) => {
  const [{judgeFrom}, {networkFrom}] = await Promise.all(['./judge.js', './network.js'].map(file => import(file)));
  return files.map(([weights, judging]) => {
    const network = networkFrom(JSON.parse(weights)), judge = judgeFrom(JSON.parse(judging));
    return images.map(pixels => {
      const said = network(pixels), {calibrated, verdict} = judge(pixels, said);
      return [said.probabilities, calibrated, verdict];
    });
  });
}"""
OTHERS = (
    {"architecture": "cnn", "filters": 3, "hidden_size": 6, "batch_norm": True, "activation": "tanh"},
    {"architecture": "linear", "loss": "squared_error"},
    {"widths": "9,7", "activation": "sigmoid", "bias": False},
)
"""Networks of all sorts: random weights do."""
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
    return [*found, dot, line, block, np.zeros((SIDE, SIDE), np.uint8), *pairs()]


def pairs() -> list[np.ndarray]:
    """Two digits beside each other, the second lower each time; one in two parts; and two, one above the other."""
    images, found = load_mnist("test").images, []
    for index in range(4):
        canvas = np.zeros((SIDE, SIDE), np.uint8)
        for place, image in enumerate(images[20 + 2 * index : 22 + 2 * index]):
            large = np.asarray(Image.fromarray(image).resize((120, 120), Image.Resampling.BICUBIC))
            top = 60 + 12 * index * place
            canvas[top : top + 120, 10 + 130 * place : 130 + 130 * place] = large
        found.append(np.where(canvas <= 8, 0, canvas).astype(np.uint8))
    bars = np.zeros((SIDE, SIDE), np.uint8)
    bars[40:60, 60:200] = bars[90:200, 70:90] = 255
    stacks = np.zeros((2, SIDE, SIDE), np.uint8)
    for stack, (upper, lower) in zip(stacks, ((23, 26), (28, 25)), strict=True):
        for top, index in ((5, upper), (145, lower)):
            large = np.asarray(Image.fromarray(images[index]).resize((130, 130), Image.Resampling.BICUBIC))
            stack[top : top + 130, 40:170] = np.where(large <= 8, 0, large)
    return [*found, bars, *stacks]


def readers() -> list[tuple[Subject, Reader]]:
    """Networks of all sorts with judges of their own."""
    images, found = load_mnist("test").images[:200], []
    for settings in OTHERS:
        subject = make_subject(TrainConfig.from_mapping(settings), class_names=DIGIT_NAMES)
        probabilities, hidden = subject.model.probabilities_and_hidden(images)
        described, temperature = describe(images, hidden), Temperature(0.4, subject.config.loss)
        familiarity = fit_familiarity(described[:100], described[100:], temperature.confidence(probabilities[100:]))
        found.append((subject, Reader(subject.model, Judge(temperature, familiarity))))
    return found


def verdicts(reader: Reader, images: np.ndarray) -> list[str]:
    opinion = reader.opinion(images)
    rows = zip(opinion.confidence.tolist(), opinion.is_strange.tolist(), strict=True)
    return [judge(confidence, True, is_strange=is_strange).value for confidence, is_strange in rows]


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

    page.route("**/api/v1/weights?*", lambda route: route.abort(), times=1)
    page.goto(f"{server.url}/api/v1/try?run=demo")
    expect(page.locator("#verdict")).to_have_text("The server does not answer: reload the page in a moment.")
    busy = {"status": 503, "headers": {"Retry-After": "1"}, "json": {"error": "Too many large answers."}}
    page.route("**/api/v1/weights?*", lambda route: route.fulfill(**busy), times=1)
    page.goto(f"{server.url}/api/v1/try?run=demo")
    expect(page.locator("#judged")).to_contain_text("an answer counts as sure from 80% on")
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
    reader = Reader(model, judge_of(model, server.home))
    expect(page.locator("#verdict")).to_have_attribute("data-verdict", verdicts(reader, digit[None])[0])
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#verdict")).to_have_text("Nothing to read yet.")

    check_drawings(page, reader)
    check_other_networks(page)


def check_drawings(page: Page, reader: Reader) -> None:
    """Drawings of all kinds become the same pixels and get the same verdicts as in the server."""
    canvases = drawings()
    answers = page.evaluate(READ, [base64.b64encode(canvas.tobytes()).decode() for canvas in canvases])
    for canvas, answer in zip(canvases, answers, strict=True):
        steps, resized = drawing_to_digit(canvas), drawing_framed(canvas, Framing.RESIZED)
        assert np.array_equal(np.array(answer["pixels"]).reshape(28, 28), steps.digit)
        assert np.array_equal(np.array(answer["resized"]).reshape(28, 28), resized.digit)
        assert (answer["hasStrokes"], answer["isSeveral"]) == (steps.has_strokes, steps.is_several)
        assert [digit["box"] for digit in answer["digits"]] == [list(digit.box) for digit in digits_of(steps)]
        for digit, told in zip(digits_of(steps), answer["digits"], strict=True):
            assert np.array_equal(np.array(told["pixels"]).reshape(28, 28), digit.image)
        expected = reader.model.probabilities(steps.digit[None])[0]
        assert np.allclose(answer["probabilities"], expected, atol=TOLERANCE)
        assert answer["verdict"] == verdicts(reader, steps.digit[None])[0]
    assert sum(not answer["hasStrokes"] for answer in answers) == 3
    assert sum(answer["isSeveral"] for answer in answers) >= 3
    assert sum(len(answer["digits"]) for answer in answers) >= 6


def check_other_networks(page: Page) -> None:
    others = readers()
    images = np.concatenate([load_mnist("test").images[200:212], np.stack([noise(seed) for seed in range(3)])])
    files = [[network_json(subject).decode(), judge_json("x", reader).decode()] for subject, reader in others]
    said = page.evaluate(ASK_OTHERS, [files, images.reshape(len(images), -1).tolist()])
    for (_, reader), rows in zip(others, said, strict=True):
        probabilities, calibrated, given = zip(*rows, strict=True)
        own = reader.opinion(images).probabilities
        assert np.allclose(probabilities, own, atol=TOLERANCE)
        assert np.allclose(calibrated, reader.judge.calibrated(own), atol=10 * TOLERANCE)
        assert list(given) == verdicts(reader, images)
        assert len(set(given)) > 1


def noise(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (28, 28), dtype=np.uint8)
