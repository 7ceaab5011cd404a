"""Digit Lab: ``streamlit run app.py``."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from streamlit import App

from ui.faults import log_to_file, on_script_error

HEAD_START_SECONDS = 5.0
"""What the first page gets before workers that import PyTorch take all cores; a page that needs them does not wait."""


@asynccontextmanager
async def lifespan(_app: App) -> AsyncIterator[None]:
    """Warm the engine up once the first page has been served; end it with the server."""
    from ui.resources import engine, settings

    log_to_file(settings().home)
    stopping = asyncio.Event()
    warming_up = asyncio.create_task(_warm_up_unless(stopping))
    yield
    stopping.set()
    await warming_up
    await asyncio.to_thread(engine.clear)


async def _warm_up_unless(stopping: asyncio.Event) -> None:
    from ui.resources import run_store, warm_up

    # The first page needs the store as well; it loads while the browser is still busy with Streamlit's own scripts.
    await asyncio.to_thread(run_store)
    try:
        await asyncio.wait_for(stopping.wait(), HEAD_START_SECONDS)
    except TimeoutError:
        await asyncio.to_thread(warm_up)


app = App("pages/main.py", lifespan=lifespan, on_script_error=on_script_error)
