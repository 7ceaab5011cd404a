"""Connections to the dashboard: bounded as those of ``serve`` are."""

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from core.api.arrivals import Arrivals


def bound_connections() -> None:
    """Have each connection that Streamlit’s server is going to make be one that :class:`Arrivals` bounds.

    Streamlit starts uvicorn itself, and has no setting for its protocol; when the app is imported the protocol has been
    chosen already, but nobody has connected. So the class is told to make instances of this kind of it.
    """
    HttpToolsProtocol.__new__ = _bounded  # type: ignore[method-assign,assignment]


def _bounded(kind: type[HttpToolsProtocol], *_arguments: Any, **_options: Any) -> HttpToolsProtocol:
    return object.__new__(Arrivals if kind is HttpToolsProtocol else kind)
