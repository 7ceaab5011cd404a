"""The HTTP API on the dashboard’s own port."""

import asyncio

import streamlit as st
from starlette.responses import Response
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from core.errors import DigitLabError


class Api:
    """The HTTP API, loaded when somebody first asks it: the server does not wait for it when it starts.

    Parameters
    ----------
    base
        ``server.baseUrlPath``, with a slash at its beginning and none at its end; empty if there is none.
    """

    def __init__(self, base: str) -> None:
        self._base = base
        self._app: ASGIApp | None = None
        self._loading: asyncio.Task[ASGIApp] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request below ``api``."""
        if self._app is None:
            if self._loading is None:
                self._loading = asyncio.create_task(asyncio.to_thread(_load))
                self._loading.add_done_callback(self._loaded)
            try:
                # Who goes away must not take it from the others.
                await asyncio.shield(self._loading)
            except Exception as error:  # noqa: BLE001 – nothing is loaded yet that could answer
                await _why_not(error)(scope, receive, send)
                return
        assert self._app is not None
        await self._app({**scope, "root_path": self._base, "app_root_path": self._base}, receive, send)

    def _loaded(self, done: "asyncio.Task[ASGIApp]") -> None:
        self._loading = None
        if not done.cancelled() and done.exception() is None:
            self._app = done.result()


def api_route() -> Mount:
    """Everything below ``api``, below ``server.baseUrlPath``."""
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    base = f"/{base}" if base else ""
    return Mount(f"{base}/api", Api(base))


def _why_not(error: Exception) -> Response:
    """The next request tries again."""
    from core.api.errors import refusal, unexpected

    return refusal(503, str(error)) if isinstance(error, DigitLabError) else unexpected(error)


def _load() -> ASGIApp:
    from core.api.app import api_app
    from core.api.runs import StoredRuns
    from ui.shell.resources import run_store, settings

    return api_app(StoredRuns(run_store()), settings())
