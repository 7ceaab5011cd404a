"""What Dask may say in the log of a server."""

import asyncio
import logging
from collections.abc import Iterator
from logging.handlers import BufferingHandler

import pytest
from distributed.comm import CommClosedError

from core.engine.cluster import keep_dask_quiet


@pytest.fixture
def logged() -> Iterator[list[logging.LogRecord]]:
    """What Dask’s client logs, as it is before anybody has set anything."""
    handler = BufferingHandler(1_000)
    client, above = logging.getLogger("distributed.client"), logging.getLogger("distributed")
    levels, filters = (client.level, above.level), list(client.filters)
    client.setLevel(logging.WARNING)
    client.addHandler(handler)
    yield handler.buffer
    client.removeHandler(handler)
    client.filters[:] = filters
    client.setLevel(levels[0])
    above.setLevel(levels[1])


def log(error: BaseException) -> None:
    try:
        raise error
    except BaseException:
        logging.getLogger("distributed.client").exception("")


def test_a_connection_that_ends_leaves_no_traceback_and_a_fault_of_ours_does(
    logged: list[logging.LogRecord],
) -> None:
    lost = (
        CommClosedError("in <TCP>: Stream is closed"),
        ConnectionRefusedError(111, "refused"),
        asyncio.CancelledError(),
    )
    for error in lost:
        log(error)
    assert len(logged) == 3, "what Dask does by itself"
    logged.clear()
    for _ in range(2):
        keep_dask_quiet()
    for error in (*lost, ZeroDivisionError("of a callback")):
        log(error)
    logging.getLogger("distributed.client").error("Failed to reconnect to scheduler after 5.00 seconds, closing client")
    logging.getLogger("distributed.worker").error("Worker stream died during communication")
    assert [record.exc_info[1].args for record in logged if record.exc_info] == [("of a callback",)]
    assert len(logged) == 1
