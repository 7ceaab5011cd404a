"""Digit Lab: ``streamlit run app.py``."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from streamlit import App

from core.classroom.exercise import exercise_of_environment
from core.errors import ConfigError, DigitLabError
from core.settings import Settings
from ui.live.assets import route_below_base, routes
from ui.shell.api import api_route
from ui.shell.browser import KnowBrowsers
from ui.shell.faults import on_script_error, start_log
from ui.shell.hosts import KnowHosts
from ui.shell.menu import titles
from ui.shell.url_table import HOME_ADDRESSES

HEAD_START_SECONDS = 5.0
"""What the first page gets before workers that import PyTorch take all cores; a page that needs them does not wait."""
logger = logging.getLogger("digitlab")

try:
    start_log(Settings.from_environment().home)
    exercise_of_environment(Settings.from_environment().exercise, titles())
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
        await asyncio.to_thread(_load_first_page)
        try:
            await asyncio.wait_for(stopping.wait(), HEAD_START_SECONDS)
        except TimeoutError:
            from ui.shell.resources import warm_up

            await asyncio.to_thread(warm_up)
    except DigitLabError as error:
        # Every page says so as well, until it is mended.
        logger.error("%s", error)
    except Exception:
        logger.exception("The server could not get ready; pages try again.")


def _load_first_page() -> None:
    """Import what Home needs, and open the run store, while the browser is busy with Streamlit's own scripts."""
    import ui.home.digits
    import ui.home.latest
    import ui.home.start  # noqa: F401 - imported to be there
    from ui.shell.resources import run_store

    run_store()


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
    middleware=[Middleware(KnowHosts), Middleware(KnowBrowsers)],
    on_script_error=on_script_error,
)
