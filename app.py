"""Digit Lab: ``streamlit run app.py``."""

import asyncio
import gc
import inspect
import logging
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from importlib import import_module

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from streamlit import App

from core.errors import ConfigError, DigitLabError
from core.settings import Settings
from ui.live.assets import route_below_base, routes
from ui.shell.api import api_route
from ui.shell.arenas import use_few_arenas
from ui.shell.browser import KnowBrowsers
from ui.shell.connections import bound_connections
from ui.shell.faults import on_script_error, start_log
from ui.shell.hosts import KnowHosts
from ui.shell.menu import titles
from ui.shell.preload import PreloadScripts
from ui.shell.url_table import HOME_ADDRESSES

WORDS_SECONDS = 2.0
"""What a browser gets to show Home’s words before the server loads the rest: it takes two cores itself."""
HEAD_START_SECONDS = 3.0
"""What it gets then before workers that import PyTorch take all cores; a page that needs them does not wait."""
logger = logging.getLogger("digitlab")


def _check_settings() -> None:
    """Read what the environment says; what most servers do not need is not loaded for it before they listen."""
    settings = Settings.from_environment()
    start_log(settings.home)
    if settings.exercise:
        from core.classroom.exercise import exercise_of_environment

        exercise_of_environment(settings.exercise, titles())


use_few_arenas()
bound_connections()
try:
    _check_settings()
except ConfigError as error:
    sys.exit(f"Digit Lab cannot start. {error}")


@asynccontextmanager
async def lifespan(_app: App) -> AsyncIterator[None]:
    """Listen at once, get ready behind the first page; end the engine with the server."""
    stopping = asyncio.Event()
    getting_ready = asyncio.create_task(_get_ready(stopping))
    yield
    stopping.set()
    await getting_ready
    from ui.shell.resources import engine, searches

    await asyncio.to_thread(searches.clear)
    await asyncio.to_thread(engine.clear)


async def _get_ready(stopping: asyncio.Event) -> None:
    try:
        await asyncio.to_thread(_load_first_words)
        if await _is_stopped_within(stopping, WORDS_SECONDS):
            return
        await asyncio.to_thread(_load_first_page)
        if await _is_stopped_within(stopping, HEAD_START_SECONDS):
            return
        from ui.shell.resources import warm_up

        await asyncio.to_thread(warm_up)
    except DigitLabError as error:
        # Every page says so as well, until it is mended.
        logger.error("%s", error)
    except Exception:
        logger.exception("The server could not get ready; pages try again.")


async def _is_stopped_within(stopping: asyncio.Event, seconds: float) -> bool:
    try:
        return await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return False


def _load_first_words() -> None:
    """Import what Home has before it reads anything, while the browser loads Streamlit's own scripts."""
    with _without_collecting():
        for name in ("ui.live.share", "ui.home.start"):
            import_module(name)
        # Before it sends its first element, Streamlit looks at the stack, and for that at every module there is; of
        # those that have been looked at, the next look takes no time.
        inspect.stack()


def _load_first_page() -> None:
    """Open the run store and import the rest of Home, unless its first visitor has had that done already."""
    from ui.shell.resources import run_store

    run_store()
    with _without_collecting():
        for name in ("ui.home.digits", "ui.home.latest"):
            import_module(name)


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Imports leave no garbage, and looking for it takes a sixth of their time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _send_news(request: Request) -> Response:
    from ui.train.feed import send_news

    return send_news(request)


def _send_class_news(request: Request) -> Response:
    from ui.classroom.feed import send_class_news

    return send_class_news(request)


def _go_home(request: Request) -> Response:
    """Streamlit opens Home at the root alone, and has no page at the addresses that people take for it."""
    return RedirectResponse(f"./?{request.url.query}" if request.url.query else "./")


app = App(
    "pages/main.py",
    lifespan=lifespan,
    routes=[
        *routes(),
        route_below_base("live/run/{run_id}", _send_news),
        api_route(),
        route_below_base("live/class/{exercise}", _send_class_news),
        *(route_below_base(address, _go_home) for address in HOME_ADDRESSES),
    ],
    middleware=[Middleware(KnowHosts), Middleware(KnowBrowsers), Middleware(PreloadScripts)],
    on_script_error=on_script_error,
)
