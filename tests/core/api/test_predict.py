"""``POST /api/v1/predict``: the same answers as everywhere else, and a sentence for whatever else is sent."""

import asyncio
import io
import json
import threading
import tracemalloc
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from starlette.applications import Starlette

from core.__main__ import main
from core.api.addresses import Allowance
from core.api.answers import PIECE
from core.api.app import api_app
from core.api.batcher import Batcher
from core.api.bodies import MOST_BYTES, Bodies, Body
from core.api.errors import ApiError
from core.api.large import LargeAnswers
from core.api.networks import Networks
from core.api.numbers import images_of_json
from core.api.predict import Predict
from core.api.runs import OneRun
from core.api.shares import Shares
from core.data.dataset import ImageDataset
from core.models.numpy_model import NumpyModel
from core.reading.sources import Found
from core.runs.archive import DEMO_DIRECTORY
from core.settings import Settings
from tests.core.api.asking import ELSEWHERE, HERE, JSON, ask, asked, json_body
from tests.core.data.importing.builders import csv_text, png

PREDICT = "/api/v1/predict"
BLANK = [0] * 784


def drawn(image: np.ndarray, form: str) -> bytes:
    """What somebody has written, as a person sends it: dark on light, larger."""
    stream = io.BytesIO()
    height, width = image.shape
    Image.fromarray(255 - image).resize((10 * width, 10 * height), Image.Resampling.BICUBIC).save(stream, form)
    return stream.getvalue()


