"""Large answers: sent in pieces, counted until they are taken, and refused where that is too much."""

import asyncio
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Message

from core.api.addresses import ADDRESS, Allowance
from core.api.answers import Json
from core.api.app import api_app
from core.api.errors import ApiError
from core.api.large import LargeAnswers
from core.api.runs import About, OneRun
from core.data.framing import Framing
from core.exports.browser_json import MOST_WEIGHTS, json_size, network_json
from core.exports.subject import Subject
from core.runs.archive import DEMO_DIRECTORY
from core.settings import Settings
from tests.core.api.asking import ELSEWHERE, HERE, ask
from tests.core.api.test_addresses import Clock


class Unread(OneRun):
    """The demo run, whose network may not be read; with other settings, where they are given."""

    def __init__(self, home: Path, **changes: Any) -> None:
        super().__init__(DEMO_DIRECTORY, home)
        self._changes = changes

    def about(self, run_id: str) -> About:
        run = self._subject.run
        return About(replace(run, config=run.config.model_copy(update=self._changes)), Framing.MNIST)

    def subject(self, run_id: str) -> Subject:
        raise AssertionError(run_id)


async def none(_message: Message) -> None:
    """What takes everything at once."""


async def send(large: LargeAnswers, address: str, taking: Any = none) -> None:
    await large.answer(100, lambda: b"{}")({"type": "http", ADDRESS: address}, None, taking)  # type: ignore[arg-type]


def test_a_large_answer_comes_in_pieces_and_is_whole() -> None:
    body, sent = bytes(range(256)) * 3_000, []

    async def keep(message: Message) -> None:
        sent.append(message)

    asyncio.run(Json(body)({"type": "http"}, None, keep))  # type: ignore[arg-type]
    start, *pieces = sent
    assert dict(start["headers"])[b"content-length"] == b"768000"
    assert [len(piece["body"]) for piece in pieces] == [262_144, 262_144, 243_712]
    assert [piece.get("more_body", False) for piece in pieces] == [True, True, False]
    assert b"".join(piece["body"] for piece in pieces) == body


def test_an_answer_counts_until_its_client_has_taken_it() -> None:
    async def go() -> None:
        large, taken = LargeAnswers(Allowance(50), most_bytes=400), asyncio.Event()

        async def slow(_message: Message) -> None:
            await taken.wait()

        first = asyncio.create_task(send(large, "192.0.2.7", slow))
        await asyncio.sleep(0)
        with pytest.raises(ApiError, match="large answers are being sent, for your address or in total") as caught:
            await send(large, "192.0.2.7")
        assert (caught.value.status, caught.value.headers["Retry-After"]) == (503, "1")
        await send(large, "192.0.2.8")
        taken.set()
        await first
        await send(large, "192.0.2.7")
        assert not large._held._of

    asyncio.run(go())


def test_who_takes_too_long_gets_no_more_of_it_and_makes_room() -> None:
    async def go() -> None:
        large = LargeAnswers(Allowance(50), most_bytes=400, seconds=0.01)

        async def never(_message: Message) -> None:
            await asyncio.Event().wait()

        await send(large, "192.0.2.7", never)
        assert not large._held._of

    asyncio.run(go())


def test_networks_count_by_their_size(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.api.app.Allowance", partial(Allowance, clock=Clock()))
    app = api_app(OneRun(DEMO_DIRECTORY, settings.home), settings.model_copy(update={"api_rate": 1}))
    said = [ask(app, "/api/v1/weights", method="GET", client=ELSEWHERE) for _ in range(2)]
    assert [one.status for one in said] == [200, 429], "of two requests, one and half a megabyte"
    assert {ask(app, "/api/v1/weights", method="GET", client=HERE).status for _ in range(3)} == {200}


def test_the_size_of_a_network_is_known_before_it_is_made(tmp_path: Path) -> None:
    subject = OneRun(DEMO_DIRECTORY, tmp_path).subject("demo")
    assert json_size(subject.model) == pytest.approx(len(network_json(subject)), rel=0.01)


def test_a_network_that_is_too_large_for_browsers_is_refused_before_it_is_read(settings: Settings) -> None:
    app = api_app(Unread(settings.home, hidden_size=4096, hidden_layers=6), settings)
    sentence = ask(app, "/api/v1/weights", method="GET").refused(422)
    assert sentence.startswith(
        f"The network of run “demo” has 87,162,890 parameters; at most {MOST_WEIGHTS:,} are sent"
    )
    page = ask(app, "/api/v1/try?run=demo", method="GET")
    assert page.status == 404
    assert sentence in page.body.decode()
    assert "<canvas" not in page.body.decode()
    assert 'href="try"' not in page.body.decode(), "it is the default itself"


def test_the_page_that_anybody_may_open_reads_no_network(settings: Settings) -> None:
    app = api_app(Unread(settings.home), settings)
    page = ask(app, "/api/v1/try?run=demo", method="GET", client=ELSEWHERE)
    assert page.status == 200
    assert 'data-run="demo" data-framing="mnist"' in page.body.decode()
