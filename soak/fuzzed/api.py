"""Damaged requests to the HTTP API, in this very process."""

import json
from functools import cache
from random import Random
from typing import Any
from urllib.parse import quote

from starlette.applications import Starlette

from core.api.app import api_app
from core.api.errors import PREFIX
from core.api.pages import FILE_NAMES
from core.api.runs import OneRun
from core.runs.archive import DEMO_DIRECTORY
from core.settings import Settings
from soak.fuzzed import specimens
from soak.fuzzed.asgi import Answer, ask
from soak.fuzzed.files import check_sentence
from soak.mutations import mutated, mutated_text, strange_word

_PREDICT = f"{PREFIX}/predict"
_OTHERS = ("models", "health", "docs", "openapi.json", "weights", "judge", "try", FILE_NAMES[0])
_PATHS = (*[_PREDICT] * len(_OTHERS), *(f"{PREFIX}/{name}" for name in _OTHERS), PREFIX)
_HEADERS = ("content-length", "expect", "content-encoding", "accept", "host")
_TYPES = (
    "application/json",
    "image/png",
    "image/jpeg",
    "application/octet-stream",
    "text/plain",
    "multipart/form-data",
)
_REFUSED = (400, 404, 405, 408, 411, 413, 414, 415, 421, 422, 429, 431, 501, 503)


def feed_api(random: Random) -> None:
    """A request that nobody means: it is answered, or refused as JSON with one sentence."""
    path = random.choice(_PATHS)
    path = path if random.random() < 0.9 else quote(mutated_text(path, random), safe="/%?")
    headers = {"content-type": random.choice(_TYPES) if random.random() < 0.9 else strange_word(random)}
    if random.random() < 0.1:
        headers[random.choice(_HEADERS)] = strange_word(random)
    is_meant = path == _PREDICT and random.random() < 0.95
    method = "POST" if is_meant else random.choice((*["GET"] * 5, "PUT", "HEAD", "OPTIONS"))
    run = quote(strange_word(random), errors="replace")
    query = random.choice(("", "run=demo", f"run={run}", "limit=-1&offset=9e9"))
    _check(ask(_app(), method, path.partition("?")[0], query=query, body=_body(random), headers=headers), method)


def _check(answer: Answer, method: str) -> None:
    told = answer.body.decode()
    assert "Traceback" not in told, told[:500]
    assert answer.status < 400 or answer.status in _REFUSED, (answer.status, told[:500])
    if method == "HEAD":
        return
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if kind == "text/html":
        # A page for people, also where it says that there is no such run.
        assert "<script>" not in told, told
    elif answer.status >= 400:
        check_sentence(json.loads(told)["error"])
    elif kind == "application/json":
        value = json.loads(told, parse_constant=_no_number)
        for prediction in value.get("predictions", []):
            assert abs(sum(prediction["probabilities"]) - 1) < 1e-3, prediction


def _no_number(name: str) -> None:
    raise AssertionError(f"{name} is not JSON")


def _body(random: Random) -> bytes:
    if random.random() < 0.3:
        return mutated(random.choice(specimens.pictures()), specimens.pictures(), random)
    images = [[int(pixel) for pixel in image.ravel()] for image in specimens.digits()[0][: random.choice((1, 1, 3))]]
    value: Any = {"images": images}
    if random.random() < 0.6:
        value = _changed(value, random)
    text = json.dumps(value).encode("utf-8", "surrogatepass")
    return mutated(text, (), random) if random.random() < 0.4 else text


def _changed(value: dict[str, Any], random: Random) -> Any:
    """Sound JSON of another shape, or with another value somewhere."""
    odd = random.choice((None, True, -1, 256, 1e300, 0.5, "7", strange_word(random), [], {}, [[]], 2**70, [0] * 783))
    place = random.randrange(5)
    if place == 0:
        return odd
    if place == 1:
        return {strange_word(random): value["images"]}
    if place == 2:
        return {"images": odd}
    if place == 3:
        value["images"][0] = odd
    else:
        value["images"][0][random.randrange(784)] = odd
    return value


@cache
def _app() -> Starlette:
    settings = Settings.from_environment()
    return api_app(OneRun(DEMO_DIRECTORY, settings.home), settings)
