"""Digit Lab: ``streamlit run app.py``."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from streamlit import App

from ui.faults import log_to_file, on_script_error


@asynccontextmanager
async def lifespan(_app: App) -> AsyncIterator[None]:
    """Warm the engine up while the first page is already being served; end it with the server."""
    from ui.resources import engine, settings

    log_to_file(settings().home)
    warm_up = asyncio.create_task(asyncio.to_thread(engine))
    yield
    await warm_up
    await asyncio.to_thread(engine().close)


app = App("pages/main.py", lifespan=lifespan, on_script_error=on_script_error)