def test_numbers_and_pictures_get_the_fields_of_a_predict_line(
    app: Starlette,
    mnist_test: ImageDataset,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DIGITLAB_HOME", str(tmp_path / "home"))
    images = mnist_test.images[:7].copy()
    images[3] = 0
    (tmp_path / "table.csv").write_text(csv_text(images, None))
    number = np.hstack([images[0], images[1]])
    pictures = {"a.png": drawn(images[0], "PNG"), "b.jpg": drawn(images[1], "JPEG"), "c.png": drawn(number, "PNG")}
    for name, content in pictures.items():
        (tmp_path / name).write_bytes(content)
    capsys.readouterr()
    assert main(["predict", *(str(tmp_path / name) for name in (*pictures, "table.csv"))]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    for line in lines:
        del line["path"]
    said = ask(app, f"{PREDICT}?run=demo", json_body(images), content_type=JSON).value
    assert said["predictions"] == lines[3:]
    assert said["predictions"][3]["label"] is None
    assert (said["run_id"], list(said)) == ("demo", ["run_id", "predictions", "milliseconds"])
    assert said["milliseconds"] > 0
    for line, (name, content) in zip(lines[:3], pictures.items(), strict=True):
        kind = "image/png" if name.endswith("png") else "image/jpeg"
        answer = ask(app, PREDICT, content[:100], content[100:], content_type=kind).value
        assert answer["predictions"] == [line]
    assert lines[2]["verdict"] == "several_digits"
    assert [digit["label"] for digit in lines[2]["digits"]] == mnist_test.labels[:2].tolist()
    assert all(list(digit) == ["label", "verdict", "probabilities", "box"] for digit in lines[2]["digits"])


def test_probabilities_are_the_networks_own_and_large_answers_are_counted(
    app: Starlette, demo: NumpyModel, mnist_test: ImageDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    images, large, answer = mnist_test.images[:1_000], [], LargeAnswers.answer
    monkeypatch.setattr(LargeAnswers, "answer", lambda self, *of: large.append(of[0]) or answer(self, *of))
    ask(app, PREDICT, json_body(images[:30]), content_type=JSON)
    assert not large
    said = ask(app, PREDICT, json_body(images), content_type="application/json; charset=utf-8").value
    probabilities = np.array([one["probabilities"] for one in said["predictions"]])
    assert np.array_equal(probabilities.astype(np.float32), demo.probabilities(images))
    assert len(large) == 1
    assert large[0] > PIECE


def test_a_large_answer_for_which_there_is_no_room_is_refused(tmp_path: Path, mnist_test: ImageDataset) -> None:
    networks, allowance = Networks(OneRun(DEMO_DIRECTORY, tmp_path)), Allowance(50)
    app = Predict(networks, "demo", allowance, LargeAnswers(allowance, most_bytes=1_000))
    said = ask(app, PREDICT, json_body(mnist_test.images[:1_000]), content_type=JSON)
    assert said.refused(503).startswith("Too many large answers are being sent")


def test_fractions_are_rounded(app: Starlette, demo: NumpyModel, mnist_test: ImageDataset) -> None:
    pixels = mnist_test.images[0].astype(float).ravel()
    pixels[pixels > 1] -= 0.4
    said = ask(app, PREDICT, json_body([pixels.tolist()]), content_type=JSON).value
    assert said["predictions"][0]["probabilities"] == demo.probabilities(mnist_test.images[:1])[0].tolist()


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"", 400, "not JSON"),
        (b'{"images": [[1, 2', 400, "not JSON"),
        (b'{"images": [[NaN]]}', 400, "not JSON"),
        (b'{"images": [[Infinity]]}', 400, "not JSON"),
        (b"\xff\xfe", 400, "not JSON"),
        (b'{"\xc0images": []}', 400, "not JSON"),
        (b'{"images": [[0]]} {}', 422, "list of 784"),
        (json_body([BLANK]) + b"[]", 400, "not JSON"),
        (b"[" * 100_000, 422, "an object"),
        (b'{"images": ' + b"[" * 100_000, 422, "is a list"),
        (b"[]", 422, "an object"),
        (b"null", 422, "an object"),
        (b"{}", 422, "an object"),
        (json.dumps({"images": [BLANK], "run": "demo"}).encode(), 422, "nothing else"),
        (b'{"images": 7}', 422, "1 to 1,000 images"),
        (b'{"images": {}}', 422, "1 to 1,000 images"),
        (b'{"images": []}', 422, "1 to 1,000 images"),
        (json_body([BLANK] * 1_001), 422, "1 to 1,000 images"),
        (b'{"images": [' + b"[]," * 1_000 + b"[]]}", 422, "Image 0 "),
        (b'{"images": ["7"]}', 422, "Image 0 "),
        (json_body([BLANK, BLANK[1:]]), 422, "Image 1 "),
        (json_body([[*BLANK, 0]]), 422, "Image 0 "),
        (json_body([[[0] * 28] * 28]), 422, "is a list: send each image as one list of 784 numbers, row by row"),
        (json_body([BLANK, [*BLANK[1:], [0]]]), 422, "Pixel 783 of image 1 (counted from 0) is a list"),
        (json_body([[*BLANK[1:], 256]]), 422, "Pixel 783 of image 0 "),
        (json_body([[-1, *BLANK[1:]]]), 422, "Pixel 0 of image 0 "),
        (json_body([[255.5, *BLANK[1:]]]), 422, "Pixel 0 of image 0 "),
        (json_body([[True, *BLANK[1:]]]), 422, "Pixel 0 of image 0 "),
        (json_body([["0", *BLANK[1:]]]), 422, "Pixel 0 of image 0 "),
        (json_body([[None, *BLANK[1:]]]), 422, "Pixel 0 of image 0 "),
        (b'{"images": [[1' + b"0" * 5_000 + b"]]}", 422, "Pixel 0 of image 0 "),
        (b'{"images": [[1e999]]}', 422, "Pixel 0 of image 0 "),
        (json_body([[0.5, *BLANK[1:]]]), 422, "multiply them by 255"),
    ],
)
def test_other_json_is_refused_in_a_sentence(app: Starlette, body: bytes, status: int, words: str) -> None:
    assert words in ask(app, PREDICT, body, content_type=JSON).refused(status)


@pytest.mark.parametrize("item", [b"[]", b"0", b"0.5", b"[0]", b"{}"])
def test_numbers_take_no_more_memory_than_those_of_a_thousand_images(item: bytes) -> None:
    """Ten megabytes of nothing else: as lists, with an object for each, they would be hundreds."""
    start, end = (b'{"images": [', b"]}") if item.startswith(b"[") else (b'{"images": [[', b"]]}")
    body = start + item + (b"," + item) * (MOST_BYTES // (len(item) + 1)) + end
    tracemalloc.start()
    try:
        with pytest.raises(ApiError) as caught:
            images_of_json(body)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert caught.value.status == 422
    assert most < MOST_BYTES


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"GIF89a", "not a PNG or JPEG"),
        (png(np.zeros((28, 28), np.uint8))[:45], "damaged"),
        (b"\xff\xd8\xff" + bytes(100), "not a picture"),
        (png(np.zeros((1, 20_000), np.uint8)), "neither side may be over 10,000"),
    ],
    ids=["nothing", "another format", "cut off", "a head alone", "too wide"],
)
def test_what_is_no_picture_is_refused_in_a_sentence(app: Starlette, content: bytes, words: str) -> None:
    assert words in ask(app, PREDICT, content, content_type="image/png").refused(422)


