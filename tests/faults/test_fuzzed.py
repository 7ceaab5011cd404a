"""A sample of what ``make soak`` feeds a hundred thousand times: always the same inputs, by their seeds."""

import json
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from soak import fuzz
from soak.faults import Outcome, Plan
from soak.fuzz_child import TARGETS
from soak.mutations import mutated

ROOT = Path(__file__).parents[2]
SEED, TIMES = 20_261_127, 700


def test_damaged_input_is_read_or_refused_in_a_sentence() -> None:
    """No crash, no traceback, no file outside the home, no connection, no pickle, bounded memory."""
    outcome = Outcome()
    fuzz.run(Plan(SEED, TIMES, 3.0), outcome)
    assert [f"{loss.seed}: {loss.what}" for loss in outcome.losses] == []
    assert outcome.done == TIMES
    assert outcome.figures["refused"] > TIMES / 4
    assert outcome.figures["read"] > TIMES / 10
    assert {name.removeprefix("fed ") for name in outcome.figures} >= {
        name for name, (share, _) in TARGETS.items() if share >= 100
    }


def test_a_seed_damages_in_the_same_way_again() -> None:
    data = bytes(range(256)) * 4
    first, second, other = (mutated(data, [data[::-1]], Random(seed)) for seed in (7, 7, 8))
    assert first == second
    assert other not in (first, data)


WATCHED = """
import json, os, pathlib, pickle, socket, subprocess, sys, tempfile
from soak.sandbox import Watch
home, outside = map(pathlib.Path, sys.argv[1:])
tempfile.tempdir = str(home)
watch = Watch(home)
(home / "inside").write_text("may be")
(home / "inside").rename(home / "still inside")
before = watch.take()
(outside / "written").write_text("must not be")
(home / "still inside").rename(outside / "moved")
pickle.loads(b"cbuiltins\\nprint\\n.")
socket.socket().connect_ex(("127.0.0.1", 1))
subprocess.run(["true"])
print(json.dumps([before, watch.take()]))
"""


def test_whatever_must_not_happen_is_seen(tmp_path: Path) -> None:
    home, outside = tmp_path / "home", tmp_path / "outside"
    home.mkdir()
    outside.mkdir()
    command = [sys.executable, "-c", WATCHED, str(home), str(outside)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    before, after = json.loads(done.stdout)
    assert before == []
    expected = ("open outside", "os.rename outside", "pickle.find_class", "socket.connect", "started ['true']")
    assert [found.startswith(begun) for found, begun in zip(after, expected, strict=True)] == [True] * 5, after


AT_ITS_INPUT = "import os, sys, time; open(sys.argv[4], 'w').write(sys.argv[1])"


@pytest.mark.parametrize(
    ("program", "loss"),
    [
        (f"{AT_ITS_INPUT}; os.kill(os.getpid(), 9)", "ended the process (-9)"),
        (f"{AT_ITS_INPUT}; time.sleep(600)", "took longer than"),
        ("import sys; sys.exit('it cannot begin')", "ended the process (1): it cannot begin"),
    ],
)
def test_an_input_that_crashes_or_hangs_is_a_loss(monkeypatch: pytest.MonkeyPatch, program: str, loss: str) -> None:
    monkeypatch.setattr(fuzz, "CHILD", (sys.executable, "-c", program))
    monkeypatch.setattr(fuzz, "SLOWEST_SECONDS", 0.5)
    outcome = Outcome()
    fuzz.run(Plan(SEED, 1, 1.0), outcome)
    assert [found.seed for found in outcome.losses] == [SEED]
    assert loss in outcome.losses[0].what


GREW = """
import json, sys
done = {"requests": int(sys.argv[2])}
print(json.dumps({"done": done, "ends": {"read": 1}, "slowest": [0.1, 1], "peak_mb": 9e3, "grown_mb": 9e3}))
"""


def test_memory_that_a_process_keeps_is_told_with_all_the_inputs_that_it_was_fed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fuzz, "CHILD", (sys.executable, "-c", GREW))
    outcome = Outcome()
    fuzz.run(Plan(SEED, 5_007, 1.0), outcome)
    assert {(loss.seed, loss.times) for loss in outcome.losses} == {(SEED, 5_000), (SEED + 5_000, 7)}
    assert len(outcome.losses) == 4
