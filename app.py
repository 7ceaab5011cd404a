"""Digit Lab: ``streamlit run app.py``."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module

from streamlit import App

from ui.faults import log_to_file, on_script_error

HEAD_START_SECONDS = 5.0
"""What the first page gets before workers that import PyTorch take all cores; a page that needs them does not wait."""


@asynccontextmanager
async def lifespan(_app: App) -> AsyncIterator[None]:
    """Warm the engine up once the first page has been served; end it with the server."""
    stopping = asyncio.Event()
    warming_up = asyncio.create_task(_warm_up_unless(stopping))
    yield
    stopping.set()
    await warming_up
    from ui.resources import engine

    await asyncio.to_thread(engine.clear)


async def _warm_up_unless(stopping: asyncio.Event) -> None:
    # Imported while the browser is still busy with Streamlit's own scripts: the server listens before it has them.
    await asyncio.to_thread(_open_store)
    try:
        await asyncio.wait_for(stopping.wait(), HEAD_START_SECONDS)
    except TimeoutError:
        from ui.resources import warm_up

        await asyncio.to_thread(warm_up)


def _open_store() -> None:
    """What the first page needs: the words of its widgets, the log and the run store."""
    from ui.resources import run_store, settings

    log_to_file(settings().home)
    import_module("ui.home_start")
    run_store()


app = App("pages/main.py", lifespan=lifespan, on_script_error=on_script_error)
