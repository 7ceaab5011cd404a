"""Whatever answers at the address of a scheduler, it takes a bounded time to say what is wrong."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from core.engine import reach
from core.engine.certificates import security_of
from core.engine.reach import greet
from core.errors import EngineError
from scripts.make_certificates import make_certificates


@contextmanager
def answering(reply: bytes | None, context: ssl.SSLContext | None = None) -> Iterator[int]:
    """A port at which this is said to everybody; None says nothing and holds the line."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        held: list[socket.socket] = []

        def serve() -> None:
            with suppress(OSError):
                while True:
                    line, _ = listening.accept()
                    held.append(line)
                    with suppress(OSError):
                        one = line if context is None else context.wrap_socket(line, server_side=True)
                        if reply is not None:
                            one.recv(1000)
                            one.sendall(reply)
                            one.close()

        threading.Thread(target=serve, daemon=True).start()
        yield listening.getsockname()[1]
        for line in held:
            line.close()


def sentence(address: str, folder: Path | None = None) -> str:
    with pytest.raises(EngineError) as caught:
        greet(address, security_of(address, folder), folder)
    return str(caught.value)


@pytest.fixture(autouse=True)
def _short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "REACH_SECONDS", 1.0)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n" + b" " * 50, "is not a Dask scheduler"),
        (None, "does not answer: check DIGITLAB_SCHEDULER"),
        (b"", "closes the connection: if it takes certificates, its address begins with tls://"),
    ],
)
def test_what_is_no_scheduler_gets_a_sentence(reply: bytes | None, said: str) -> None:
    with answering(reply) as port:
        assert said in sentence(f"tcp://127.0.0.1:{port}")


@pytest.mark.parametrize("address", ["", "x", "tls:/x", "tcp://lab.example", "http://lab.example:80", "tcp://a b:1"])
def test_what_is_no_address_gets_a_sentence(address: str) -> None:
    with pytest.raises(EngineError, match="must be like tls://host:8786, not"):
        greet(address, None, None)


@pytest.mark.parametrize(
    ("shown", "said"), [("old", "The certificate of the scheduler at tls://"), ("others", "from different authorities")]
)
def test_a_scheduler_with_a_bad_certificate_is_named(tmp_path: Path, shown: str, said: str) -> None:
    make_certificates(tmp_path, ["server"])
    make_certificates(tmp_path, ["old"], days=-1)
    make_certificates(tmp_path / "elsewhere", ["others"])
    (folder,) = tmp_path.rglob(shown)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    with answering(b"", context) as port:
        assert said in sentence(f"tls://127.0.0.1:{port}", tmp_path / "server")


def test_it_can_be_asked_where_a_loop_is_running() -> None:
    async def ask(address: str) -> str:
        return sentence(address)

    with answering(b"") as port:
        assert "closes the connection" in asyncio.run(ask(f"tcp://127.0.0.1:{port}"))
