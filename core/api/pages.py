"""The pages of the API, for people: what can be asked, and a canvas that is read in the browser itself."""

import asyncio
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.api.answers import json_response
from core.api.errors import PREFIX, ApiError
from core.api.judging import judge_json
from core.api.large import LargeAnswers
from core.api.networks import Networks
from core.api.queries import RUN, parameters, run_named
from core.api.runs import About, Runs
from core.api.schema import openapi
from core.errors import DigitLabError
from core.exports.browser_json import json_size, network_json, why_not_in_browsers

_SITE: Final = Path(__file__).parent / "site"
_FILES: Final[Mapping[str, str]] = {
    "style.css": "text/css",
    "docs.js": "text/javascript",
    "try.js": "text/javascript",
    "network.js": "text/javascript",
    "digit.js": "text/javascript",
    "grey.js": "text/javascript",
    "several.js": "text/javascript",
    "judge.js": "text/javascript",
}
FILE_NAMES: Final = tuple(_FILES)
PAGE_NAMES: Final = ("docs", "try")
_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
_EXAMPLES: Final = {
    "predict": (
        'curl -H "Content-Type: image/png" --data-binary @digit.png "{server}/predict?run={run}"',
        'curl -H "Content-Type: application/json" --data-binary @images.json "{server}/predict?run={run}"',
    ),
    "models": ('curl "{server}/models?limit=10"',),
    "weights": ('curl -o network.json "{server}/weights?run={run}"',),
    "judge": ('curl -o judge.json "{server}/judge?run={run}"',),
    "health": ('curl "{server}/health"',),
}


class Pages:
    """The document that programs read, and the pages for people.

    Parameters
    ----------
    runs, networks
        What can be asked.
    large
        What sends networks and judges.
    """

    def __init__(self, runs: Runs, networks: Networks, large: LargeAnswers) -> None:
        self._runs, self._networks, self._large = runs, networks, large
        self._default = runs.default

    async def start(self, _request: Request) -> Response:
        """An address without a path leads to the documentation."""
        return RedirectResponse(f"{PREFIX.rpartition('/')[2]}/docs")

    async def document(self, request: Request) -> Response:
        """The OpenAPI document."""
        parameters(request.query_params, ())
        return json_response(openapi(_server(request)))

    async def docs(self, request: Request) -> Response:
        """The same for people, with lines to copy."""
        server = str(request.base_url).rstrip("/") + PREFIX
        document = openapi(server)
        examples = {
            name: [line.format(server=server, run=self._default) for line in lines] for name, lines in _EXAMPLES.items()
        }
        operations = [
            {"method": method.upper(), "path": path, "examples": examples[one["operationId"]]} | one
            for path, methods in document["paths"].items()
            for method, one in methods.items()
        ]
        return _page("docs.html.jinja", operations=operations, schemas=document["components"]["schemas"])

    async def attempt(self, request: Request) -> Response:
        """A canvas; a run that cannot be read by a browser gets a sentence in its place."""
        try:
            run_id = run_named(request.query_params, self._default)
            about = await self._about_one_for_browsers(run_id)
        except DigitLabError as error:
            is_other = request.query_params.get(RUN, self._default) != self._default
            return _page("try.html.jinja", 404, error=str(error), is_other=is_other, run_id="", framing="", name="")
        return _page("try.html.jinja", error="", run_id=run_id, framing=about.framing.value, name=about.run.name)

    async def weights(self, request: Request) -> Response:
        """The network as JSON that a browser computes with."""
        run_id = run_named(request.query_params, self._default)
        await self._about_one_for_browsers(run_id)
        network = await self._networks.get(run_id)
        return self._large.answer(json_size(network.model), partial(network_json, network.subject))

    async def judge(self, request: Request) -> Response:
        """What its verdicts rest on, in the same form."""
        network = await self._networks.get(run_named(request.query_params, self._default))
        make = partial(judge_json, network.subject.run.run_id, network.reader)
        return self._large.answer(network.reader.judge.size * 4 // 3, make)

    async def _about_one_for_browsers(self, run_id: str) -> About:
        """What is known of a run whose network can be sent, before anything is read for it.

        Raises
        ------
        RunError
            If there is no such run.
        ApiError
            422, if its network is too large.
        """
        about = await asyncio.to_thread(self._runs.about, run_id)
        if why_not := why_not_in_browsers(about.run):
            raise ApiError(422, why_not)
        return about


async def send_file(request: Request) -> Response:
    """A script or style of the pages."""
    name = request.url.path.rpartition("/")[2]
    return Response(_content(name), media_type=_FILES[name], headers=_HEADERS)


def _server(request: Request) -> str:
    """Where the paths begin, below whatever the dashboard is below."""
    return str(request.scope.get("root_path", "")) + PREFIX


def _page(template: str, status: int = 200, **values: Any) -> Response:
    return Response(_template(template).render(**values), status, _HEADERS, "text/html")


@cache
def _content(name: str) -> bytes:
    return (_SITE / name).read_bytes()


@cache
def _template(name: str) -> Any:
    environment = Environment(
        loader=FileSystemLoader(_SITE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)
