"""``python -m core doctor``: a line per diagnosis, and one sentence where there is none."""

import json
from pathlib import Path

import pytest

from core.__main__ import main
from core.config import TrainConfig
from core.runs.archive import DEMO_DIRECTORY
from core.runs.store import RunStore
from core.settings import Settings
from core.training.local import train_here

CALM = "Nothing is wrong: its numbers, its units and its images look as they should.\n"
SICK = TrainConfig(
    hidden_size=16, epochs=2, training_size=1_000, validation_size=500, batch_size=1_000, backend="numpy"
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DIGITLAB_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_the_demo_run_is_well(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--run", str(DEMO_DIRECTORY)]) == 0
    assert tuple(capsys.readouterr()) == ("", CALM)


def test_a_line_for_each_diagnosis(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = RunStore(Settings.from_environment())
    run = store.create(SICK)
    assert main(["doctor", "--run", run.run_id]) == 2
    output, sentence = capsys.readouterr()
    assert (output, sentence) == ("", f"Run {run.name} is queued: the doctor examines it when it has ended.\n")
    for _ in train_here(store, SICK, run.run_id):
        pass
    assert main(["doctor", "--run", run.run_id]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert all(list(line) == ["diagnosis", "saw", "why", "change"] for line in lines)
    (batch,) = [line for line in lines if line["diagnosis"] == "batch_too_large"]
    assert batch["change"] == {"batch_size": 64}
    assert "1 step an epoch, 2 in all" in batch["saw"]
    (store.files.folder(run.run_id) / "checkpoint.safetensors").write_bytes(b"damaged")
    assert main(["doctor", "--run", run.run_id]) == 0
    output, remark = capsys.readouterr()
    assert "batch_too_large" in output
    assert remark == "There are no weights to examine.\n"
    store.close()


@pytest.mark.parametrize("run", ["no-such-run", "x" * 5_000, ""], ids=("unknown", "long", "empty"))
def test_what_is_no_run_is_named(home: Path, capsys: pytest.CaptureFixture[str], run: str) -> None:
    assert main(["doctor", "--run", run]) == 2
    output, errors = capsys.readouterr()
    assert (output, errors.count("\n")) == ("", 1)
