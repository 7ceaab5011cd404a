"""The HTTP API: routes below ``/api/v1``, for the dashboard’s own port and for ``python -m core serve``."""

from collections.abc import Collection, Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route

from core.api.addresses import Allowance, Door
from core.api.errors import PREFIX, on_expected, on_http, on_unexpected
from core.api.hosts import HEALTH
from core.api.large import LargeAnswers
from core.api.listing import Listed, health
from core.api.networks import Networks
from core.api.pages import FILE_NAMES, PAGE_NAMES, Pages, send_file
from core.api.predict import Predict
from core.api.runs import Runs
from core.api.shortcut import Shortcut
from core.errors import DigitLabError
from core.settings import Settings


def api_app(runs: Runs, settings: Settings, hosts: Collection[str] | None = None) -> Starlette:
    """The whole API as an ASGI application.

    It does its work in the event loop that calls it, and what takes long in threads; it needs no lifespan.

    Parameters
    ----------
    runs
        What is served.
    settings
        Those that begin with ``api_`` count.
    hosts
        As for :class:`core.api.addresses.Door`.
    """
    allowance, networks = Allowance(settings.api_rate), Networks(runs)
    large = LargeAnswers(allowance)
    pages = Pages(runs, networks, large)
    predict = Route(f"{PREFIX}/predict", Predict(networks, runs.default, allowance, large), methods=["POST"])
    app = Starlette(
        routes=[predict, *_routes(Listed(runs), pages)],
        middleware=[
            *_cors(settings.api_origins),
            Middleware(Door, allowance, (*PAGE_NAMES, *FILE_NAMES), hosts),
            Middleware(Shortcut, predict),
        ],
        exception_handlers={DigitLabError: on_expected, HTTPException: on_http, Exception: on_unexpected},
    )
    # What a redirect leads to would be built from whatever name the request calls the server.
    app.router.redirect_slashes = False
    return app


def _routes(listed: Listed, pages: Pages) -> list[Route]:
    """All but the one that is in a hurry."""
    return [
        Route(f"{PREFIX}/models", listed.models),
        Route(HEALTH, health),
        Route(f"{PREFIX}/weights", pages.weights),
        Route(f"{PREFIX}/judge", pages.judge),
        Route(f"{PREFIX}/openapi.json", pages.document),
        Route(f"{PREFIX}/docs", pages.docs),
        Route(f"{PREFIX}/try", pages.attempt),
        *(Route(f"{PREFIX}/{name}", send_file) for name in FILE_NAMES),
        Route(PREFIX, pages.start),
    ]


def _cors(origins: Sequence[str]) -> list[Middleware]:
    """Let pages of these sites read answers; without any, browsers keep them from all but our own."""
    if not origins:
        return []
    methods, headers = ["GET", "POST"], ["Content-Type"]
    return [Middleware(CORSMiddleware, allow_origins=origins, allow_methods=methods, allow_headers=headers)]
