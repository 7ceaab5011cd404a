"""Single images over HTTP, a second and at the 99th percentile: ``serve``, and the same network behind FastAPI.

Both have one process, the same network and one thread to compute; wrk asks both in turn where it is installed, else a
client of our own does, from another process. What the client itself can do is in the table.
"""

import json
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

from benchmarks.report import Row
from benchmarks.serving_client import Load, load
from core.data.mnist import load_mnist
from scripts.serve import free_port, wait_until

ROOT = Path(__file__).parents[1]
BENCH_PYTHON = ROOT / ".venv-bench" / "bin" / "python"
CONNECTIONS, FEW = 16, 4
ROUNDS, SECONDS = 5, 6.0
QUICK_ROUNDS, QUICK_SECONDS = 2, 2.0
REQUESTS_A_SECOND, P99_MILLISECONDS = 3_000.0, 20.0
JSON, PNG = "application/json", "image/png"


@dataclass(frozen=True)
class Server:
    """Where to ask."""

    port: int
    path: str
    process: psutil.Process

    def processor_seconds(self) -> float:
        """That it has used until now, all its threads together."""
        used = self.process.cpu_times()
        return float(used.user + used.system)


def measure(quick: bool) -> dict[str, Sequence[Row]]:
    """Round by round, each server in turn."""
    rounds, seconds = (QUICK_ROUNDS, QUICK_SECONDS) if quick else (ROUNDS, SECONDS)
    image = load_mnist("test").images[0]
    numbers = json.dumps({"images": [image.ravel().tolist()]}).encode()
    with _serve() as mine, _peer("benchmarks.serving_bare:app", sys.executable) as bare:
        with _peer("benchmarks.serving_peer:app", str(BENCH_PYTHON)) as peer:
            asked = {"serve, JSON": mine, "client alone": bare} | ({"FastAPI and PyTorch, JSON": peer} if peer else {})
            found: dict[str, list[Load]] = {name: [] for name in asked}
            used: dict[str, list[float]] = {name: [] for name in asked}
            for server in asked.values():
                _ask_once(server, numbers)
            for _ in range(rounds):
                for name, server in asked.items():
                    before = server.processor_seconds()
                    found[name].append(_ask(server, numbers, JSON, seconds))
                    used[name].append((server.processor_seconds() - before) / (found[name][-1].rate * seconds) * 1e6)
        pictures = [_ask(mine, _drawn(image), PNG, seconds, FEW) for _ in range(rounds)]
    rows = [*_rows(found, pictures), *_processor_rows(used)]
    return {f"One image a request, {CONNECTIONS} connections, asked by {_client()}": rows}


def _processor_rows(used: dict[str, list[float]]) -> list[Row]:
    """What a request costs the server: it says something on a machine that is busy with other things as well."""
    mine = tuple(used["serve, JSON"])
    if not (peer := used.get("FastAPI and PyTorch, JSON")):
        return [Row("serve, JSON, processor time", mine, "µs/request")]
    base = ("FastAPI and PyTorch", tuple(peer))
    return [Row("serve, JSON, processor time", mine, "µs/request", base=base, reach=1.0)]


def _rows(found: dict[str, list[Load]], pictures: list[Load]) -> list[Row]:
    def rates(loads: Sequence[Load]) -> tuple[float, ...]:
        return tuple(one.rate for one in loads)

    mine, peer = found["serve, JSON"], found.get("FastAPI and PyTorch, JSON", [])
    note = "" if peer else "FastAPI is not installed in .venv-bench"
    rows = [Row("serve, JSON", rates(mine), "requests/s", reach=REQUESTS_A_SECOND, bound="at least")]
    slowest = tuple(one.p99_milliseconds for one in mine)
    rows.append(Row("serve, JSON, 99th percentile", slowest, "ms", reach=P99_MILLISECONDS))
    rows.append(Row("FastAPI and PyTorch, JSON", rates(peer), "requests/s", note=note))
    if peer:
        base = ("FastAPI and PyTorch", rates(peer))
        rows.append(Row("serve beside it", rates(mine), "requests/s", base=base, reach=1.0, bound="at least"))
        rows.append(Row("its 99th percentile", tuple(one.p99_milliseconds for one in peer), "ms"))
    rows.append(Row(f"serve, PNG of 280 × 280, {FEW} connections", rates(pictures), "requests/s"))
    rows.append(Row("its 99th percentile", tuple(one.p99_milliseconds for one in pictures), "ms"))
    rows.append(Row("limit of the client, nothing read or computed", rates(found["client alone"]), "requests/s"))
    return rows