@pytest.mark.parametrize("kind", ["", "text/plain", "image/webp", "application/x-www-form-urlencoded", "\x07"])
def test_other_content_is_named(app: Starlette, kind: str, seven: bytes) -> None:
    assert "Content-Type must be image/png" in ask(app, PREDICT, seven, content_type=kind).refused(415)


def test_compressed_bodies_are_not_unpacked(app: Starlette, seven: bytes) -> None:
    sentence = ask(app, PREDICT, seven, content_type=JSON, content_encoding="gzip").refused(415)
    assert "Content-Encoding" in sentence


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("run=..%2F..%2Fetc%2Fpasswd", 400, "lower-case letters"),
        ("run=%2Ftmp", 400, "lower-case letters"),
        ("run=", 400, "lower-case letters"),
        ("run=%00", 400, "lower-case letters"),
        ("run=README.md", 400, "lower-case letters"),
        ("run=other", 404, "Run “demo” is served here"),
        ("run=demo&run=demo", 400, "given twice"),
        ("rum=demo", 400, "no parameter “rum”"),
    ],
)
def test_a_run_is_named_by_its_id_alone(app: Starlette, query: str, status: int, words: str, seven: bytes) -> None:
    assert words in ask(app, f"{PREDICT}?{query}", seven, content_type=JSON).refused(status)


def test_an_id_may_be_percent_encoded(app: Starlette, seven: bytes) -> None:
    assert ask(app, f"{PREDICT}?run=%64emo", seven, content_type=JSON).status == 200


def test_a_body_that_is_announced_too_large_is_not_read(app: Starlette) -> None:
    large = {"content_type": JSON, "content_length": str(MOST_BYTES + 1)}
    said = ask(app, PREDICT, b"{", expect="100-continue", **large)
    assert "larger than 10 MB" in said.refused(413)
    assert said.received == 0
    # Who does not wait for leave hears the answer only after everything has been sent.
    said = ask(app, PREDICT, *[b" " * 10_000] * 3, **large)
    said.refused(413)
    assert said.received == 4


def test_a_body_without_a_length_is_cut_off(app: Starlette) -> None:
    part = b" " * 1_000_000
    said = ask(app, PREDICT, *[part] * 12, content_type=JSON, transfer_encoding="chunked")
    assert "larger than 10 MB" in said.refused(413)
    forever = ask(app, PREDICT, *[part] * 200, content_type=JSON, transfer_encoding="chunked")
    assert forever.refused(413)
    assert forever.received < 120, "what never ends is not read for ever"


