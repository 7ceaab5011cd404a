"""Asks a server over some connections for some seconds, each the next request when the last is answered."""

import asyncio
import json
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Load:
    """What came back: answers a second, and the 99th percentile of the time that one took."""

    rate: float
    p99_milliseconds: float


def load(port: int, path: str, body: bytes, kind: str, connections: int, seconds: float) -> Load:
    """Ask from a process of its own."""
    arguments = [str(port), path, kind, str(connections), str(seconds)]
    command = [sys.executable, "-m", "benchmarks.serving_client", *arguments]
    done = subprocess.run(command, cwd=ROOT, input=body, capture_output=True, check=True)
    return Load(**json.loads(done.stdout))


class Asking(asyncio.Protocol):
    """One connection."""

    def __init__(self, request: bytes, taken: list[float], until: float) -> None:
        self.request, self.taken, self.until = request, taken, until
        self.ended = asyncio.get_running_loop().create_future()
        self.received = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.ask()

    def ask(self) -> None:
        self.began = time.perf_counter()
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, found, body = self.received.partition(b"\r\n\r\n")
        if not found or len(body) < int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]):
            return
        if not head.startswith(b"HTTP/1.1 200"):
            self.ended.set_exception(RuntimeError(bytes(self.received).decode()))
            return
        now = time.perf_counter()
        self.taken.append(now - self.began)
        self.received.clear()
        if now < self.until:
            self.ask()
        else:
            self.transport.close()
            self.ended.set_result(None)


async def ask_all(port: int, path: str, body: bytes, kind: str, connections: int, seconds: float) -> Load:
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    taken: list[float] = []
    loop, began = asyncio.get_running_loop(), time.perf_counter()
    asking = [
        await loop.create_connection(lambda: Asking(head.encode() + body, taken, began + seconds), "127.0.0.1", port)
        for _ in range(connections)
    ]
    await asyncio.gather(*(protocol.ended for _, protocol in asking))
    rate = len(taken) / (time.perf_counter() - began)
    return Load(rate, statistics.quantiles(taken, n=100)[98] * 1_000)


if __name__ == "__main__":
    port, path, kind, connections, seconds = sys.argv[1:]
    sent = sys.stdin.buffer.read()
    measured = asyncio.run(ask_all(int(port), path, sent, kind, int(connections), float(seconds)))
    print(json.dumps({"rate": measured.rate, "p99_milliseconds": measured.p99_milliseconds}))