def _ask_once(server: Server, body: bytes) -> None:
    """What it loads for its first answer is loaded."""
    request = urllib.request.Request(f"http://127.0.0.1:{server.port}{server.path}", body, {"Content-Type": JSON})
    with urllib.request.urlopen(request, timeout=120) as answer:
        answer.read()


def _ask(server: Server, body: bytes, kind: str, seconds: float, connections: int = CONNECTIONS) -> Load:
    if shutil.which("wrk") is None:
        return load(server.port, server.path, body, kind, connections, seconds)
    with tempfile.TemporaryDirectory(prefix="digitlab-") as folder:
        Path(folder, "body").write_bytes(body)
        script = Path(folder, "post.lua")
        script.write_text(
            f'wrk.method = "POST"\nwrk.body = io.open("{folder}/body", "rb"):read("*a")\n'
            f'wrk.headers["Content-Type"] = "{kind}"\n'
        )
        url = f"http://127.0.0.1:{server.port}{server.path}"
        options = ["-t1", f"-c{connections}", f"-d{seconds:g}s", "--timeout", "60s", "--latency", "-s", str(script)]
        said = subprocess.run(["wrk", *options, url], capture_output=True, text=True, check=True).stdout
    return _read(said)


def _read(said: str) -> Load:
    """What wrk says: requests a second, and the 99th percentile in us, ms or s."""
    if "Non-2xx" in said or "Socket errors" in said:
        raise RuntimeError(f"Not everything was answered:\n{said}")
    rate, slowest = re.search(r"Requests/sec:\s+([\d.]+)", said), re.search(r"99%\s+([\d.]+)(us|ms|s)", said)
    assert rate is not None
    assert slowest is not None
    return Load(float(rate[1]), float(slowest[1]) * {"us": 0.001, "ms": 1.0, "s": 1_000.0}[slowest[2]])


def _client() -> str:
    return "wrk" if shutil.which("wrk") else "a client of our own"


def _drawn(image: np.ndarray) -> bytes:
    """As a person sends it: dark on light, larger."""
    with tempfile.SpooledTemporaryFile() as stream:
        Image.fromarray(255 - image).resize((280, 280), Image.Resampling.BICUBIC).save(stream, "PNG")
        stream.seek(0)
        return stream.read()


@contextmanager
def _serve() -> Iterator[Server]:
    command = [sys.executable, "-m", "core", "serve", "--run", str(ROOT / "demo"), "--port"]
    with _running(command, "/api/v1/predict") as server:
        yield server


@contextmanager
def _peer(app: str, python: str) -> Iterator[Server | None]:
    """The same server with another application; None where the environment cannot load it."""
    module = app.partition(":")[0]
    if (
        not Path(python).exists()
        or subprocess.run([python, "-c", f"import {module}"], cwd=ROOT, check=False).returncode
    ):
        yield None
        return
    quiet = ["--log-level", "warning", "--no-access-log", "--lifespan", "off", "--ws", "none"]
    with _running([python, "-m", "uvicorn", app, *quiet, "--port"], "/predict") as server:
        yield server


@contextmanager
def _running(command: Sequence[str], path: str) -> Iterator[Server]:
    port = free_port()
    process = subprocess.Popen([*command, str(port)], cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        wait_until(lambda: _listens(port), f"{command[2]} listened", 120)
        yield Server(port, path, psutil.Process(process.pid))
    finally:
        process.terminate()
        process.wait(30)


def _listens(port: int) -> bool:
    with socket.socket() as attempt:
        attempt.settimeout(1)
        return attempt.connect_ex(("127.0.0.1", port)) == 0
