"""``serve``: the API in a process of its own, and what it says where it cannot begin."""

import json
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.__main__ import main
from core.runs.archive import DEMO_DIRECTORY
from tests.core.api.asking import json_body

ROOT = Path(__file__).parents[3]
Refused = Callable[..., str]


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_answers_until_it_is_told_to_end(number: int, environment_for_subprocesses: dict[str, str]) -> None:
    # A run in a folder needs no run store, the store has every run: each is begun once.
    chosen = ["--run", str(DEMO_DIRECTORY)] if number == signal.SIGINT else []
    process = subprocess.Popen(
        [sys.executable, "-m", "core", "serve", "--port", "0", *chosen],
        cwd=ROOT,
        env=environment_for_subprocesses,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        begun = json.loads(process.stdout.readline())
        assert begun["run_id"] == "demo"
        body = json_body(np.zeros((2, 28, 28), np.uint8))
        request = urllib.request.Request(f"{begun['url']}/predict", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert [one["label"] for one in json.load(answer)["predictions"]] == [None, None]
        with urllib.request.urlopen(f"{begun['url']}/models", timeout=30) as answer:
            assert [one["run_id"] for one in json.load(answer)["models"]] == ["demo"]
        process.send_signal(number)
        assert process.wait(30) == 0
        assert process.stderr is not None
        (sentence,) = process.stderr.read().splitlines()
        assert sentence.startswith(f"Serving at {begun['url']}, until you press Control-C")
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Refused:
    """``serve`` with these flags ends with exit code 2 and this sentence."""
    monkeypatch.setenv("DIGITLAB_HOME", str(tmp_path / "home"))

    def call(*flags: str) -> str:
        assert main(["serve", *flags]) == 2
        said = capsys.readouterr()
        assert said.out == ""
        (sentence,) = said.err.splitlines()
        return sentence

    return call


@pytest.mark.parametrize("port", ["x", "-1", "65536", "1.5", "٣", "9" * 5_000, ""])
def test_a_port_is_a_number(refused: Refused, port: str) -> None:
    assert "whole number from 0 to 65535" in refused(f"--port={port}")


def test_a_port_in_use_is_named(refused: Refused) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        sentence = refused("--run", str(DEMO_DIRECTORY), "--port", str(port))
    assert (
        sentence == f"Cannot listen on 127.0.0.1, port {port}: Address already in use. Choose another port with --port."
    )


def test_a_run_that_cannot_be_served_is_named(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "broken.safetensors").write_bytes(b"no weights")
    assert "There is no run “nobody”" in refused("--run", "nobody")
    assert "damaged or not a safetensors file" in refused("--run", str(tmp_path / "broken.safetensors"))
    assert "Cannot listen on “no host”" in refused("--run", str(DEMO_DIRECTORY), "--host", "no host")
