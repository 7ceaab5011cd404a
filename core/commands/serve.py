"""``serve``: the HTTP API without the dashboard."""

import gc
import signal
import socket
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

from core.commands.chosen import chosen_place
from core.commands.output import say, tell
from core.errors import ConfigError
from core.settings import Settings

if TYPE_CHECKING:
    import uvicorn

    from core.api.runs import Runs

HOST: Final = "127.0.0.1"
PORT: Final = 8510
_LAST_PORT: Final = 65_535
_WAITING_CONNECTIONS: Final = 2_048
_SECONDS_TO_FINISH: Final = 5


def serve(options: Namespace) -> None:
    """Answer over HTTP what networks read in images, until Control-C: the API without the dashboard."""
    import uvicorn

    from core.api.app import api_app
    from core.api.connection import Connection
    from core.models.one_core import multiply_on_one_core

    settings = Settings.from_environment()
    port = _port(options.port)
    with _chosen(options.run, settings) as runs, _listening(options.host, port) as listener:
        is_for_this_machine = ip_address(listener.getsockname()[0]).is_loopback
        hosts = [name.lower() for name in options.allow_host]
        app = api_app(runs, settings, hosts if is_for_this_machine else None)
        config = uvicorn.Config(
            app,
            http=Connection,
            log_level="warning",
            access_log=False,
            lifespan="off",
            ws="none",
            # Whose address counts is decided by core.api.addresses.
            proxy_headers=False,
            server_header=False,
            backlog=_WAITING_CONNECTIONS,
            timeout_graceful_shutdown=_SECONDS_TO_FINISH,
        )
        url = _url(options.host, listener.getsockname()[1])
        say({"url": url, "run_id": runs.default})
        tell(f"Serving at {url}, until you press Control-C: {url}/docs documents the API.")
        multiply_on_one_core()
        # What has been imported stays: no collection of garbage looks through it while requests wait.
        gc.freeze()
        _run_until_told(uvicorn.Server(config), listener)


def _run_until_told(server: "uvicorn.Server", listener: socket.socket) -> None:
    """Both Control-C and the end that a service manager asks for are how this is meant to end."""
    usual = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        return
    finally:
        signal.signal(signal.SIGTERM, usual)


@contextmanager
def _chosen(run: str | None, settings: Settings) -> "Iterator[Runs]":
    """What is served; a run that cannot be is named now, not when somebody asks."""
    from core.api.runs import OneRun, StoredRuns
    from core.runs.archive import offer_demo
    from core.runs.store import RunStore

    if run is not None and (place := chosen_place(run)) is not None:
        yield OneRun(place, settings.home)
        return
    store = RunStore(settings)
    try:
        if run is not None:
            store.model(run)
        else:
            offer_demo(store)
        yield StoredRuns(store, run)
    finally:
        store.close()


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:
        raise ConfigError(f"Cannot listen on “{host[:60]}”: {_reason(error)}.") from None
    with listener:
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(_WAITING_CONNECTIONS)
        except OSError as error:
            raise ConfigError(
                f"Cannot listen on {host}, port {port}: {_reason(error)}. Choose another port with --port."
            ) from None
        yield listener


def _reason(error: OSError | UnicodeError) -> str:
    return str(getattr(error, "strerror", None) or error)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(_LAST_PORT)) and int(text) <= _LAST_PORT):
        raise ConfigError(f"--port must be a whole number from 0 to {_LAST_PORT}, not “{text[:40]}”.")
    return int(text)


def _url(host: str, port: int) -> str:
    from core.api.errors import PREFIX

    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}{PREFIX}"
