"""Whether a scheduler of others can be spoken to, and if not, what a user can do about it."""

import asyncio
import re
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from distributed import Security
from distributed.comm.core import CommClosedError, FatalCommClosedError, connect

from core.errors import EngineError

REACH_SECONDS = 5.0
_HAS_EXPIRED = 10
"""OpenSSL’s code of a certificate that has."""


def greet(address: str, security: Security | None, folder: Path | None) -> None:
    """Connect and let go again. Dask’s own client would wait for the scheduler’s first word without a bound.

    Raises
    ------
    EngineError
        If it does not answer within ``REACH_SECONDS``, or refuses.
    """
    if not re.fullmatch(r"(tcp|tls)://[^\s/]+:[0-9]{1,5}", address):
        raise EngineError(f"DIGITLAB_SCHEDULER must be like tls://host:8786, not “{address[:80]}”.")
    try:
        greeting = _greet(address, {} if security is None else security.get_connection_args("client"))
        # In a thread of its own: in that of the caller a loop may be running.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, greeting).result()
    except (OSError, TimeoutError) as error:
        raise EngineError(why_not(address, folder, error)) from error
    except (ValueError, TypeError, RuntimeError, MemoryError) as error:
        # Whatever the bytes of another protocol mean to Dask.
        raise EngineError(f"What answers at {address} is not a Dask scheduler.") from error


async def _greet(address: str, arguments: dict[str, Any]) -> None:
    async with asyncio.timeout(REACH_SECONDS):
        comm = await connect(address, timeout=REACH_SECONDS, **arguments)
    comm.abort()


def why_not(address: str, folder: Path | None, error: BaseException) -> str:
    """The sentence for an error that speaking to this scheduler ended with."""
    causes = list(_causes(error))
    if any(getattr(cause, "verify_code", None) == _HAS_EXPIRED for cause in causes):
        return f"The certificate of the scheduler at {address} has expired: the cluster needs a new one."
    if folder is not None and any(isinstance(cause, ssl.SSLError | FatalCommClosedError) for cause in causes):
        return (
            f"The scheduler at {address} and the certificates in {folder} are from different authorities: DIGITLAB_TLS "
            "must name a folder with the cluster’s own ca.pem, cert.pem and key.pem."
        )
    is_closed = any(isinstance(cause, CommClosedError) for cause in causes)
    if is_closed and address.startswith("tcp://") and not any(isinstance(c, ConnectionRefusedError) for c in causes):
        return (
            f"The scheduler at {address} closes the connection: if it takes certificates, its address begins with "
            "tls://, and DIGITLAB_TLS names their folder."
        )
    return f"The scheduler at {address} does not answer: check DIGITLAB_SCHEDULER, DIGITLAB_TLS and the cluster."


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error, what it was raised from, and so on; tornado keeps the reason beside its own error."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = getattr(error, "real_error", None) or error.__cause__ or error.__context__