def test_a_body_that_does_not_come_is_not_waited_for(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.api.predict.Bodies", partial(Bodies, seconds=0.01))
    app = api_app(OneRun(DEMO_DIRECTORY, settings.home), settings)

    async def never() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    said = asyncio.run(asked(app, PREDICT, never(), content_type=JSON))
    assert "did not arrive within" in said.refused(408)
    assert said.headers["connection"] == "close"
    assert said.received == 2, "nor a second time, to discard it"


def test_what_unfinished_bodies_hold_together_is_bounded(seven: bytes) -> None:
    """The first holds all there may be; the second is refused; when the first has ended there is room again."""

    async def go() -> list[int]:
        bodies, hold = Bodies(most_held=4_000), asyncio.Event()

        def body(wait: bool, *parts: bytes) -> Body:
            coming = list(parts)

            async def receive() -> dict[str, object]:
                if wait and len(coming) == 1:
                    await hold.wait()
                return {"type": "http.request", "body": coming.pop(0), "more_body": bool(coming)}

            return Body({}, receive)  # type: ignore[arg-type]

        first = asyncio.create_task(bodies.read(body(True, bytes(1_500), bytes(1_500))))
        await asyncio.sleep(0)
        with pytest.raises(ApiError) as caught:
            await bodies.read(body(False, bytes(1_501), b"x"))
        hold.set()
        return [caught.value.status, len(await first), len(await bodies.read(body(False, bytes(1_501), b"x")))]

    assert asyncio.run(go()) == [503, 3_000, 1_502]


def test_no_address_holds_what_others_need() -> None:
    """One elsewhere has a quarter, this machine three quarters; what has been given back is there again."""
    shares = Shares(400, "Too much")
    for _ in range(2):
        for address, most in (("", 300), ("192.0.2.7", 100)):
            shares.take(address, most)
            with pytest.raises(ApiError, match="Too much, for your address or in total: try again") as caught:
                shares.take(address, 1)
            assert caught.value.status == 503
        with pytest.raises(ApiError):
            shares.take("192.0.2.8", 1)
        shares.give_back("", 300)
        with shares.held("192.0.2.8", 100), pytest.raises(ApiError):
            shares.take("192.0.2.8", 1)
        shares.give_back("192.0.2.7", 100)
    assert not shares._of, "nobody is remembered who holds nothing"


def test_slow_bodies_of_one_address_leave_room_for_those_of_another(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, seven: bytes
) -> None:
    monkeypatch.setattr("core.api.predict.Bodies", partial(Bodies, most_held=4 * len(seven)))
    app = api_app(OneRun(DEMO_DIRECTORY, settings.home), settings)

    async def go() -> list[int]:
        begun, go_on = asyncio.Event(), asyncio.Event()

        async def slow() -> AsyncIterator[bytes]:
            yield seven[:-1]
            begun.set()
            await go_on.wait()
            yield seven[-1:]

        async def predicted(parts: Any, client: str) -> int:
            return (await asked(app, PREDICT, parts, client=client, content_type=JSON)).status

        first = asyncio.create_task(predicted(slow(), "192.0.2.7"))
        await begun.wait()
        parts = [seven[:100], seven[100:]]
        others = [await predicted(parts, client) for client in ("192.0.2.7", "192.0.2.8", "127.0.0.1")]
        go_on.set()
        return [*others, await first, await predicted(parts, "192.0.2.7")]

    assert asyncio.run(go()) == [503, 200, 200, 200, 200]


def test_images_wait_on_the_account_of_the_address_that_sent_them(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.api.predict.Batcher", partial(Batcher, most_waiting=4))
    app = api_app(OneRun(DEMO_DIRECTORY, settings.home), settings)
    body = json_body([BLANK] * 2)
    said = [ask(app, PREDICT, body, content_type=JSON, client=client).status for client in (ELSEWHERE, HERE)]
    assert said == [503, 200], "a quarter is less than two"


def test_an_unexpected_fault_is_calm_and_logged(
    tmp_path: Path, seven: bytes, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, app: Starlette
) -> None:
    monkeypatch.setattr("core.api.predict.body_kind", lambda _kind: 1 / 0)

    async def go() -> None:
        with pytest.raises(ZeroDivisionError):
            await asked(app, PREDICT, [seven], content_type=JSON)

    asyncio.run(go())
    assert "ZeroDivisionError" in caplog.text


def test_what_waits_to_be_read_is_bounded(settings: Settings, monkeypatch: pytest.MonkeyPatch, seven: bytes) -> None:
    """While one picture is read, a second finds no room; small bodies are not in its way."""
    reading, may_end = threading.Event(), threading.Event()

    def slow(*_: object, **__: object) -> Found:
        reading.set()
        assert may_end.wait(30)
        return Found("", None, np.zeros((28, 28), np.uint8), False)

    monkeypatch.setattr("core.api.images.found_in_picture", slow)
    monkeypatch.setattr("core.api.predict._MOST_READ", 1)
    app = api_app(OneRun(DEMO_DIRECTORY, settings.home), settings)
    picture = png(np.eye(28, dtype=np.uint8) * 255)

    async def go() -> list[int]:
        first = asyncio.create_task(asked(app, PREDICT, [picture], content_type="image/png"))
        await asyncio.to_thread(reading.wait, 30)
        second = await asked(app, PREDICT, [picture], content_type="image/png")
        small = await asked(app, PREDICT, [seven], content_type=JSON)
        may_end.set()
        return [second.status, small.status, (await first).status]

    assert asyncio.run(go()) == [503, 200, 200]
